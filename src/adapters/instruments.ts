import type { Instrument } from '../ports/broker.ts';

const perpetual = (symbol: string, tick: number, lot: number, minNotionalUsd: number): Instrument => ({
  symbol,
  tick,
  lot,
  minNotionalUsd,
  maxLeverage: 20,
  maintenanceMargin: 0.004,
  takerFee: 0.0005,
});

/** Binance USD-M perpetuals: steps as in its `exchangeInfo`, the taker fee of its lowest tier. */
const INSTRUMENTS = new Map<string, Instrument>(
  [
    perpetual('BTCUSDT', 0.1, 0.001, 100),
    perpetual('ETHUSDT', 0.01, 0.001, 20),
    perpetual('SOLUSDT', 0.01, 0.01, 5),
    perpetual('XRPUSDT', 0.0001, 0.1, 5),
    perpetual('BNBUSDT', 0.01, 0.01, 5),
  ].map((instrument) => [instrument.symbol, instrument]),
);

/** The steps and fees of a symbol; small steps for one that is not known here. */
export function instrumentOf(symbol: string): Instrument {
  const instrument = INSTRUMENTS.get(symbol) ?? perpetual(symbol, 0.000001, 0.0001, 5);
  // The same one every time: what was worked out by it holds as long as it is.
  INSTRUMENTS.set(symbol, instrument);
  return instrument;
}
