/** Keeps what the inspector's parts share up to date, while the page is looked at. */
import { computed, effect, type Signal } from '@preact/signals';
import type { ActorEvent, HistoryRange, IncidentStory, StepPage } from '../../../src/inspector/contract.ts';
import { ask } from '../ask.ts';
import { link, overview } from '../live.ts';
import { go, route, to } from '../route.ts';
import { inOrder } from './replay.ts';
import {
  type Answered,
  AROUND_MS,
  chosen,
  contextBefore,
  cursor,
  detail,
  earlier,
  incident,
  machines,
  moment,
  NOTHING,
  range,
  STEPS_AT_ONCE,
  signalId,
  signalShown,
  span,
  steps,
  travel,
} from './store.ts';

const SETTLE_MS = 120;
const DETAIL_MS = 1_500;
const EVENTS_AT_FIRST = 2_000;

/**
 * Asks when `path` changes, after it has rested a little, and every `againMs`. An answer that was overtaken by a newer one is
 * dropped; one to a question about something else (another path before the `?`) too.
 */
function asking<T>(
  target: Signal<Answered<T>>,
  path: () => string | null,
  restMs: number,
  againMs: number | null = null,
): () => void {
  const wanted = computed(path);
  let last = 0;
  let sent = 0;
  let taken = 0;
  let about: string | null = null;
  const once = async (question: string): Promise<void> => {
    last = Date.now();
    sent += 1;
    const number = sent;
    const [of = ''] = question.split('?');
    if (about !== of) target.value = NOTHING;
    about = of;
    const current = (): boolean => about === of && number > taken;
    try {
      const value = await ask<T>(question);
      if (!current()) return;
      taken = number;
      target.value = { value, error: null };
    } catch (error) {
      if (current()) target.value = { value: target.peek().value, error: (error as Error).message };
    }
  };
  const end = effect(() => {
    const question = wanted.value;
    if (question === null) {
      about = null;
      target.value = NOTHING;
      return;
    }
    // While the cursor moves on and on, something is still asked for now and then.
    const timer = setTimeout(() => void once(question), Date.now() - last > 4 * restMs ? 0 : restMs);
    const again = againMs === null ? undefined : setInterval(() => void once(question), againMs);
    return () => {
      clearTimeout(timer);
      clearInterval(again);
    };
  });
  return () => {
    about = null;
    end();
  };
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

const there = computed(() => link.value === 'live' || overview.value !== null);

/** Starts asking; ended when the page is left. */
export function keepInspector(): () => void {
  const ends = [
    asking(machines, () => (there.value ? 'api/machines' : null), 0),
    asking(
      detail,
      () =>
        cursor.value !== null || chosen.value === null || !there.value
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
