/** How a fleet is, in the words in which a bot's page says how a bot is. Pure. */
import type { FleetReport, Health, Overview, Verdict } from '../../inspector/contract.ts';
import { notRunning } from '../bot-status.ts';
import { counted } from '../terminal.ts';

/** What was last seen of the store; or that it could not be asked, and why. */
export interface FleetKnown {
  readonly report: FleetReport | null;
  /** Why the store could not be asked when it was tried last; `null`: it was. */
  readonly error: string | null;
}

const HEALTHS = new Set<string>(['green', 'yellow', 'red', 'unknown']);
/** What is on its way to be green is yellow until it is. */
const healthOf = (status: string): Health => (HEALTHS.has(status) ? (status as Health) : 'yellow');

function verdictOf({ report, error }: FleetKnown): Verdict {
  const nobody = 'Each bot tells its own alerts.';
  if (report === null || error !== null)
    return {
      health: 'unknown',
      title: 'Nothing is known of the fleet: the store does not answer.',
      detail: error ?? 'It was not asked yet.',
      alert:
        'A worker that cannot ask the store enters nothing, and gives its partitions up when their leases are out.',
    };
  const { partitions, workers } = report;
  const alive = workers.filter((worker) => worker.alive).length;
  const free = partitions.filter(({ owner }) => owner === null);
  const ill = partitions.filter(({ owner, status }) => owner !== null && healthOf(status) !== 'green');
  const rest = `${counted(alive, 'worker')} ${alive === 1 ? 'lives' : 'live'}, and ${counted(partitions.length - free.length, 'partition')} of ${partitions.length} ${partitions.length - free.length === 1 ? 'has' : 'have'} an owner.`;
  if (free.length > 0)
    return {
      health: 'red',
      title: `${counted(free.length, 'partition')} without an owner.`,
      detail: rest,
      alert: nobody,
    };
  if (ill.length > 0) {
    const title = `${counted(ill.length, 'partition')} ${ill.length === 1 ? 'is' : 'are'} not green.`;
    return { health: healthOf(report.status), title, detail: rest, alert: nobody };
  }
  if (partitions.length === 0)
    return { health: 'unknown', title: 'There are no partitions yet.', detail: rest, alert: nobody };
  return { health: 'green', title: 'Every partition has an owner, and is green.', detail: rest, alert: nobody };
}

/** Why nobody of the fleet enters; `null`: they may. Workers that cannot ask whether they are held take it that they are. */
function whyHeld({ report, error }: FleetKnown): string | null {
  const hold = report?.hold ? `${report.hold.reason} (${report.hold.by})` : null;
  if (report !== null && error === null) return hold;
  const unknown = `not known: ${error ?? 'the store was not asked yet'}`;
  return hold === null ? unknown : `${hold}; whether it still is, is ${unknown}`;
}

/** @param at the moment, ms of the wall */
export function fleetOverview(name: string, at: number, known: FleetKnown, isPaper: boolean): Overview {
  const verdict = verdictOf(known);
  return {
    kind: 'fleet',
    name,
    at,
    speed: 1,
    status: {
      ...notRunning(whyHeld(known)),
      status: verdict.health,
      bot_time: new Date(at).toISOString(),
    },
    verdict,
    feed: { kind: known.report?.store ?? 'the store', symbols: [], last_tick_at: null },
    paper: isPaper,
    commands: ['pause', 'resume'],
    repairs: {
      ...{ healed: 0, failed: 0, cleared: 0, median_ms: null, p95_ms: null, held: null, all_green: null },
      observed_ms: 0,
    },
    alerts: { sent: null, held_back: 0 },
    sweep: { last_at: null, every_ms: 0 },
    components: [],
  };
}
