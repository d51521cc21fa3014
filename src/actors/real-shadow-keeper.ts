/** Keeps the shadow trades with the bot's own exits: plans, bars, records, and what is under way on disk. */
import { z } from 'zod';
import type { Candle, Tick } from '../machines/messages.ts';
import type { LogRecord } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';
import type { Habitat } from './effects.ts';
import { type OwnedLog, ownedLog } from './owned-log.ts';
import type { RealPlan, RealShadow, RealTerms } from './real-shadow.ts';
import { type RealEnd, RealShadowBook } from './real-shadow-book.ts';
import { REAL_EXITS_FILE, realExitRecord } from './real-shadow-record.ts';
import { type RecordWriter, recordWriter } from './recorder.ts';
import { readRecord, type SignalGenerated, type StateChange } from './records.ts';

/** The trades under way: what bars made of them cannot be had again where the feed forgets its bars. */
export const REAL_SHADOWS_FILE = 'state/shadow_real_trades.json';

const document = z.object({
  version: z.literal(1),
  open: z.array(
    z.custom<RealShadow>(
      (value) => typeof value === 'object' && value !== null && 'plan' in value && 'lastBarTs' in value,
    ),
  ),
});

const names = z.array(z.string()).default([]);
/** What a decision has to say for a trade to be planned. Decisions of older versions have no `size`: they are passed over. */
const decided = z.looseObject({
  blocker: z.string().nullish(),
  blocked_by: names,
  passed_by: names,
  foretold_by: names,
  size: z.object({ qty: z.number().positive(), leverage: z.number().positive() }).nullable(),
});
const regimeIn = z.looseObject({ regime: z.string() });

/** Signals whose decision is awaited. */
const AWAITED_AT_MOST = 5_000;

export interface RealShadowKeeper {
  readonly log: OwnedLog;
  open(): Promise<void>;
  /** A record of the bus, as it comes. */
  follow(record: SignalGenerated | StateChange): void;
  tick(tick: Tick): void;
  recordAgain(): void;
  close(): Promise<void>;
}

type Tell = (event: { readonly type: string; readonly [field: string]: unknown }) => void;

/** @param tell where the component's machine hears of its records */
export function realShadowKeeper({ world, settings, history }: Habitat, tell: Tell): RealShadowKeeper {
  const { feed, broker, clock, pace, pending, store } = world;
  const log = ownedLog(world, REAL_EXITS_FILE);
  const writer: RecordWriter = recordWriter(world, log, tell);
  const book = new RealShadowBook();
  const awaited = new Map<string, SignalGenerated>();
  let savedAt = Number.NEGATIVE_INFINITY;
  /** A recording has all its bars for ever: what a start does not read back it makes of them again. */
  const saveEveryMs = feed.recorded ? Math.max(pace.saveMs, pace.showMs) : pace.saveMs;
  let changed = false;

  const known = new Map<string, RealTerms>();
  /** The same as before while the exchange's rules are: by them is known what bars leave a trade alone. */
  const termsOf = (symbol: string): RealTerms => {
    const instrument = broker.instrument(symbol);
    const before = known.get(symbol);
    if (before?.instrument === instrument) return before;
    const terms: RealTerms = {
      rules: { ...settings.exits, tick: instrument.tick },
      instrument,
      slippage: settings.guards.fees.slippageBps / 10_000,
      intervalMs: feed.intervalMs,
      funding: world.funding ?? null,
    };
    known.set(symbol, terms);
    return terms;
  };

  const record = ({ shadow, over, at }: RealEnd): void =>
    writer.write(realExitRecord(shadow, over, at, world.funding !== undefined), () => {
      book.recorded(shadow.plan.symbol, shadow.plan.signalId);
      changed = true;
    });

  const onCandle = (candle: Candle, only?: string): void => {
    for (const end of book.onCandle(candle, termsOf(candle.symbol), only)) record(end);
  };

  /** Bars that closed after the last one a trade has seen, where the feed still has them. */
  const catchUp = ({ plan, lastBarTs }: RealShadow): void => {
    const behindMs = clock.now() - (lastBarTs === null ? plan.decidedAt : lastBarTs + feed.intervalMs);
    if (behindMs < feed.intervalMs) return;
    for (const candle of feed.recent(plan.symbol, Math.ceil(behindMs / feed.intervalMs) + 1))
      onCandle(candle, plan.signalId);
  };

  const planOf = ({ signal_id, ts, new_state, metadata }: StateChange): RealPlan | null => {
    const born = awaited.get(signal_id);
    const said = decided.safeParse(metadata);
    if (!born || !said.success) return null;
    const { blocker, blocked_by, passed_by, foretold_by, size } = said.data;
    const { symbol, direction, strategy, confidence, features } = born.signal;
    return {
      signalId: signal_id,
      symbol,
      direction,
      strategy,
      confidence,
      regime: regimeIn.safeParse(features).data?.regime ?? 'unknown',
      decision: new_state === 'approved' ? 'APPROVED' : 'BLOCKED',
      blocker: blocker ?? null,
      blockedBy: blocked_by,
      passedBy: passed_by,
      foretoldBy: foretold_by,
      decidedAt: ts * 1000,
      size,
    };
  };

  const take = (record: SignalGenerated | StateChange): RealShadow | null => {
    const { signal_id } = record;
    if (record.event_type === 'signal_generated') {
      awaited.set(signal_id, record);
      if (awaited.size > AWAITED_AT_MOST) awaited.delete(awaited.keys().next().value ?? '');
      return null;
    }
    if (record.new_state === 'evaluating' || record.new_state === 'generated') return null;
    const plan = record.new_state === 'approved' || record.new_state === 'blocked' ? planOf(record) : null;
    awaited.delete(signal_id);
    const planned = plan === null ? null : book.plan(plan);
    changed ||= planned !== null;
    return planned;
  };

  const save = async (): Promise<void> => {
    if (!changed) return;
    changed = false;
    savedAt = clock.now();
    try {
      await store.save(REAL_SHADOWS_FILE, { version: 1, open: book.open });
    } catch (error) {
      changed = true;
      world.log.warn(`${REAL_SHADOWS_FILE} could not be written: ${says(error)}; it is tried again`);
    }
  };

  /** The past from which trades are planned: all of it, where nothing else tells which are under way. */
  const past = async (): Promise<AsyncIterable<LogRecord>> => {
    const loaded = await store.load(REAL_SHADOWS_FILE, document);
    if (loaded.ok) {
      for (const shadow of loaded.value.open) book.adopt(shadow);
      return history.replay();
    }
    changed = true;
    if (!loaded.missing) {
      const kept = await world.quarantine.keep(REAL_SHADOWS_FILE, 0, loaded.bytes, loaded.reason);
      world.log.warn(
        `${REAL_SHADOWS_FILE} cannot be read: ${loaded.reason}; its bytes are in ${kept.file}, and the trades are rebuilt from the event log`,
      );
    }
    return world.bus.replay();
  };

  return {
    log,
    open: async () => {
      await log.open();
      for await (const { signal_id } of log.log.replay()) if (typeof signal_id === 'string') book.remember(signal_id);
      for await (const raw of await past()) {
        const known = readRecord(raw);
        if (known?.event_type === 'signal_generated' || known?.event_type === 'state_change') take(known);
      }
      for (const shadow of book.open) catchUp(shadow);
    },
    follow: (known) => {
      const planned = take(known);
      if (planned !== null) catchUp(planned);
    },
    tick: ({ candles }) => {
      if (book.size > 0) changed = true;
      for (const candle of candles) onCandle(candle);
      if (changed && clock.now() - savedAt >= saveEveryMs) void pending.track(save());
    },
    recordAgain: () => writer.again(),
    close: async () => {
      await writer.settle();
      await save();
      await log.close();
    },
  };
}
