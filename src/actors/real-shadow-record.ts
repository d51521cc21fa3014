/** `shadow_real_exits.jsonl`: what each signal would have come to with the bot's own exits and costs. */
import type { LogRecord } from '../ports/event-log.ts';
import { dividedBy, minus, notionalUsd, times, toUsd } from '../ports/money.ts';
import { closedOf } from './position-steps.ts';
import type { RealPlan, RealShadow } from './real-shadow.ts';
import { isoTime, seconds, stamp } from './records.ts';

export const REAL_EXITS_FILE = 'logs/shadow_real_exits.jsonl';

const whoFor = ({ signalId, ...plan }: RealPlan) => ({
  event_type: 'shadow_real_exit',
  signal_id: signalId,
  shadow_trade_id: `real_${signalId}`,
  symbol: plan.symbol,
  direction: plan.direction,
  strategy: plan.strategy,
  confidence: plan.confidence,
  regime: plan.regime,
  original_decision: plan.decision,
  blocker_component: plan.blocker,
  blocked_by: plan.blockedBy,
  passed_by: plan.passedBy,
  foretold_by: plan.foretoldBy,
  decided_ts: seconds(plan.decidedAt),
});

/**
 * A trade that is over. `net_usd` is after fees, slippage (which is in the prices) and funding (below 0 where it cost); `net_pct` the fraction of the
 * notional, `net_r` the multiple of `risk_usd`, what was lost at the first stop before costs.
 */
export function realExitRecord(
  { plan, position, firstStop, ...rest }: RealShadow,
  over: 'closed' | 'missing_prices',
  at: number,
  fundingKnown: boolean,
): LogRecord {
  const base = whoFor(plan);
  const last = rest.exits.at(-1);
  if (over !== 'closed' || position === null || firstStop === null || last === undefined)
    return { ...base, resolved: false, exit_reason: over, missing_bars: rest.missingBars, ...stamp(at) };
  const closed = closedOf(position, last.gate, last.at);
  const notional = notionalUsd(position.entryPrice, position.initialQty);
  const risk = toUsd(times(Math.abs(minus(position.entryPrice, firstStop)), position.initialQty));
  const net = closed.netPnlUsd;
  return {
    ...base,
    resolved: true,
    entry_price: position.entryPrice,
    entry_timestamp: isoTime(position.openedAt),
    exit_price: closed.exitPrice,
    exit_timestamp: isoTime(last.at),
    entry_ts: seconds(position.openedAt),
    hold_time_seconds: seconds(last.at - position.openedAt),
    qty: position.initialQty,
    leverage: position.leverage,
    sized: plan.size === null ? 'reference' : 'signal',
    notional_usd: notional,
    risk_usd: risk,
    gross_usd: closed.grossPnlUsd,
    fees_usd: position.feesUsd,
    slippage_usd: rest.slippageUsd,
    funding_usd: position.fundingUsd,
    funding_known: fundingKnown,
    net_usd: net,
    net_pct: toUsd(dividedBy(net, notional)),
    net_r: toUsd(dividedBy(net, risk)),
    was_profitable: net > 0,
    exit_reason: last.gate,
    exits: rest.exits.map(({ gate, qty, price, at: when }) => ({ gate, qty, price, ts: seconds(when) })),
    ambiguous_bars: rest.ambiguousBars,
    missing_bars: rest.missingBars,
    ...stamp(last.at),
  };
}
