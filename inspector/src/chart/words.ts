/** What a transition is called in a drawing: XState's own events in a person's words. */
import type { TransitionView } from '../../../src/inspector/contract.ts';

const seconds = (ms: number): string => {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  return ms < 7_200_000 ? `${Number((ms / 60_000).toFixed(1))} min` : `${Number((ms / 3_600_000).toFixed(1))} h`;
};

/** `after 5 s`, `done`, `error of open`, `always`, `any event`; what is not XState's own stays as it is. */
export function eventWords(event: string, delayMs: number | null = null): string {
  if (event === '') return 'always';
  if (event === '*') return 'any event';
  const after = /^xstate\.after\.([^.]+)\./.exec(event);
  if (after) {
    const ms = delayMs ?? (/^\d+$/.test(after[1] ?? '') ? Number(after[1]) : null);
    return `after ${ms === null ? after[1] : seconds(ms)}`;
  }
  const [, kind, id = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event) ?? [];
  if (kind !== undefined) return `${kind} ${/^\d+\./.test(id) ? '' : id}`.trim();
  if (event.startsWith('xstate.done.state.')) return 'done';
  const [, snapshotOf] = /^xstate\.snapshot\.(.+)$/.exec(event) ?? [];
  if (snapshotOf !== undefined) return `snapshot of ${snapshotOf}`;
  if (event === 'xstate.init') return 'born';
  if (event === 'xstate.stop') return 'stopped';
  return event;
}

export const guardText = (guard: string | null): string => (guard === null ? '' : `[${guard}]`);

/** `ORDERS [someSending]`; an eventless one with a guard is told by the guard alone. */
export function labelOf({ event, guard, delay_ms }: TransitionView): string {
  if (event === '' && guard !== null) return guardText(guard);
  return `${eventWords(event, delay_ms)} ${guardText(guard)}`.trim();
}

const actionsOf = ({ actions }: TransitionView): string => (actions.length > 0 ? ` / ${actions.join(', ')}` : '');
/** With its actions, for titles and lists. */
export const wholeLabel = (transition: TransitionView): string => labelOf(transition) + actionsOf(transition);

const pathWithin = (id: string, root: string): string => (id.startsWith(`${root}.`) ? id.slice(root.length + 1) : id);
/** `planning, RETRY [mayRetry] / count → acting`: all of it, as one line. */
export function sentence(transition: TransitionView, root: string): string {
  const targets = transition.targets.map((id) => pathWithin(id, root)).join(', ');
  return `${wholeLabel(transition)}${targets === '' ? ' (stays)' : ` → ${targets}`}`;
}
