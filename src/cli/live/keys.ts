import { createHash } from 'node:crypto';
import type { Redactor } from '../../adapters/redactor.ts';
import { says } from '../../ports/says.ts';
import { CliError, EXIT } from '../exit-codes.ts';

export interface LiveKeys {
  readonly apiKey: string;
  readonly secret: string;
  readonly password?: string;
}

const NAMES = 'KINTSUGI_API_KEY and KINTSUGI_API_SECRET (and KINTSUGI_API_PASSWORD, where the exchange has one)';

const AS_A_FLAG = /^--(set[= ])?(exchange\.)?(api[-_]?key|api[-_]?secret|secret|api[-_]?password|password)\b/i;

/** Throws {@link CliError} where a key was typed: every user of this machine reads command lines, and shells keep them. */
export function refuseTypedKeys(typed: readonly string[]): void {
  const words = typed.map((word, i) => (word === '--set' ? `--set=${typed[i + 1] ?? ''}` : word));
  const flag = words.find((word) => AS_A_FLAG.test(word));
  if (flag === undefined) return;
  throw new CliError(
    `${flag.split('=', flag.startsWith('--set') ? 2 : 1).join('=')}: keys are never taken from the command line, which every user of this machine can read and the shell keeps. Set ${NAMES} in the environment, and replace a key that was typed`,
    EXIT.usage,
  );
}

/** @param who what needs them, for people */
export const keysMissing = (who: string): CliError =>
  new CliError(`${who} needs keys, and takes them from the environment alone: set ${NAMES}`, EXIT.config);

/**
 * The keys in the environment, which has them no longer afterwards: what this process starts needs none. From then on the
 * redactor takes them out of everything.
 * Throws {@link CliError} where they are not there.
 */
export function takeKeys(environment: NodeJS.ProcessEnv, redactor: Redactor): LiveKeys {
  const { KINTSUGI_API_KEY: apiKey, KINTSUGI_API_SECRET: secret, KINTSUGI_API_PASSWORD: password } = environment;
  if (!apiKey || !secret) throw keysMissing('--live');
  for (const one of [apiKey, secret, password]) {
    if (!one) continue;
    try {
      redactor.register(one);
    } catch (error) {
      const why = says(error);
      throw new CliError(`one of ${NAMES} is no key: ${why}`, EXIT.config);
    }
  }
  for (const name of ['KINTSUGI_API_KEY', 'KINTSUGI_API_SECRET', 'KINTSUGI_API_PASSWORD']) delete environment[name];
  return { apiKey, secret, ...(password ? { password } : {}) };
}

/** Names an account without telling its key. */
export const fingerprintOf = (exchange: string, isTestnet: boolean, { apiKey }: LiveKeys): string =>
  createHash('sha256').update(`${exchange}\n${isTestnet}\n${apiKey}`).digest('hex').slice(0, 12);
