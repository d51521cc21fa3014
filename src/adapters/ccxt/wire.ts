/**
 * What Binance's USD-M futures say of orders, stops, executions and positions, as it stands in ccxt's `info`: the exchange's own
 * text, so that money is read from decimals and not from doubles that were computed with (research/trading.md §1.3, P16).
 */
import { z } from 'zod';

const decimal = z
  .union([z.string().regex(/^-?\d+(\.\d+)?$/), z.number()])
  .transform(Number)
  .refine(Number.isFinite);
const orNothing = z
  .union([decimal, z.literal('').transform(() => 0)])
  .nullish()
  .transform((amount) => amount ?? 0);
const id = z.union([z.string().min(1), z.number()]).transform(String);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const side = z.enum(['BUY', 'SELL']);
const ms = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(Number);

export const wireOrder = z.object({
  orderId: id,
  clientOrderId: z.string(),
  symbol: z.string(),
  status: z.enum([
    'NEW',
    'PARTIALLY_FILLED',
    'FILLED',
    'CANCELED',
    'EXPIRED',
    'EXPIRED_IN_MATCH',
    'REJECTED',
    'NEW_INSURANCE',
    'NEW_ADL',
  ]),
  side,
  origType: z.string(),
  origQty: decimal,
  executedQty: decimal,
  reduceOnly: flag,
  time: ms,
  updateTime: ms,
});
export type WireOrder = z.infer<typeof wireOrder>;

export const wireAlgo = z.object({
  algoId: id,
  clientAlgoId: z.string(),
  symbol: z.string(),
  side,
  algoStatus: z.enum(['NEW', 'TRIGGERING', 'TRIGGERED', 'FINISHED', 'CANCELED', 'EXPIRED', 'REJECTED']),
  /** Those of others may be for all that is held, or trail: 0 where it is not told. */
  quantity: orNothing,
  triggerPrice: orNothing,
  reduceOnly: flag,
  /** Empty until it was triggered. */
  actualOrderId: z.union([z.string(), z.number()]).nullish(),
  updateTime: ms.optional(),
});
export type WireAlgo = z.infer<typeof wireAlgo>;

export const wireTrade = z.object({
  id,
  orderId: id,
  symbol: z.string(),
  side,
  qty: decimal,
  price: decimal,
  commission: decimal,
  commissionAsset: z.string(),
  time: ms,
});
export type WireTrade = z.infer<typeof wireTrade>;

export const wireIncome = z.object({ tranId: id, income: decimal, time: ms });

export const wirePosition = z.object({
  symbol: z.string(),
  positionAmt: decimal,
  entryPrice: decimal,
  liquidationPrice: decimal,
  markPrice: decimal.default(0),
});

export const wireAccount = z.object({ totalMarginBalance: decimal });

/** `ORDER_TRADE_UPDATE` of the user's stream. */
export const orderUpdate = z.object({
  e: z.literal('ORDER_TRADE_UPDATE'),
  o: z.object({
    s: z.string(),
    c: z.string(),
    S: side,
    ot: z.string().default(''),
    x: z.string(),
    X: z.string(),
    i: id,
    /** Of this execution: size, price, fee and its asset, time, number. */
    l: decimal,
    L: decimal,
    n: decimal.default(0),
    N: z.string().default(''),
    T: ms,
    t: id,
    /** Executed so far, this included. */
    z: decimal,
  }),
});
export type OrderUpdate = z.infer<typeof orderUpdate>['o'];

/** `ALGO_UPDATE`: what became of a stop. `ai` is the order it has become. */
export const algoUpdate = z.object({
  e: z.literal('ALGO_UPDATE'),
  o: z.object({
    s: z.string(),
    caid: z.string(),
    aid: id,
    X: z.string(),
    ai: z.union([z.string(), z.number()]).nullish(),
  }),
});
export type StopUpdate = z.infer<typeof algoUpdate>['o'];

/** `ACCOUNT_CONFIG_UPDATE`: `ac` is the leverage of a symbol, whoever has set it. */
export const configUpdate = z.object({ ac: z.object({ s: z.string(), l: z.coerce.number() }).optional() });
/** `ACCOUNT_UPDATE`, as far as it says why it was sent. */
export const accountUpdate = z.object({ a: z.object({ m: z.string() }) });
/** `MARGIN_CALL`: positions that are near liquidation. */
export const marginCall = z.object({ p: z.array(z.object({ s: z.string() })) });
/** The reason for an {@link accountUpdate}: margin was made isolated, or common. */
export const MARGIN_TYPE_CHANGE = 'MARGIN_TYPE_CHANGE';

export const orderIdOf = (actual: string | number | null | undefined): string | null =>
  actual === null || actual === undefined || actual === '' || actual === 0 || actual === '0' ? null : String(actual);

/** Reads what ccxt hands on. What cannot be read is no answer: it throws, and nothing is concluded from it. */
export function readInfo<T>(what: string, schema: z.ZodType<T>, answer: { readonly info?: unknown }): T {
  const parsed = schema.safeParse(answer.info);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${what}: the exchange's answer cannot be read (${z.prettifyError(parsed.error).replace(/\s+/g, ' ')})`,
  );
}
