import { z } from 'zod';

/** The paper exchange is not the bot: what it remembers is a file of its own. */
export const EXCHANGE_FILE = 'state/paper_exchange.json';

const side = z.enum(['BUY', 'SELL']);

const fill = z.object({
  fillId: z.string(),
  clientOrderId: z.string(),
  orderId: z.string(),
  symbol: z.string(),
  side,
  qty: z.number().positive(),
  price: z.number().positive(),
  feeUsd: z.number().nonnegative(),
  complete: z.boolean(),
  at: z.number(),
});

const mark = z.object({
  symbol: z.string(),
  ts: z.number(),
  open: z.number().positive(),
  high: z.number().positive(),
  low: z.number().positive(),
  close: z.number().positive(),
  volume: z.number().nonnegative(),
});

/** Net holding of a symbol, isolated margin: `qty` > 0 is long, `entry` the average price, both unrounded carriers. */
const holding = z.object({ qty: z.number(), entry: z.number().positive(), marginUsd: z.number().nonnegative() });

const order = z.object({
  orderId: z.string(),
  symbol: z.string(),
  side,
  qty: z.number(),
  status: z.enum(['open', 'filled', 'cancelled', 'rejected']),
  reason: z.string().nullable(),
  reduceOnly: z.boolean(),
  leverage: z.number(),
  /** Of a stop that rests. */
  stopPrice: z.number().positive().nullable().default(null),
  fills: z.array(fill),
});

/** All that the paper exchange knows, as it is stored. Orders stand under their client order id. */
export const paperState = z.object({
  cashUsd: z.number(),
  lastId: z.number().int().nonnegative(),
  positions: z.record(z.string(), holding),
  /** The last bar of each symbol: prices for what is held and ordered when the exchange opens again. */
  marks: z.record(z.string(), mark).default({}),
  orders: z.record(z.string(), order),
});

export type PaperState = z.infer<typeof paperState>;
export type PaperOrder = z.infer<typeof order>;
export type Holding = z.infer<typeof holding>;
