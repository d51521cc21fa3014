/** The same overview for anybody's XState app under `supervise`: it heals, and does not trade. */
import type { IncidentRecord } from '../healing/ledger.ts';
import type { StatusReport } from '../healing/status.ts';
import type { Supervised } from '../healing/supervise.ts';
import type { Known } from './known.ts';

/** What an app cannot say of itself. */
export interface AppFacts {
  readonly name: string;
  /** What `Supervised.incidents` told, in order: see {@link RecentIncidents}. */
  readonly records: readonly IncidentRecord[];
  readonly commands?: Known['commands'];
  /** How fast its clock runs against the wall's; 1 if not given. */
  readonly speed?: number;
}

/** The app's status as a bot's is reported: its actors stand for the components; there is no kill switch and no pipeline. */
function reportOfApp(app: Supervised): StatusReport {
  const { at, startedAt, isRunning, invariants, open } = app.insight();
  const { status, actors, beside } = app.status();
  return {
    status: isRunning ? status : 'not_running',
    pid: null,
    uptime_seconds: (at - startedAt) / 1_000,
    bot_time: new Date(at).toISOString(),
    kill_switch: { active: false, reason: null, tripped_by: [] },
    healing: isRunning ? 'act' : null,
    pipeline: { status: 'UNKNOWN', stuck_count: 0, by_state: {} },
    components: actors as unknown as StatusReport['components'],
    beside,
    invariants,
    open_incidents: open,
  };
}

/** What {@link overviewOf} and {@link whyOf} need of an app. */
export function knownOfApp(app: Supervised, { name, records, commands = [], speed = 1 }: AppFacts): Known {
  const { at, judgedSince, sweep, budgets } = app.insight();
  return {
    kind: 'app',
    name,
    at,
    speed,
    dir: null,
    status: reportOfApp(app),
    since: judgedSince,
    records,
    budgets,
    alertsSent: 0,
    sweep,
    feed: { kind: 'none', symbols: [], last_tick_at: null },
    paper: false,
    commands,
  };
}
