/** What was so at the cursor, from the steps around it and the last moment that was asked for. Pure. */
import type { ActorView, Moment, Step } from '../../../src/inspector/contract.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** An actor at an instant, whether it is now or was then. */
export interface ActorAt {
  readonly id: string;
  readonly parent: string | null;
  readonly machine: string | null;
  readonly status: ActorView['status'];
  readonly value: unknown;
  readonly incarnation: number;
  readonly health: ActorView['health'];
  readonly mail: ActorView['mail'];
  readonly taken: readonly string[];
  readonly since: number;
}

/** The last step at or before the cursor; with `n`, exactly that one where several are of the same ms. */
export function stepAt(steps: readonly Step[], cursor: number, n: number | null): Step | null {
  const exact = n === null ? undefined : steps.find((one) => one.n === n);
  if (exact && exact.at === cursor) return exact;
  return steps.findLast((one) => one.at <= cursor) ?? null;
}

/** Order of steps: by time, and by number where that is the same. */
export const inOrder = (steps: readonly Step[]): readonly Step[] => [...steps].sort((a, b) => a.at - b.at || a.n - b.n);

/** The state of every actor after `step`, or at the cursor where there is none. */
export function actorsAt(
  moment: Moment | null,
  steps: readonly Step[],
  cursor: number,
  step: Step | null,
  live: ReadonlyMap<string, ActorView>,
): readonly ActorAt[] {
  const until = step === null ? -1 : steps.indexOf(step);
  const known = new Map<string, ActorAt>();
  const health = new Map(
    (moment?.components ?? []).map((one) => [one.id.replaceAll('_', '').toLowerCase(), one.health]),
  );
  for (const one of moment?.actors ?? []) {
    const now = live.get(one.id);
    known.set(one.id, {
      ...one,
      parent: now?.parent ?? null,
      health: health.get(one.id.toLowerCase()) ?? null,
      mail: null,
      // Older than the span of steps, it is no longer "just taken".
      taken: [],
    });
  }
  const met = new Set<string>();
  steps.forEach((one, at) => {
    const first = !met.has(one.actor);
    met.add(one.actor);
    const before = known.get(one.actor);
    const now = live.get(one.actor);
    const base = {
      id: one.actor,
      parent: now?.parent ?? before?.parent ?? null,
      machine: before?.machine ?? now?.machine ?? null,
      status: before?.status ?? 'active',
      incarnation: before?.incarnation ?? now?.incarnation ?? 1,
      health: before?.health ?? health.get(one.actor.toLowerCase()) ?? null,
      mail: null,
    } as const;
    if (at <= until) known.set(one.actor, { ...base, value: one.value, taken: one.taken, since: one.at });
    else if (first && one.was === null) known.delete(one.actor);
    else if (first)
      known.set(one.actor, { ...base, value: one.was, taken: [], since: Math.min(before?.since ?? cursor, cursor) });
  });
  return [...known.values()];
}

/** Bars of one actor's states over a span. */
export interface Bar extends Span {
  readonly value: unknown;
  /** The step that began it; `null`: it was so before. */
  readonly step: number | null;
}

export function barsOf(actor: string, steps: readonly Step[], span: Span, before: unknown): readonly Bar[] {
  const mine = steps.filter((one) => one.actor === actor);
  const [first] = mine;
  const bars: Bar[] = [];
  let value = first ? first.was : before;
  let from = span.from;
  let began: number | null = null;
  for (const step of mine) {
    if (JSON.stringify(step.value) === JSON.stringify(value) && value !== null) continue;
    if (value !== null && value !== undefined && step.at > from) bars.push({ from, to: step.at, value, step: began });
    value = step.value;
    from = step.at;
    began = step.n;
  }
  if (value !== null && value !== undefined && span.to > from) bars.push({ from, to: span.to, value, step: began });
  return bars;
}

/** What one actor went through in these steps, up to `until`: how often each state was entered, and each transition taken. */
export function visitsIn(
  steps: readonly Step[],
  actor: string,
  until: Step | null,
  activeOf: (value: unknown) => ReadonlySet<string>,
): { readonly entries: ReadonlyMap<string, number>; readonly visits: Readonly<Record<string, number>> } {
  const entries = new Map<string, number>();
  const visits: Record<string, number> = {};
  const enter = (id: string): void => void entries.set(id, (entries.get(id) ?? 0) + 1);
  let active: ReadonlySet<string> | null = null;
  for (const step of until === null ? [] : steps.slice(0, steps.indexOf(until) + 1)) {
    if (step.actor !== actor) continue;
    if (active === null) {
      active = activeOf(step.was);
      active.forEach(enter);
    }
    const next = activeOf(step.value);
    for (const id of next) if (!active.has(id)) enter(id);
    for (const id of step.taken) visits[id] = (visits[id] ?? 0) + 1;
    active = next;
  }
  return { entries, visits };
}
