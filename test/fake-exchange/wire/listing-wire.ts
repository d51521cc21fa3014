import type { Decimal } from '../engine/decimal.ts';
import type { Bracket, Listing } from '../engine/listings.ts';

const digits = (step: Decimal): number => step.decimalPlaces();

/** A symbol of `GET /fapi/v1/exchangeInfo`. */
export const listingWire = ({ symbol, base, quote, tick, step, minNotional, maxQty, marketMaxQty }: Listing) => ({
  symbol,
  pair: symbol,
  contractType: 'PERPETUAL',
  deliveryDate: 4_133_404_800_000,
  onboardDate: 1_569_398_400_000,
  status: 'TRADING',
  maintMarginPercent: '2.5000',
  requiredMarginPercent: '5.0000',
  baseAsset: base,
  quoteAsset: quote,
  marginAsset: quote,
  pricePrecision: digits(tick),
  quantityPrecision: digits(step),
  baseAssetPrecision: 8,
  quotePrecision: 8,
  underlyingType: 'COIN',
  underlyingSubType: ['PoW'],
  triggerProtect: '0.0500',
  liquidationFee: '0.012500',
  marketTakeBound: '0.05',
  maxMoveOrderLimit: 10_000,
  filters: [
    { filterType: 'PRICE_FILTER', minPrice: tick.toString(), maxPrice: '4529764', tickSize: tick.toString() },
    { filterType: 'LOT_SIZE', minQty: step.toString(), maxQty: maxQty.toString(), stepSize: step.toString() },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: step.toString(),
      maxQty: marketMaxQty.toString(),
      stepSize: step.toString(),
    },
    { filterType: 'MAX_NUM_ORDERS', limit: 200 },
    { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 10 },
    { filterType: 'MIN_NOTIONAL', notional: minNotional.toString() },
    { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
  ],
  orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
  timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
});

export const bracketWire = ({ bracket, initialLeverage, floor, cap, maintMarginRatio, cum }: Bracket) => ({
  bracket,
  initialLeverage,
  notionalCap: cap.toNumber(),
  notionalFloor: floor.toNumber(),
  maintMarginRatio: maintMarginRatio.toNumber(),
  cum: cum.toNumber(),
});
