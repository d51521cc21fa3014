import { figure, type Guard, percent, verdict } from './guard.ts';

/**
 * Blocks a trade that would work for the exchange: the move to be expected until the time stop (volatility of one bar times
 * the root of the bars, as of a random walk) must be several times the cost of going in and out.
 */
export const feeGate: Guard = {
  name: 'FeeGate',
  evaluate({ signal: { features }, instrument, limits: { fees: limit } }) {
    const { volatility, spreadBps } = features;
    if (volatility === null)
      return verdict(this.name, [`the move to expect is not known after ${features.bars} bars`], '', {
        bars: features.bars,
      });
    const expected = volatility * Math.sqrt(limit.horizonBars);
    const cost = 2 * instrument.takerFee + (2 * limit.slippageBps + spreadBps) / 10_000;
    const needed = cost * limit.minMultiple;
    const compared = `${percent(expected)} in ${limit.horizonBars} bars against a round trip of ${percent(cost, 3)}`;
    const breaches =
      expected < needed
        ? [`expected move ${compared}: ${(expected / cost).toFixed(1)} times, wanted ${limit.minMultiple}`]
        : [];
    return verdict(this.name, breaches, `expected move ${compared}`, {
      expected_move: figure(expected),
      needed_move: figure(needed),
      round_trip_cost: figure(cost),
      min_multiple: limit.minMultiple,
    });
  },
};
