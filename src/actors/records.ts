/**
 * The records on disk: names, fields and units of the Python bot (DESIGN §4), so that its owners' scripts go on working.
 * Fields are added, never renamed. Everything read back is checked by these schemas first.
 */
import { z } from 'zod';
import type { ClosedPosition, FundingPayment, Intent, Position, Signal } from '../machines/messages.ts';
import { times } from '../ports/money.ts';
import { segmentNumber } from '../ports/segment-name.ts';

export const SIGNAL_BUS_FILE = 'logs/signal_bus.jsonl';
/** The event log, or one of its sealed segments. */
export const isBusFile = (path: string): boolean =>
  path === SIGNAL_BUS_FILE || segmentNumber(SIGNAL_BUS_FILE, path) !== null;
export const POSITIONS_FILE = 'logs/positions_futures.json';

/** Seconds since the epoch, from ms. */
export const seconds = (ms: number): number => ms / 1000;
let latest = { ms: Number.NaN, text: '' };
/** ISO-8601 UTC with `Z`, from ms. What is written at one moment is much, and bears the same time. */
export function isoTime(ms: number): string {
  if (latest.ms !== ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}
/** Both, as most records carry them. */
export const stamp = (ms: number) => ({ timestamp: isoTime(ms), ts: seconds(ms) });

const timed = { ts: z.number(), timestamp: z.string() };

const signalFields = z.looseObject({
  symbol: z.string(),
  direction: z.enum(['LONG', 'SHORT']),
  ts: z.number().or(z.string()),
  strategy: z.string().default('unknown'),
  confidence: z.number().default(0),
  entry_reason: z.string().default(''),
  price: z.number().default(0),
  features: z.unknown().optional(),
});

/** A signal came to be. */
export const signalGenerated = z.looseObject({
  event_type: z.literal('signal_generated'),
  event_id: z.string(),
  signal_id: z.string(),
  ...timed,
  source: z.string(),
  signal: signalFields,
  state: z.string(),
});

/** A signal went from one state to the next. States are strings here: a log may hold one that does not exist. */
export const stateChange = z.looseObject({
  event_type: z.literal('state_change'),
  event_id: z.string(),
  signal_id: z.string(),
  old_state: z.string(),
  new_state: z.string(),
  ...timed,
  reason: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).default({}),
});

/** An intent as it was written; those from before there were stops have no price of one. */
export function wholeIntent(written: Intent): Intent {
  return { ...written, stopPrice: written.stopPrice ?? null };
}

/** Added: an order that is about to leave (exits and stops; an entry's intent is the `metadata.intent` of its `executing`). */
export const orderIntent = z.looseObject({
  event_type: z.literal('order_intent'),
  event_id: z.string(),
  signal_id: z.string(),
  ...timed,
  intent: z
    .custom<Intent>((value) => typeof value === 'object' && value !== null && 'clientOrderId' in value)
    .transform(wholeIntent),
  /** Orders of the same signal and purpose that had not ended by then: all others had. */
  beside: z.array(z.string()).default([]),
  /** Where our own stop stood when one was sent to the exchange: how far it had trailed is known, whatever becomes of the file. */
  own_stop: z.number().positive().optional(),
});

/** A position; logs from before there was funding, or a cost, do not name them. */
const position = z
  .custom<Position>((value) => typeof value === 'object' && value !== null && 'entryPrice' in value)
  .transform(
    (value): Position => ({
      ...value,
      fundingUsd: value.fundingUsd ?? 0,
      costUsd: value.costUsd ?? times(value.entryPrice, value.qty),
    }),
  );

/** Added: what a fill made of a position. Positions are the fold of these. `position` is what is held afterwards. */
export const positionChange = z.looseObject({
  event_type: z.literal('position_change'),
  event_id: z.string(),
  signal_id: z.string(),
  ...timed,
  change: z.enum(['opened', 'increased', 'reduced', 'closed', 'adopted']),
  fill_id: z.string(),
  fill: z.record(z.string(), z.unknown()),
  position,
});

const payment = z.object({
  fundingId: z.string(),
  symbol: z.string(),
  amountUsd: z.number(),
  rate: z.number().nullable(),
  at: z.number(),
}) satisfies z.ZodType<FundingPayment>;

/**
 * Added: funding that was paid or got for a position. `position` is what is held afterwards; `closed` its result, where it had
 * been closed before the exchange told of the payment.
 */
export const fundingPayment = z.looseObject({
  event_type: z.literal('funding_payment'),
  event_id: z.string(),
  signal_id: z.string(),
  ...timed,
  payment,
  position,
  closed: z.custom<ClosedPosition>((value) => typeof value === 'object').nullable(),
});

export const busRecord = z.discriminatedUnion('event_type', [
  signalGenerated,
  stateChange,
  orderIntent,
  positionChange,
  fundingPayment,
]);
/** A line of the bus; `null` for what is none of ours. */
export const readRecord = (raw: unknown): BusRecord | null => busRecord.safeParse(raw).data ?? null;
export type SignalGenerated = z.infer<typeof signalGenerated>;
export type StateChange = z.infer<typeof stateChange>;
export type OrderIntent = z.infer<typeof orderIntent>;
export type PositionChange = z.infer<typeof positionChange>;
export type FundingRecord = z.infer<typeof fundingPayment>;
export type BusRecord = z.infer<typeof busRecord>;

/** A signal as the bus carries it. */
export const signalOf = (record: SignalGenerated): Signal => {
  const { signal } = record;
  const at = record.ts * 1000;
  return {
    signalId: record.signal_id,
    at,
    symbol: signal.symbol,
    direction: signal.direction,
    strategy: signal.strategy,
    confidence: signal.confidence,
    reason: signal.entry_reason,
    price: signal.price,
    features: (signal.features ?? unknownFeatures(signal.symbol, at, signal.price)) as Signal['features'],
  };
};

const unknownFeatures = (symbol: string, at: number, price: number): Signal['features'] => ({
  symbol,
  at,
  bars: 0,
  price,
  stable: false,
  emaFast: null,
  emaSlow: null,
  rsi: null,
  atr: null,
  donchianHigh: null,
  donchianLow: null,
  volatility: null,
  regime: 'unknown',
  spreadBps: 0,
  fundingRate: 0,
  returns: [],
});
