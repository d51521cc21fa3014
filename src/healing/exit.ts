import type { RemedyOrder } from '../machines/life.ts';
import { says } from '../ports/says.ts';

/**
 * How an actor ended, in OTP's classes: `normal` (it was done), `shutdown` (it was told to, or says so itself), `killed`
 * (it was cut off), `failed` (anything else). The last two are abnormal: a transient child comes back after them.
 */
export interface Exit {
  readonly reason: 'normal' | 'shutdown' | 'killed' | 'failed';
  /** In words. */
  readonly says: string;
}

const isShutdown = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'exit' in value && value.exit === 'shutdown';

/**
 * The exit of an actor that ended with an output, or an error. Either may say `exit: 'shutdown'`, as an Erlang process may
 * exit with `shutdown`: an end that is nobody's fault.
 * @param told it was told to end
 */
export function exitOf(ended: { readonly output: unknown } | { readonly error: unknown }, told: boolean): Exit {
  if ('error' in ended) {
    return { reason: isShutdown(ended.error) ? 'shutdown' : 'failed', says: `it failed: ${says(ended.error)}` };
  }
  return { reason: told || isShutdown(ended.output) ? 'shutdown' : 'normal', says: 'it stopped' };
}

const ORDER_FIELDS = ['incident', 'reason', 'from'] as const;

/** The healer's order that an actor says it ended for (`LifeOutput`), or `null`: any machine may have an output that is called `restart`. */
export function orderIn(output: unknown): RemedyOrder | null {
  if (typeof output !== 'object' || output === null || !('restart' in output)) return null;
  const { restart } = output;
  if (typeof restart !== 'object' || restart === null) return null;
  const isOrder = ORDER_FIELDS.every((field) => typeof (restart as Record<string, unknown>)[field] === 'string');
  return isOrder ? (restart as RemedyOrder) : null;
}
