import { type Decimal, dec } from './decimal.ts';

/** A step of the table of margins: up to `cap` USDT of notional. `cum` makes the maintenance margin continuous. */
export interface Bracket {
  readonly bracket: number;
  readonly initialLeverage: number;
  readonly floor: Decimal;
  readonly cap: Decimal;
  readonly maintMarginRatio: Decimal;
  readonly cum: Decimal;
}

/** A perpetual as the exchange lists it. */
export interface Listing {
  readonly symbol: string;
  readonly base: string;
  /** What it is priced in, and margined in. */
  readonly quote: string;
  readonly tick: Decimal;
  readonly step: Decimal;
  readonly minNotional: Decimal;
  readonly maxQty: Decimal;
  readonly marketMaxQty: Decimal;
  readonly brackets: readonly Bracket[];
}

/** Leverage, the notional up to which it is allowed, and the maintenance margin there. */
const STEPS: readonly (readonly [leverage: number, cap: string, maintenance: string])[] = [
  [125, '50000', '0.004'],
  [100, '600000', '0.005'],
  [50, '3000000', '0.01'],
  [20, '12000000', '0.025'],
  [10, '70000000', '0.05'],
  [5, '100000000', '0.1'],
  [1, '1000000000', '0.5'],
];

function bracketsUpTo(leverage: number): readonly Bracket[] {
  const brackets: Bracket[] = [];
  for (const [initialLeverage, cap, ratio] of STEPS.filter(([most]) => most <= leverage)) {
    const before = brackets.at(-1);
    const floor = before?.cap ?? dec(0);
    const maintMarginRatio = dec(ratio);
    const cum = before ? before.cum.plus(floor.times(maintMarginRatio.minus(before.maintMarginRatio))) : dec(0);
    brackets.push({ bracket: brackets.length + 1, initialLeverage, floor, cap: dec(cap), maintMarginRatio, cum });
  }
  return brackets;
}

const perpetual = (base: string, tick: string, step: string, minNotional: string, maxQty: string): Listing => ({
  symbol: `${base}USDT`,
  base,
  quote: 'USDT',
  tick: dec(tick),
  step: dec(step),
  minNotional: dec(minNotional),
  maxQty: dec(maxQty),
  marketMaxQty: dec(maxQty).dividedBy(5),
  brackets: bracketsUpTo(125),
});

/** Steps and smallest notionals as Binance's `exchangeInfo` had them in 2025. */
export const LISTINGS: ReadonlyMap<string, Listing> = new Map(
  [
    perpetual('BTC', '0.1', '0.001', '100', '1000'),
    perpetual('ETH', '0.01', '0.001', '20', '10000'),
    perpetual('SOL', '0.01', '0.01', '5', '1000000'),
    perpetual('BNB', '0.01', '0.01', '5', '100000'),
    perpetual('XRP', '0.0001', '0.1', '5', '10000000'),
  ].map((listing) => [listing.symbol, listing]),
);

/** The bracket a notional falls into. */
export const bracketOf = (listing: Listing, notional: Decimal): Bracket => {
  const found = listing.brackets.findLast(({ floor }) => notional.gte(floor)) ?? listing.brackets[0];
  if (!found) throw new RangeError(`${listing.symbol} has no brackets`);
  return found;
};

export const maintenanceOf = (listing: Listing, notional: Decimal): Decimal => {
  const { maintMarginRatio, cum } = bracketOf(listing, notional);
  return notional.times(maintMarginRatio).minus(cum);
};
