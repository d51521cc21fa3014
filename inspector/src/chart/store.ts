/** What the inspector's parts share: which actor is looked at, and at which instant. ONE cursor for all of them. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
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
import { link, actors as liveActors, events as liveEvents, overview } from '../live.ts';
import { go, route, to } from '../route.ts';
import { type ActorAt, actorsAt, inOrder, type Span, stepAt } from './replay.ts';

const AROUND_MS = 30_000;
const SETTLE_MS = 120;
const DETAIL_MS = 1_500;
const STEPS_AT_ONCE = 1_000;
const EVENTS_AT_FIRST = 2_000;

export interface Answered<T> {
  readonly value: T | null;
  readonly error: string | null;
}
const NOTHING = { value: null, error: null } as const;

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
const earlier = signal<readonly ActorEvent[]>([]);

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

async function into<T>(target: Signal<Answered<T>>, path: string, gone: AbortSignal): Promise<void> {
  try {
    const value = await ask<T>(path, gone);
    if (!gone.aborted) target.value = { value, error: null };
  } catch (error) {
    if (!gone.aborted) target.value = { value: target.peek().value, error: (error as Error).message };
  }
}

/** Asks when `path` changes, after it has rested a little; what was asked before is given up. */
function asking<T>(
  target: Signal<Answered<T>>,
  path: () => string | null,
  restMs: number,
  againMs: number | null = null,
): () => void {
  let last = 0;
  let asked: string | null = null;
  return effect(() => {
    const wanted = path();
    if (wanted === null) {
      asked = null;
      target.value = NOTHING;
      return;
    }
    const gone = new AbortController();
    const once = (): void => {
      last = Date.now();
      if (asked !== wanted.split('?')[0] && againMs !== null) target.value = NOTHING;
      asked = wanted.split('?')[0] ?? null;
      void into(target, wanted, gone.signal);
    };
    // While the cursor moves on and on, something is still asked for now and then.
    const timer = setTimeout(once, Date.now() - last > 4 * restMs ? 0 : restMs);
    const again = againMs === null ? undefined : setInterval(once, againMs);
    return () => {
      clearTimeout(timer);
      clearInterval(again);
      gone.abort();
    };
  });
}

function keepSteps(): () => void {
  return effect(() => {
    const wanted = span.value;
    if (wanted === null) return;
    const gone = new AbortController();
    const timer = setTimeout(async () => {
      const path = `api/history/steps?from=${Math.floor(wanted.from)}&to=${Math.ceil(wanted.to)}&limit=${STEPS_AT_ONCE}`;
      try {
        const page = await ask<StepPage>(path, gone.signal);
        if (!gone.signal.aborted) steps.value = { of: wanted, all: inOrder(page.steps), more: page.more, error: null };
      } catch (error) {
        if (!gone.signal.aborted) steps.value = { ...steps.peek(), error: (error as Error).message };
      }
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  });
}

/** The address says where the cursor is at first, and keeps saying it, so that it can be shared. */
function keepAddress(): () => void {
  let written: string | null = null;
  const read = effect(() => {
    const at = route.value.query.get('at');
    if (at === written || at === null || !/^\d+$/.test(at)) return;
    written = at;
    travel(Number(at));
  });
  const write = effect(() => {
    const at = cursor.value;
    const timer = setTimeout(() => {
      const { path, query } = route.peek();
      if (path[0] !== 'inspector' || at === null || query.get('at') === String(Math.round(at))) return;
      written = String(Math.round(at));
      const [, ...rest] = path;
      go(to('inspector', ...rest, { ...Object.fromEntries(query), at: written }), true);
    }, 300);
    return () => clearTimeout(timer);
  });
  return () => {
    read();
    write();
  };
}

function keepIncident(): () => void {
  return effect(() => {
    const id = route.value.query.get('incident');
    if (id === null || incident.peek()?.incident.incident_id === id) return;
    const gone = new AbortController();
    ask<IncidentStory>(`api/incidents/${encodeURIComponent(id)}`, gone.signal).then(
      (story) => {
        if (gone.signal.aborted) return;
        incident.value = story;
        const opened = Date.parse(story.incident.broken_since ?? story.incident.opened_at);
        const closed = story.incident.closed_at === null ? null : Date.parse(story.incident.closed_at);
        const at = route.peek().query.get('at');
        span.value = { from: opened - AROUND_MS, to: Math.min(closed ?? opened, opened + 20 * AROUND_MS) + AROUND_MS };
        travel(at === null ? opened : Number(at));
      },
      (error: unknown) => console.error('the incident could not be read', error),
    );
    return () => gone.abort();
  });
}

/** Starts asking; ended when the page is left. */
export function keepInspector(): () => void {
  const there = (): boolean => link.value === 'live' || overview.value !== null;
  const ends = [
    asking(machines, () => (there() ? 'api/machines' : null), 0),
    asking(
      detail,
      () =>
        cursor.value !== null || chosen.value === null || !there()
          ? null
          : `api/actors/${encodeURIComponent(chosen.value)}`,
      0,
      DETAIL_MS,
    ),
    asking(
      moment,
      () => (cursor.value === null ? null : `api/history/moment?at=${Math.round(cursor.value)}`),
      SETTLE_MS,
    ),
    asking(
      signalShown,
      () => (signalId.value === null ? null : `api/signals/${encodeURIComponent(signalId.value)}`),
      0,
    ),
    keepSteps(),
    keepAddress(),
    keepIncident(),
    keepBefore(),
    keepRange(),
  ];
  ask<readonly ActorEvent[]>(`api/events?limit=${EVENTS_AT_FIRST}`).then(
    (found) => {
      earlier.value = found;
    },
    (error: unknown) => console.error('earlier events could not be read', error),
  );
  return () => {
    for (const end of ends) end();
  };
}

function keepBefore(): () => void {
  let of: string | null = null;
  let last: unknown;
  return effect(() => {
    const now = detail.value.value;
    if (now === null) return;
    if (of !== now.id) contextBefore.value = undefined;
    else if (JSON.stringify(now.context) !== JSON.stringify(last)) contextBefore.value = last;
    of = now.id;
    last = now.context;
  });
}

function keepRange(): () => void {
  const once = (): void => {
    ask<HistoryRange>('api/history').then(
      (found) => {
        range.value = found;
      },
      (error: unknown) => console.error('the history could not be read', error),
    );
  };
  once();
  const timer = setInterval(once, 15_000);
  return () => clearInterval(timer);
}
