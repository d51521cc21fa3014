import type { StatusReport } from '../healing/status.ts';
import { listed, nameOf } from '../healing/words.ts';
import type { Known } from './known.ts';
import { standingsOf } from './standing.ts';

/** What a signal goes through on its way to an order, and a position on its way out (DESIGN §3). */
const WAY_OF_AN_ORDER: ReadonlySet<string> = new Set([
  'market_feed',
  'feature_store',
  'signal_engine',
  'signal_bus',
  'state_machine',
  'decision_engine',
  'safety_layer',
  'trade_execution',
  'exit_gates',
]);

export interface TradingEffect {
  readonly is: 'none' | 'possible' | 'unknown' | 'blocked' | 'stopped';
  /** One sentence; empty for an app, which does not trade. */
  readonly title: string;
  /** How that is known. */
  readonly because: readonly string[];
}

/** The invariants that are broken or unknown or have an open incident, and all that depend on them. */
function touched(
  { invariants, open_incidents: open }: StatusReport,
  by: (component: string) => boolean,
): ReadonlySet<string> {
  const opened = new Set(open.map(({ invariant }) => invariant));
  const reached = new Set(
    invariants.flatMap(({ id, holds, component }) => (by(component) && (holds !== true || opened.has(id)) ? [id] : [])),
  );
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const { id, depends_on: on } of invariants) if (on.some((one) => reached.has(one))) reached.add(id);
  }
  return reached;
}

/**
 * Whether trading is affected, by the kill switch and by what depends on what is broken.
 * @param by the component whose part in it is asked for; all, if not given
 */
export function tradingEffect(known: Pick<Known, 'kind' | 'status' | 'records' | 'at'>, by?: string): TradingEffect {
  const { kind, status } = known;
  if (kind === 'app') return { is: 'none', title: '', because: [] };
  if (status.status === 'not_running')
    return { is: 'stopped', title: 'Nothing is traded.', because: ['No bot runs: no order is sent, and no exit.'] };
  const { active, reason } = status.kill_switch;
  if (active)
    return {
      is: 'blocked',
      title: 'Entries are blocked, exits go on.',
      because: [`The kill switch is on: ${reason ?? 'no reason was kept'}.`],
    };
  if (standingsOf(known).some(({ how }) => how === 'unjudged'))
    return {
      is: 'unknown',
      title: 'Whether trading is affected is not known.',
      because: ['The healer does not judge: what it said last is not believed.'],
    };
  const reached = touched(status, (component) => by === undefined || component === by);
  const names = [
    ...new Set(
      status.invariants.flatMap(({ id, component }) =>
        reached.has(id) && WAY_OF_AN_ORDER.has(component) ? [nameOf(component)] : [],
      ),
    ),
  ];
  const off = 'The kill switch is off: entries are let through.';
  return names.length === 0
    ? {
        is: 'none',
        title: 'Trading is unaffected.',
        because: ['Nothing on the way of an order depends on what is broken.', off],
      }
    : {
        is: 'possible',
        title: 'Trading may be affected.',
        because: [`On the way of an order: ${listed(names)}.`, off],
      };
}
