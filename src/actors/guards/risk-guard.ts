import { sizeEntry } from '../sizing.ts';
import { figure, type Guard, type GuardContext, holdings, percent, verdict } from './guard.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * Blocks what the account cannot bear: too many positions, a second one on the same symbol and direction, too much exposure,
 * too much at stake at the stop, or a day that has lost enough.
 *
 * A position in the other direction on the same symbol is refused as well: the exchange nets the two (one-way mode), and
 * then there is nothing left for a reduce-only exit to reduce.
 */
export const riskGuard: Guard = {
  name: 'RiskGuard',
  looksAtHoldings: true,
  evaluate(context) {
    const { signal, equityUsd, pnlTodayUsd, limits, instrument } = context;
    const limit = limits.risk;
    if (equityUsd === null || equityUsd <= 0)
      return verdict(this.name, [`equity is ${equityUsd === null ? 'not known' : `${equityUsd} USD`}`], '', {
        equity_usd: equityUsd ?? 'unknown',
      });

    const held = holdings(context);
    const onSymbol = held.filter(({ symbol }) => symbol === signal.symbol);
    const sameSide = onSymbol.filter(({ direction }) => direction === signal.direction).length;
    const otherSide = onSymbol.length - sameSide;
    const dayLoss = -pnlTodayUsd / (equityUsd - pnlTodayUsd);
    const size = sizeEntry({
      direction: signal.direction,
      price: signal.price,
      equityUsd,
      instrument,
      rules: limits.sizing,
    });
    const breaches: string[] = [];

    if (held.length >= limit.maxOpenPositions)
      breaches.push(`${held.length} positions are open or under way, at most ${limit.maxOpenPositions}`);
    if (sameSide >= limit.maxPerSymbolAndDirection)
      breaches.push(
        `${sameSide} ${signal.direction} on ${signal.symbol} already, at most ${limit.maxPerSymbolAndDirection}`,
      );
    if (otherSide > 0)
      breaches.push(`${otherSide} position on ${signal.symbol} the other way, and the exchange nets them`);
    if (dayLoss >= limit.maxDailyLoss)
      breaches.push(`${percent(dayLoss)} lost today, at most ${percent(limit.maxDailyLoss)}`);

    const exposureNow = sum(held.map(({ notionalUsd }) => notionalUsd)) / equityUsd;
    let exposure = exposureNow;
    let atStake = 0;
    if ('refused' in size) breaches.push(size.refused);
    else {
      exposure += (size.qty * signal.price) / equityUsd;
      atStake = stakeOf(context, size.qty, size.stopPrice) / equityUsd;
      if (exposure > limit.maxExposure)
        breaches.push(`exposure would be ${exposure.toFixed(2)} times equity, at most ${limit.maxExposure}`);
      if (atStake > limit.maxRiskPerTrade)
        breaches.push(`${percent(atStake)} of equity at stake at the stop, at most ${percent(limit.maxRiskPerTrade)}`);
    }

    return verdict(this.name, breaches, `${held.length} positions, exposure ${exposure.toFixed(2)} times equity`, {
      open_positions: held.length,
      max_open_positions: limit.maxOpenPositions,
      same_symbol_and_direction: sameSide,
      exposure: figure(exposure),
      max_exposure: limit.maxExposure,
      risk: figure(atStake),
      max_risk: limit.maxRiskPerTrade,
      daily_loss: figure(dayLoss),
      max_daily_loss: limit.maxDailyLoss,
      equity_usd: figure(equityUsd),
    });
  },
};

/** What is lost when the stop is hit, with both fees, USD. */
const stakeOf = ({ signal, instrument }: GuardContext, qty: number, stopPrice: number): number =>
  qty * (Math.abs(signal.price - stopPrice) + (signal.price + stopPrice) * instrument.takerFee);
