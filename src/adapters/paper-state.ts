import { z } from 'zod';
import { times } from '../ports/money.ts';

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

/**
 * Net holding of a symbol, isolated margin: `qty` > 0 is long. Money is counted by what it has cost (exact), `entry` is the
 * average price of it. A state from before costs were kept has the price alone.
 */
const holding = z
  .object({
    qty: z.number(),
    entry: z.number().positive(),
    marginUsd: z.number().nonnegative(),
    costUsd: z.number().nonnegative().optional(),
  })
  .transform(({ costUsd, ...held }) => ({ ...held, costUsd: costUsd ?? times(held.entry, Math.abs(held.qty)) }));

const fundingPayment = z.object({
  fundingId: z.string(),
  symbol: z.string(),
  amountUsd: z.number(),
  rate: z.number().nullable(),
  at: z.number(),
});

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
  /** When the exchange took it, ms. */
  at: z.number().default(0),
  fills: z.array(fill),
});

/** All that the paper exchange knows, as it is stored. Orders stand under their client order id. */
export const paperState = z.object({
  cashUsd: z.number(),
  lastId: z.number().int().nonnegative(),
  positions: z.record(z.string(), holding),
  /** The last bar of each symbol: prices for what is held and ordered when the exchange opens again. */
  marks: z.record(z.string(), mark).default({}),
  /** The newest price of each symbol: that of a bar's close, or one between two bars. */
  last: z
    .record(z.string(), z.object({ price: z.number().positive(), at: z.number(), between: z.boolean() }))
    .default({}),
  /** Of a recording: the bar that runs now, as far as it is known when it begins. */
  opens: z.record(z.string(), z.object({ ts: z.number(), open: z.number().positive() })).default({}),
  orders: z.record(z.string(), order),
  /** Up to when funding has been paid of what is held, by symbol, ms. */
  fundedTo: z.record(z.string(), z.number()).default({}),
  /** The last payments, oldest first. */
  funding: z.array(fundingPayment).default([]),
});

/** An account nobody has traded on. */
export const emptyState = (cashUsd: number): PaperState => ({
  cashUsd,
  lastId: 0,
  positions: {},
  marks: {},
  last: {},
  opens: {},
  orders: {},
  fundedTo: {},
  funding: [],
});

export type PaperState = z.infer<typeof paperState>;
export type PaperOrder = z.infer<typeof order>;
export type Holding = z.infer<typeof holding>;
