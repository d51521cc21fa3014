import { figure, type Guard, percent, verdict } from './guard.ts';

/** Blocks where nothing moves (no exit would be reached) and where too much moves (no exit would be kept). */
export const volatilityGuard: Guard = {
  name: 'VolatilityGuard',
  evaluate({ signal: { features }, limits: { volatility: limit } }) {
    const { volatility, spreadBps } = features;
    if (volatility === null)
      return verdict(this.name, [`volatility is not known after ${features.bars} bars`], '', { bars: features.bars });
    const breaches: string[] = [];
    if (volatility < limit.min)
      breaches.push(`volatility ${percent(volatility, 4)} a bar is below ${percent(limit.min, 4)}`);
    if (volatility > limit.max)
      breaches.push(`volatility ${percent(volatility, 4)} a bar is above ${percent(limit.max, 4)}`);
    if (spreadBps > limit.maxSpreadBps) breaches.push(`spread ${spreadBps} bps is above ${limit.maxSpreadBps} bps`);
    return verdict(this.name, breaches, `volatility ${percent(volatility, 4)} a bar is within limits`, {
      volatility: figure(volatility),
      min: limit.min,
      max: limit.max,
      spread_bps: spreadBps,
      max_spread_bps: limit.maxSpreadBps,
    });
  },
};
