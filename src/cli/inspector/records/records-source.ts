import { basename } from 'node:path';
import { processTime } from '../../../adapters/process-time.ts';
import { quoted } from '../../../healing/words.ts';
import type * as api from '../../../inspector/contract.ts';
import type { Known } from '../../../inspector/known.ts';
import { isMachine, machineView } from '../../../inspector/machine-view.ts';
import { overviewOf } from '../../../inspector/overview.ts';
import type { InspectorSource } from '../../../inspector/source.ts';
import { whyOf } from '../../../inspector/why.ts';
import * as machines from '../../../machines/index.ts';
import { knownInvariants } from '../../known-invariants.ts';
import { readEscalation } from '../../read-ledger.ts';
import { actorAtEnd, actorsAtEnd, eventsOf, type LastLife, statusAtEnd } from './last-life.ts';
import type { Facts } from './questions.ts';
import { openRecords, type ReaderOptions } from './reader.ts';

/** Files are looked at this often while somebody listens, ms. */
const POLL_MS = 2_000;
/** The last steps are those of the longest of these, ms, in which there are not too many. */
const STEPS_OF_LAST_MS = [3_600_000, 600_000, 60_000, 1_000];
const STEPS_SHOWN = 2_000;
const SWEEP_MS = 60_000;

const FEEDS: Readonly<Record<string, string>> = { sim: 'simulated market', replay: 'recorded candles' };

// As what is not known: whether the checker can tell machines from `compile` by itself hangs on what else it has read before.
const MACHINES: readonly api.MachineView[] = Object.values<unknown>(machines).filter(isMachine).map(machineView);

/** What the directory told when it was last looked at. */
interface Seen {
  readonly life: LastLife;
  readonly facts: Facts;
  readonly lines: number;
}

export interface RecordsSource extends InspectorSource {
  /** Looks at the files again. Rejects as the reader does. */
  refresh(): Promise<void>;
  /** Ends the reader's thread; nobody is told anything any more. */
  close(): Promise<void>;
}

/** The kill switch as its file has it; one that cannot be read counts as on. */
function killSwitch(dir: string): Pick<LastLife, 'killReason' | 'trippedBy'> {
  const loaded = readEscalation(dir);
  if (!loaded.ok) return { killReason: loaded.missing ? null : 'its file cannot be read', trippedBy: [] };
  const { soft_kill_switch_active: active, reason, tripped_by: trippedBy = [] } = loaded.value;
  return { killReason: active ? (reason ?? 'no reason was kept') : null, trippedBy };
}

/**
 * The records of a directory in which no bot runs, as the inspector's server asks for them. Resolves when they have been read
 * for the first time; rejects with `WorkerFault` where that cannot be done.
 * @param dir absolute path
 */
export async function recordsSource(dir: string, options: ReaderOptions = {}): Promise<RecordsSource> {
  const reader = openRecords(dir, options);
  const listeners = new Set<(event: api.StreamEvent) => void>();
  const time = processTime();
  let stopPolling: (() => void) | null = null;
  let refreshing: Promise<void> | null = null;
  const catalogue = knownInvariants();

  const lastSteps = async (to: number): Promise<readonly api.Step[]> => {
    let steps: readonly api.Step[] = [];
    for (const span of STEPS_OF_LAST_MS) {
      const page = await reader.steps({ from: to - span, to, limit: STEPS_SHOWN });
      steps = page.steps;
      if (!page.more) break;
    }
    return steps;
  };

  const look = async (): Promise<Seen> => {
    const [{ lines }, facts, records, { to }] = await Promise.all([
      reader.revision(),
      reader.facts(),
      reader.ledger(),
      reader.history(),
    ]);
    const moment = to === null ? null : await reader.moment(to);
    const steps = to === null ? [] : await lastSteps(to);
    return { life: { moment, steps, records, catalogue, ...killSwitch(dir) }, facts, lines };
  };

  let seen: Seen;
  try {
    seen = await look();
  } catch (error) {
    await reader.close();
    throw error;
  }

  const known = (): Known => {
    const { life, facts } = seen;
    const at = life.moment?.at ?? 0;
    return {
      kind: 'records',
      name: basename(dir),
      dir,
      at,
      speed: null,
      status: statusAtEnd(life),
      feed: {
        kind: FEEDS[facts.feed ?? ''] ?? facts.feed ?? 'not known',
        symbols: facts.symbols,
        last_tick_at: facts.last_tick_at,
      },
      paper: true,
      commands: [],
      since: facts.since,
      records: life.records,
      budgets: {},
      alertsSent: null,
      sweep: { last_at: null, every_ms: SWEEP_MS },
    };
  };
  const overview = (): api.Overview => overviewOf(known());

  const tellNews = (before: Seen): void => {
    const known = new Map(before.life.records.map((record) => [record.incident_id, record.ts]));
    const news = seen.life.records.filter(
      ({ incident_id: id, ts }) => ts > (known.get(id) ?? Number.NEGATIVE_INFINITY),
    );
    const now = actorsAtEnd(seen.life);
    const ids = new Set(now.map(({ id }) => id));
    const gone = actorsAtEnd(before.life).flatMap(({ id }) => (ids.has(id) ? [] : [id]));
    for (const listener of [...listeners]) {
      for (const incident of news) listener({ type: 'incident', incident });
      listener({ type: 'overview', overview: overview() });
      listener({ type: 'actors', actors: now, gone });
    }
  };

  const refresh = (): Promise<void> => {
    refreshing ??= (async () => {
      const { lines } = await reader.revision();
      if (lines === seen.lines) return;
      const before = seen;
      seen = await look();
      tellNews(before);
    })().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };

  const nothingRuns = `No bot runs in ${dir}: these are its records`;
  return {
    kind: 'records',
    overview,
    actors: () => actorsAtEnd(seen.life),
    actor: (id) => actorAtEnd(seen.life, id),
    machines: () => MACHINES,
    events: ({ actor, after, limit }) =>
      eventsOf(seen.life.steps)
        .filter((event) => (actor === undefined || event.to === actor) && (after === undefined || event.seq > after))
        .slice(-Math.max(1, limit)),
    faults: () => [],
    incidents: (query) => reader.incidents(query),
    incident: (id) => reader.incident(id),
    why: async (component) => {
      await refresh();
      return whyOf(component, known());
    },
    signals: (query) => reader.signals(query),
    signal: (id) => reader.signal(id),
    trading: () => reader.trading(),
    log: (query) => reader.log(query),
    history: () => reader.history(),
    moment: (at) => reader.moment(at),
    steps: (query) => reader.steps(query),
    command: async ({ do: what }) => ({
      ok: false,
      says: `${nothingRuns}, and nobody is there to ${what}. Start it: kintsugi run --dir ${quoted(dir)}`,
    }),
    follow: (listener) => {
      listeners.add(listener);
      listener({ type: 'hello', overview: overview(), actors: actorsAtEnd(seen.life) });
      // A reader that died is started anew with the next look; who asks it something is told.
      stopPolling ??= time.every(POLL_MS, () => void refresh().catch(() => undefined));
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stopPolling?.();
        stopPolling = null;
      };
    },
    liveness: () => ({ alive: false, ready: false, says: nothingRuns }),
    refresh,
    close: async () => {
      stopPolling?.();
      stopPolling = null;
      for (const listener of [...listeners]) listener({ type: 'bye', reason: 'the inspector is closed' });
      listeners.clear();
      await reader.close();
    },
  };
}
