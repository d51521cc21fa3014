import { type Guard, verdict } from './guard.ts';

const HOUR_MS = 3_600_000;

/** Blocks more entries an hour than a calm hand would make, overall and on one symbol. */
export const hourlyCap: Guard = {
  name: 'HourlyCap',
  looksAtHoldings: true,
  evaluate({ signal, now, approvals, limits: { hourly: limit } }) {
    const lastHour = approvals.filter(({ at, signalId }) => now - at < HOUR_MS && signalId !== signal.signalId);
    const onSymbol = lastHour.filter(({ symbol }) => symbol === signal.symbol).length;
    const breaches: string[] = [];
    if (lastHour.length >= limit.overall)
      breaches.push(`${lastHour.length} entries in the last hour, at most ${limit.overall}`);
    if (onSymbol >= limit.perSymbol)
      breaches.push(`${onSymbol} entries on ${signal.symbol} in the last hour, at most ${limit.perSymbol}`);
    return verdict(
      this.name,
      breaches,
      `${lastHour.length} entries in the last hour, ${onSymbol} on ${signal.symbol}`,
      {
        last_hour: lastHour.length,
        max_last_hour: limit.overall,
        last_hour_on_symbol: onSymbol,
        max_on_symbol: limit.perSymbol,
      },
    );
  },
};
