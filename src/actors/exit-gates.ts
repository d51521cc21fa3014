import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import { type ExitGatesEvent, exitGates } from '../machines/exit-gates.ts';
import type { Candle, ExitGate, Fill, FundingPayment, Position } from '../machines/messages.ts';
import { minus, plus, shareOf } from '../ports/money.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { afterPrices } from './exits/after-prices.ts';
import { type Borne, type ExitUnderWay, exitRecord } from './exits/exit-record.ts';
import { decideExit, decideOnPrice, type Exit, type ExitDecision, exitQty, timeStop } from './exits/exit-rules.ts';
import { isStopId } from './order-ids.ts';
import { ownedLog } from './owned-log.ts';
import { changeOf, fundingKey } from './position-book.ts';
import { keepMarks } from './position-steps.ts';
import { positionOf, readPositions } from './positions-file.ts';
import { recordWriter } from './recorder.ts';
import { busRecord, POSITIONS_FILE } from './records.ts';
import { bookedBeforeIn } from './retention.ts';

export const EXITS_FILE = 'logs/exit_runtime_events.jsonl';

/** An exit that has not been heard of for this long is ordered again; whether it is one already, tradeExecution knows. */
const ORDER_AGAIN_MS = 60_000;
/** One that was refused is ordered again after this long, doubling: prices come ten times a second, and exchanges count orders, ms. */
const REFUSED_AGAIN_MS = 1_000;
const REFUSED_AGAIN_AT_MOST_MS = 10_000;
/** A position is blind after this long without a bar, in bars and in ms, whichever is longer. */
const BLIND_AFTER_BARS = 3;
const BLIND_AFTER_MS = 30_000;

interface Followed {
  readonly position: Position;
  readonly fill: Fill;
  readonly gate: ExitGate | null;
}

/** One position under watch. */
interface Watch {
  position: Position;
  lookedAt: number;
  /** The stop as it stood when the last bar had closed. */
  stopAtBar: number;
  /** What the last look at a price decided, until something of it is filled. */
  wanted: Exit | null;
  /** Whether the last look left it open in which order the prices of a bar had come. */
  torn: boolean;
  /** Fees of its entries, and funding, that no exit has borne yet. */
  borne: Borne;
  /** The exit that was ordered last and has not ended. */
  ordered: {
    readonly at: number;
    readonly gate: ExitGate;
    readonly reason: string;
    readonly ambiguous: boolean;
  } | null;
  /** Exits that were refused in a row, and until when none is ordered, ms. */
  refusals: number;
  restsUntil: number;
  underWay: ExitUnderWay | null;
}

/** Is told of every exit that has come to its end. */
type Recorder = (exit: ExitUnderWay, borne: Borne, after: Position) => void;

/** `exitGates` at work: owns `logs/exit_runtime_events.jsonl`. */
export function exitGatesActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, settings } = habitat;
  const { clock, broker, feed, pace } = world;
  const log = ownedLog(world, EXITS_FILE);
  const watches = new Map<string, Watch>();
  const blindAfterMs = Math.max(BLIND_AFTER_MS, BLIND_AFTER_BARS * feed.intervalMs);
  const seen = new Set<string>();
  /** When the newest price between bars was of, by symbol. */
  const heardAt = new Map<string, number>();
  let self: AnyActorRef | null = null;
  let markedAt = Number.NEGATIVE_INFINITY;
  let moved = false;
  const writer = recordWriter(world, log, (event) => self?.send(event));

  const tell = (): void => {
    const now = clock.now();
    let exiting = 0;
    let lastLookAt: number | null = null;
    const blind: string[] = [];
    for (const { position, lookedAt, ordered } of watches.values()) {
      if (ordered) exiting++;
      lastLookAt = Math.min(lastLookAt ?? lookedAt, lookedAt);
      if (now - lookedAt > blindAfterMs) blind.push(position.symbol);
    }
    self?.send({ type: 'LOOKED', open: watches.size, exiting, lastLookAt, blind });
  };

  const tellMarks = (): void => {
    if (!moved) return;
    moved = false;
    markedAt = clock.now();
    const positions = [...watches.values()].map(({ position }) => position);
    mail.post('safetyLayer', { type: 'POSITION.MARKED', positions });
    // The stops at the exchange follow ours.
    if (settings.protection?.enabled) mail.post('tradeExecution', { type: 'POSITION.MARKED', positions });
  };

  const look = ({ event }: { event: ExitGatesEvent }): void => {
    if (event.type !== 'TICK' || watches.size === 0) return;
    const { candles, at } = event.tick;
    for (const watch of watches.values()) {
      const candle = candles.find(({ symbol }) => symbol === watch.position.symbol);
      if (candle) lookAt(watch, candle, at);
    }
    if (clock.now() - markedAt >= pace.saveMs) tellMarks();
    tell();
  };

  const glance = ({ event }: { event: ExitGatesEvent }): void => {
    if (event.type !== 'PRICE') return;
    for (const quote of event.quotes) {
      heardAt.set(quote.symbol, quote.at);
      for (const watch of watches.values()) {
        if (watch.position.symbol !== quote.symbol) continue;
        watch.lookedAt = clock.now();
        judge(watch, decideOnPrice(watch.position, quote, rulesFor(quote.symbol)));
      }
    }
    if (watches.size === 0) return;
    if (clock.now() - markedAt >= pace.saveMs) tellMarks();
    tell();
  };

  /**
   * Where no bars come, time goes on: the time stop alone needs no price. A stop that has moved, or a position that was opened, since
   * the last bar closed is not to be judged by its close. What the last price has decided stands.
   */
  const lookAtBlind = (): void => {
    for (const watch of watches.values()) {
      const { position, lookedAt, wanted } = watch;
      if (clock.now() - lookedAt <= blindAfterMs) continue;
      const last = feed.recent(position.symbol, 1)[0];
      if (!last) continue;
      judge(watch, { updated: position, exit: wanted ?? timeStop(position, last.close, clock.now(), settings.exits) });
    }
  };

  const rulesFor = (symbol: string) => ({ ...settings.exits, tick: broker.instrument(symbol).tick });

  const lookAt = (watch: Watch, candle: Candle, at: number): void => {
    const { position, stopAtBar } = watch;
    const rules = rulesFor(candle.symbol);
    const heard = (heardAt.get(candle.symbol) ?? candle.ts) > candle.ts;
    const seen = heard ? afterPrices(position, candle, stopAtBar, rules) : candle;
    watch.lookedAt = clock.now();
    judge(watch, decideExit(position, seen, at, rules));
    watch.stopAtBar = watch.position.stopPrice;
  };

  const judge = (watch: Watch, { updated, exit }: Pick<ExitDecision, 'updated' | 'exit'>): void => {
    if (updated !== watch.position) {
      watch.position = updated;
      moved = true;
    }
    watch.wanted = exit;
    watch.torn = exit?.ambiguous ?? false;
    const waits = watch.ordered !== null && clock.now() - watch.ordered.at < ORDER_AGAIN_MS;
    if (exit && !waits && clock.now() >= watch.restsUntil) order(watch, exit, broker.instrument(updated.symbol).lot);
  };

  const order = (watch: Watch, exit: Exit, lot: number): void => {
    const { gate, reason, price, ambiguous } = exit;
    watch.ordered = { at: clock.now(), gate, reason, ambiguous };
    const { signalId } = watch.position;
    mail.post('tradeExecution', {
      type: 'EXIT',
      signalId,
      gate,
      qty: exitQty(watch.position, exit, lot),
      reason,
      price,
    });
  };

  const ended = (watch: Watch, isRefused: boolean): void => {
    watch.ordered = null;
    watch.refusals = isRefused ? watch.refusals + 1 : 0;
    const pause = Math.min(REFUSED_AGAIN_AT_MOST_MS, REFUSED_AGAIN_MS * 2 ** (watch.refusals - 1));
    watch.restsUntil = isRefused ? clock.now() + pause : 0;
  };

  /** Follows one change of one position. */
  const follow = (change: Followed, at: number, record: Recorder): void => {
    const { position, fill, gate } = change;
    if (seen.has(fill.fillId)) return;
    seen.add(fill.fillId);
    const watch = watches.get(position.signalId);
    const now = keepMarks(watch?.position, position);
    if (gate !== null && watch) {
      const before = watch.underWay ?? {
        before: watch.position,
        fills: [],
        gate,
        reason: reasonOf(gate, fill, watch.ordered?.reason),
        ambiguous: watch.ordered?.ambiguous ?? watch.torn,
      };
      watch.underWay = { ...before, fills: [...before.fills, fill] };
      if (fill.complete || position.qty === 0) {
        record(watch.underWay, bear(watch, watch.underWay.before.qty, now.qty), now);
        watch.underWay = null;
      }
    }
    if (position.qty === 0) watches.delete(position.signalId);
    else if (!watch) {
      const borne = { entryFeesUsd: fill.feeUsd, fundingUsd: 0 };
      const blank = { wanted: null, torn: false, ordered: null, refusals: 0, restsUntil: 0, underWay: null };
      watches.set(position.signalId, { position: now, lookedAt: at, stopAtBar: now.stopPrice, borne, ...blank });
    } else {
      watch.position = now;
      watch.wanted = null;
      if (gate === null) watch.borne = { ...watch.borne, entryFeesUsd: plus(watch.borne.entryFeesUsd, fill.feeUsd) };
    }
  };

  /** The part that an exit closes bears its share; the last one bears the rest. */
  const bear = (watch: Watch, before: number, after: number): Borne => {
    const { entryFeesUsd, fundingUsd } = watch.borne;
    const part = minus(before, after);
    const share = {
      entryFeesUsd: shareOf(entryFeesUsd, part, before),
      fundingUsd: shareOf(fundingUsd, part, before),
    };
    watch.borne = {
      entryFeesUsd: minus(entryFeesUsd, share.entryFeesUsd),
      fundingUsd: minus(fundingUsd, share.fundingUsd),
    };
    return share;
  };

  /** What comes when a position has been closed is in its result, and in no exit's. */
  const fund = ({ fundingId, amountUsd }: FundingPayment, position: Position): void => {
    const watch = watches.get(position.signalId);
    const key = fundingKey(fundingId);
    if (!watch || seen.has(key)) return;
    seen.add(key);
    watch.position = keepMarks(watch.position, position);
    watch.borne = { ...watch.borne, fundingUsd: plus(watch.borne.fundingUsd, amountUsd) };
  };

  const recall = (positions: readonly Position[]): void => {
    for (const marked of positions) {
      const watch = watches.get(marked.signalId);
      if (!watch) continue;
      watch.position = keepMarks(marked, watch.position);
      watch.stopAtBar = watch.position.stopPrice;
    }
  };

  const replay = async (): Promise<void> => {
    for await (const raw of habitat.history.replay()) {
      const before = bookedBeforeIn(raw);
      if (before) seen.add(before.fill_id);
      if (raw.event_type !== 'position_change' && raw.event_type !== 'funding_payment') continue;
      const parsed = busRecord.safeParse(raw);
      if (!parsed.success) continue;
      if (parsed.data.event_type === 'funding_payment') fund(parsed.data.payment, parsed.data.position);
      if (parsed.data.event_type !== 'position_change') continue;
      const { position, gate, at } = changeOf(parsed.data);
      follow({ position, gate, fill: parsed.data.fill as unknown as Fill }, at, () => undefined);
    }
    const bytes = await world.files.read(POSITIONS_FILE);
    const read = bytes === null ? null : readPositions(bytes);
    // Its keeper may know better, where it cannot be read any more or he could not write it: he is told what we know. Where nobody
    // does, that costs peaks and stops that had moved; the bars from now on move them again.
    moved = watches.size > 0;
    if (read === null || typeof read === 'string') return;
    recall(read.open_positions.map(positionOf));
    for (const watch of watches.values()) watch.lookedAt = clock.now();
  };

  const life = lifeEffects('exitGates', habitat, {
    open: async (ref) => {
      self = ref;
      await log.open();
      await replay();
    },
    begin: () => {
      tell();
      tellMarks();
    },
    files: [log],
    repair: () => log.repair(),
    close: async () => {
      tellMarks();
      await writer.settle();
      await log.close();
    },
  });
  return provided(exitGates, {
    actors: life.actors,
    actions: {
      ...life.actions,
      look,
      glance,
      judge: () => {
        lookAtBlind();
        tell();
      },
      follow: ({ event }) => {
        if (event.type !== 'POSITION.CHANGED') return;
        follow(event, clock.now(), (exit, borne, after) => writer.write(exitRecord(exit, borne, after, event.fill.at)));
        tell();
      },
      fund: ({ event }) => {
        if (event.type === 'POSITION.FUNDED') fund(event.payment, event.position);
      },
      recall: ({ event }) => {
        if (event.type !== 'MARKS.KEPT') return;
        recall(event.positions);
        moved = true;
      },
      forget: ({ event }) => {
        if (event.type !== 'EXIT.ENDED') return;
        const watch = watches.get(event.signalId);
        if (watch) ended(watch, event.outcome === 'rejected');
        if (watch && event.outcome === 'no-position') watches.delete(event.signalId);
        tell();
      },
      recordAgain: () => writer.again(),
    },
  });
}

/** Why, also where nobody here ordered the exit. */
function reasonOf(gate: ExitGate, { clientOrderId }: Fill, ordered: string | undefined): string {
  if (gate === 'liquidation') return 'the exchange liquidated the position';
  if (isStopId(clientOrderId)) return 'the stop that rests at the exchange went off';
  return ordered ?? `ordered before: ${gate}`;
}
