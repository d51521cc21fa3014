import { z } from 'zod';
import type { Instrument } from '../../ports/broker.ts';
import type { CcxtClient } from './client.ts';
import { CcxtError } from './load.ts';

/** ccxt's ways of writing a precision. */
const DECIMAL_PLACES = 2;
const TICK_SIZE = 4;

/** Where the exchange does not say: of a market that is not told about, little is dared. */
const UNSAID = { takerFee: 0.001, maxLeverage: 5, maintenanceMargin: 0.05, minNotionalUsd: 5 };

const number = z.number().nullish();
const ccxtMarket = z.looseObject({
  id: z.string(),
  symbol: z.string(),
  base: z.string(),
  quote: z.string(),
  settle: z.string().nullish(),
  swap: z.boolean().nullish(),
  linear: z.boolean().nullish(),
  active: z.boolean().nullish(),
  contractSize: number,
  taker: number,
  precision: z.looseObject({ amount: number, price: number }),
  limits: z.looseObject({
    cost: z.looseObject({ min: number }).nullish(),
    leverage: z.looseObject({ max: number }).nullish(),
  }),
  info: z.looseObject({
    maintMarginPercent: z.coerce.number().optional(),
    requiredMarginPercent: z.coerce.number().optional(),
  }),
});
export type CcxtMarket = z.infer<typeof ccxtMarket>;

/** A perpetual that we can trade, under both its names. */
export interface Listing {
  /** Ours: `BTCUSDT`. */
  readonly symbol: string;
  /** ccxt's: `BTC/USDT:USDT`. */
  readonly unified: string;
  /** The exchange's. */
  readonly id: string;
  readonly instrument: Instrument;
}

const isOurs = ({ swap, linear, settle, quote, active }: CcxtMarket): boolean =>
  swap === true && linear === true && settle === quote && active !== false;

const nameOf = ({ base, quote }: CcxtMarket): string => `${base}${quote}`.toUpperCase();

function stepOf(precision: number | null | undefined, mode: number): number | null {
  if (precision === null || precision === undefined) return null;
  if (mode === TICK_SIZE) return precision;
  return mode === DECIMAL_PLACES ? Number(`1e-${precision}`) : null;
}

/** Steps and fees as the exchange lists them. Size steps are in base units, also where it counts contracts. */
function instrumentOf(market: CcxtMarket, mode: number): Instrument {
  const tick = stepOf(market.precision.price, mode);
  const step = stepOf(market.precision.amount, mode);
  if (tick === null || step === null || !(tick > 0) || !(step > 0))
    throw new CcxtError(`${market.symbol}: the exchange does not say in which steps prices and sizes go`);
  const { maintMarginPercent: kept, requiredMarginPercent: needed } = market.info;
  return {
    symbol: nameOf(market),
    tick,
    lot: Number((step * (market.contractSize ?? 1)).toPrecision(12)),
    minNotionalUsd: market.limits.cost?.min ?? UNSAID.minNotionalUsd,
    maxLeverage: market.limits.leverage?.max ?? (needed ? Math.floor(100 / needed) : UNSAID.maxLeverage),
    maintenanceMargin: kept ? kept / 100 : UNSAID.maintenanceMargin,
    takerFee: market.taker ?? UNSAID.takerFee,
  };
}

/**
 * The listings of our symbols, in their order. `client` has loaded its markets.
 * Throws {@link CcxtError} for a symbol that is not there, naming those of the same base.
 */
export function listingsOf(client: CcxtClient, symbols: readonly string[]): readonly Listing[] {
  const markets = Object.values(client.markets ?? {}).flatMap((raw) => {
    const parsed = ccxtMarket.safeParse(raw);
    return parsed.success && isOurs(parsed.data) ? [parsed.data] : [];
  });
  return symbols.map((symbol) => {
    const market = markets.find((one) => one.id === symbol) ?? markets.find((one) => nameOf(one) === symbol);
    if (market) {
      const instrument = { ...instrumentOf(market, client.precisionMode), symbol };
      return { symbol, unified: market.symbol, id: market.id, instrument };
    }
    const like = markets.filter(({ base }) => symbol.startsWith(base)).map(nameOf);
    const instead = like.length > 0 ? `There is ${like.slice(0, 5).join(', ')}` : `It lists ${markets.length} others`;
    throw new CcxtError(
      `${client.id} has no perpetual ${symbol} that is margined in its quote currency. ${instead}; check --symbols`,
    );
  });
}
