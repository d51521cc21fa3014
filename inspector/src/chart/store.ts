/** What the inspector's parts share: which actor is looked at, and at which instant. ONE cursor for all of them. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type {
  ActorDetail,
  ActorEvent,
  HistoryRange,
  IncidentStory,
  MachineView,
  Moment,
  SignalDetail,
  Step,
  StepPage,
} from '../../../src/inspector/contract.ts';
import { ask } from '../ask.ts';
import { actors as liveActors, events as liveEvents, overview } from '../live.ts';
import { go, route, to } from '../route.ts';
import { type ActorAt, actorsAt, type Span, stepAt } from './replay.ts';

export const AROUND_MS = 30_000;
export const STEPS_AT_ONCE = 1_000;

export interface Answered<T> {
  readonly value: T | null;
  readonly error: string | null;
}
export const NOTHING = { value: null, error: null } as const;

export const machines = signal<Answered<readonly MachineView[]>>(NOTHING);
export const range = signal<HistoryRange | null>(null);
export const detail = signal<Answered<ActorDetail>>(NOTHING);
/** The context as it was before the last one that differed. */
export const contextBefore = signal<unknown>(undefined);
/** `null`: the present. */
export const cursor = signal<number | null>(null);
/** Which of the steps at the cursor's instant. */
export const stepN = signal<number | null>(null);
export const span = signal<Span | null>(null);
export const moment = signal<Answered<Moment>>(NOTHING);
export const steps = signal<{
  readonly of: Span | null;
  readonly all: readonly Step[];
  readonly more: boolean;
  readonly error: string | null;
}>({
  of: null,
  all: [],
  more: false,
  error: null,
});
export const incident = signal<IncidentStory | null>(null);
export const signalShown = signal<Answered<SignalDetail>>(NOTHING);
/** What the ring held when the page was opened. */
export const earlier = signal<readonly ActorEvent[]>([]);

export const signalId = computed(() => route.value.query.get('signal'));
export const replaying = computed(() => cursor.value !== null);
export const step = computed((): Step | null =>
  cursor.value === null ? null : stepAt(steps.value.all, cursor.value, stepN.value),
);
export const actors = computed((): readonly ActorAt[] =>
  cursor.value === null
    ? [...liveActors.value.values()]
    : actorsAt(moment.value.value, steps.value.all, cursor.value, step.value, liveActors.value),
);
export const chosen = computed((): string | null => {
  const [, wanted] = route.value.path;
  if (wanted !== undefined) return wanted;
  const about = incident.value?.incident.component.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const all = actors.value.filter(({ machine }) => machine !== null);
  return (
    all.find(({ id }) => id === about)?.id ??
    all.find(({ health }) => health === 'red')?.id ??
    all.find(({ health }) => health === 'yellow')?.id ??
    all[0]?.id ??
    null
  );
});
export const actor: ReadonlySignal<ActorAt | null> = computed(
  () => actors.value.find(({ id }) => id === chosen.value) ?? null,
);
export const machine = computed((): MachineView | null => {
  const wanted = signalId.value !== null ? 'signal' : actor.value?.machine;
  return machines.value.value?.find(({ id }) => id === wanted) ?? null;
});
/** All events that are known, oldest first. */
export const events = computed((): readonly ActorEvent[] => {
  const first = liveEvents.value[0]?.seq ?? Number.POSITIVE_INFINITY;
  return [...earlier.value.filter(({ seq }) => seq < first), ...liveEvents.value];
});

export const pick = (id: string): void => {
  const { query } = route.peek();
  const kept = new URLSearchParams(query);
  kept.delete('signal');
  go(to('inspector', id, Object.fromEntries(kept)));
};

const around = (at: number, by: number): Span => ({ from: at - by, to: at + by });
export const inSpan = (at: number): boolean => {
  const known = span.peek();
  return known !== null && at >= known.from && at <= known.to;
};

/** Goes to an instant; the span of the timeline follows when it leaves it. */
export function travel(at: number, n: number | null = null): void {
  const known = range.peek();
  const from = known?.from ?? at;
  const bounded = Math.min(Math.max(at, from), Math.max(known?.to ?? at, overview.peek()?.at ?? at));
  batch(() => {
    cursor.value = bounded;
    stepN.value = n;
    const shown = span.peek();
    const half = shown === null ? AROUND_MS : (shown.to - shown.from) / 2;
    if (!inSpan(bounded)) span.value = around(bounded, half);
  });
}
export function live(): void {
  batch(() => {
    cursor.value = null;
    stepN.value = null;
    span.value = null;
    incident.value = null;
  });
  const [, ...rest] = route.peek().path;
  go(to('inspector', ...rest), true);
}
export const zoomTo = (at: number, until: number | null = null): void => {
  span.value = { from: at - AROUND_MS, to: (until ?? at) + AROUND_MS };
  travel(at);
};

/** To the step before or after; asks for more where the span has none. */
export async function stepBy(by: 1 | -1): Promise<void> {
  const at = cursor.peek() ?? range.peek()?.to;
  if (at === null || at === undefined) return;
  if (cursor.peek() === null) travel(at);
  const { all } = steps.peek();
  const now = step.peek();
  const index = now === null ? -1 : all.indexOf(now);
  const next =
    by === 1 ? all[index + 1] : all[(now !== null && now.at < at && stepN.peek() === null ? index + 1 : index) - 1];
  if (next) return travel(next.at, next.n);
  const edge = span.peek() ?? around(at, AROUND_MS);
  const known = range.peek();
  const wanted =
    by === 1
      ? { from: edge.to, to: known?.to ?? edge.to }
      : { from: Math.max(known?.steps_from ?? edge.from, edge.from - 20 * AROUND_MS), to: edge.from };
  if (wanted.to <= wanted.from) return;
  const page = await ask<StepPage>(
    `api/history/steps?from=${Math.floor(wanted.from)}&to=${Math.ceil(wanted.to)}&limit=${by === 1 ? 1 : STEPS_AT_ONCE}`,
  );
  const found = by === 1 ? page.steps[0] : page.steps.at(-1);
  if (found) travel(found.at, found.n);
}
