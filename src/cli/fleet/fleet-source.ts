/** A fleet as the inspector's server asks for it: read from the store, like `kintsugi status --store`. */
import type { Connection } from '../../adapters/postgres/connection.ts';
import { FleetStore } from '../../adapters/postgres/fleet-store.ts';
import type { ProcessTime } from '../../adapters/process-time.ts';
import type { Command, CommandAnswer, StreamEvent } from '../../inspector/contract.ts';
import { BadQuestion, type InspectorSource } from '../../inspector/source.ts';
import { says } from '../../ports/says.ts';
import { type FleetKnown, fleetOverview } from './fleet-overview.ts';
import { fleetReport } from './fleet-status.ts';

const LOOK_EVERY_MS = 1_000;
const LOOK_AT_LEAST_MS = 5_000;
/** The page takes what it has not heard of for twelve seconds for old. */
const TOLD_AT_LEAST_MS = 5_000;

export interface FleetSource extends InspectorSource {
  close(): void;
}

/**
 * @param by who asks for the switch, for all to read
 * @param isPaper this worker's orders are
 */
export function fleetSource(
  worker: string,
  connection: Connection,
  time: ProcessTime,
  by: string,
  isPaper: boolean,
): FleetSource {
  const store = new FleetStore(connection);
  const listeners = new Set<(event: StreamEvent) => void>();
  let known: FleetKnown = { report: null, error: null };
  let toldAt = 0;
  let lookedAt = 0;
  let told = '';
  let looking = false;
  const overview = () => fleetOverview(worker, time.present(), known, isPaper);

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    lookedAt = time.monotonic();
    try {
      known = { report: await fleetReport(connection), error: null };
    } catch (error) {
      known = { ...known, error: says(error) };
    } finally {
      looking = false;
    }
    const present = overview();
    const words = JSON.stringify([present.verdict, present.status.kill_switch]);
    if (words === told && time.monotonic() - toldAt < TOLD_AT_LEAST_MS) return;
    told = words;
    toldAt = time.monotonic();
    for (const listener of [...listeners]) listener({ type: 'overview', overview: present });
  };
  const endLooking = time.every(LOOK_EVERY_MS, () => {
    // Whether it is ready is to be known though nobody watches.
    if (listeners.size > 0 || time.monotonic() - lookedAt >= LOOK_AT_LEAST_MS) void look();
  });
  void look();

  const command = async (asked: Command): Promise<CommandAnswer> => {
    if (asked.do !== 'pause' && asked.do !== 'resume')
      return { ok: false, says: `${asked.do} is for one bot; a fleet can be held and let go` };
    const reason = asked.reason.trim();
    if (reason === '') throw new BadQuestion('reason: it is empty; all workers read it');
    try {
      if (asked.do === 'pause') await store.holdAll(reason, by);
      else await store.letAllGo();
    } catch (error) {
      return { ok: false, says: says(error) };
    }
    await look();
    return {
      ok: true,
      says:
        asked.do === 'pause'
          ? 'The whole fleet is held: within a lease nobody enters any more; exits go on.'
          : 'The fleet was let go: its bots enter again, but for those that are held by themselves.',
    };
  };

  return {
    kind: 'fleet',
    overview,
    fleet: () => fleetReport(connection),
    actors: () => [],
    actor: () => null,
    machines: () => [],
    events: () => [],
    faults: () => [],
    incidents: async () => [],
    incident: async () => null,
    why: async () => null,
    signals: async () => ({ signals: [], total: 0 }),
    signal: async () => null,
    trading: async () => null,
    log: async () => [],
    history: async () => ({ from: null, to: null, steps_from: null, marks: [] }),
    moment: async (at) => ({
      ...{ at, components: [], actors: [], incidents: [], invariants: [] },
      ...{ by_state: {}, positions: [], records: [], log: [] },
    }),
    steps: async () => ({ steps: [], more: false }),
    command,
    follow: (listener) => {
      listener({ type: 'hello', overview: overview(), actors: [] });
      listeners.add(listener);
      void look();
      return () => listeners.delete(listener);
    },
    liveness: () => {
      const { error, report } = known;
      const ready = error === null && report !== null;
      return {
        alive: true,
        ready,
        says: error ?? (ready ? `worker ${worker} reads the store` : 'the store was not asked yet'),
      };
    },
    close: endLooking,
  };
}
