import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { type ExitGatesEvent, exitGates } from '../machines/exit-gates.ts';
import type { Candle, ExitGate, Fill, Position } from '../machines/messages.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { type ExitUnderWay, exitRecord } from './exits/exit-record.ts';
import { decideExit, type Exit, type ExitDecision, exitQty } from './exits/exit-rules.ts';
import { isStopId } from './order-ids.ts';
import { ownedLog } from './owned-log.ts';
import { changeOf } from './position-book.ts';
import { keepMarks } from './position-steps.ts';
import { positionOf, readPositions } from './positions-file.ts';
import { recordWriter } from './recorder.ts';
import { busRecord, POSITIONS_FILE } from './records.ts';

export const EXITS_FILE = 'logs/exit_runtime_events.jsonl';

/** An exit that has not been heard of for this long is ordered again; whether it is one already, tradeExecution knows. */
const ORDER_AGAIN_MS = 60_000;
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
  entryFeesUsd: number;
  /** The exit that was ordered last and has not ended. */
  ordered: { readonly at: number; readonly gate: ExitGate; readonly reason: string } | null;
  underWay: ExitUnderWay | null;
}

/** `exitGates` at work: owns `logs/exit_runtime_events.jsonl`. */
export function exitGatesActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, settings } = habitat;
  const { clock, broker, feed, pace } = world;
  const log = ownedLog(world, EXITS_FILE);
  const watches = new Map<string, Watch>();
  const blindAfterMs = Math.max(BLIND_AFTER_MS, BLIND_AFTER_BARS * feed.intervalMs);
  const seen = new Set<string>();
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

  /** Where no bars come, time goes on: of all gates the time stop alone needs no new price. */
  const lookAtBlind = (): void => {
    for (const watch of watches.values()) {
      const { position, lookedAt } = watch;
      if (clock.now() - lookedAt <= blindAfterMs) continue;
      const last = feed.recent(position.symbol, 1)[0];
      if (!last) continue;
      const { close } = last;
      const still = { ...last, open: close, high: close, low: close };
      judge(watch, decideExit(position, still, clock.now(), rulesFor(position.symbol)));
    }
  };

  const rulesFor = (symbol: string) => ({ ...settings.exits, tick: broker.instrument(symbol).tick });

  const lookAt = (watch: Watch, candle: Candle, at: number): void => {
    watch.lookedAt = clock.now();
    judge(watch, decideExit(watch.position, candle, at, rulesFor(candle.symbol)));
  };

  const judge = (watch: Watch, { updated, exit }: ExitDecision): void => {
    if (updated !== watch.position) {
      watch.position = updated;
      moved = true;
    }
    const waits = watch.ordered !== null && clock.now() - watch.ordered.at < ORDER_AGAIN_MS;
    if (exit && !waits) order(watch, exit, broker.instrument(updated.symbol).lot);
  };

  const order = (watch: Watch, exit: Exit, lot: number): void => {
    const { gate, reason, price } = exit;
    watch.ordered = { at: clock.now(), gate, reason };
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

  /** Follows one change of one position; `record` is told of every exit that has come to its end. */
  const follow = (change: Followed, at: number, record: (exit: ExitUnderWay, after: Position) => void): void => {
    const { position, fill, gate } = change;
    if (seen.has(fill.fillId)) return;
    seen.add(fill.fillId);
    const watch = watches.get(position.signalId);
    const now = keepMarks(watch?.position, position);
    if (gate !== null && watch) {
      const before = watch.underWay ?? {
        before: watch.position,
        fills: [],
        entryFeesUsd: watch.entryFeesUsd,
        gate,
        reason: reasonOf(gate, fill, watch.ordered?.reason),
      };
      watch.underWay = { ...before, fills: [...before.fills, fill] };
      if (fill.complete || position.qty === 0) {
        record(watch.underWay, now);
        watch.underWay = null;
      }
    }
    if (position.qty === 0) watches.delete(position.signalId);
    else if (!watch) {
      const entryFeesUsd = fill.feeUsd;
      watches.set(position.signalId, { position: now, lookedAt: at, entryFeesUsd, ordered: null, underWay: null });
    } else {
      watch.position = now;
      if (gate === null) watch.entryFeesUsd += fill.feeUsd;
    }
  };

  const replay = async (): Promise<void> => {
    for await (const raw of habitat.history.replay()) {
      if (raw.event_type !== 'position_change') continue;
      const parsed = busRecord.safeParse(raw);
      if (!parsed.success || parsed.data.event_type !== 'position_change') continue;
      const { position, gate, at } = changeOf(parsed.data);
      follow({ position, gate, fill: parsed.data.fill as unknown as Fill }, at, () => undefined);
    }
    const bytes = await world.files.read(POSITIONS_FILE);
    const read = bytes === null ? null : readPositions(bytes);
    // A file that cannot be read costs peaks and stops that had moved; the bars from now on move them again.
    if (read === null || typeof read === 'string') return;
    for (const marked of read.open_positions.map(positionOf)) {
      const watch = watches.get(marked.signalId);
      if (watch) watch.position = keepMarks(marked, watch.position);
    }
    for (const watch of watches.values()) watch.lookedAt = clock.now();
  };

  const life = lifeEffects('exitGates', habitat, {
    open: async (ref) => {
      self = ref;
      await log.open();
      await replay();
    },
    begin: tell,
    files: [log],
    repair: () => log.repair(),
    close: async () => {
      tellMarks();
      await writer.settle();
      await log.close();
    },
  });
  return exitGates.provide({
    actors: life.actors,
    actions: {
      ...life.actions,
      look,
      judge: () => {
        lookAtBlind();
        tell();
      },
      follow: ({ event }) => {
        if (event.type !== 'POSITION.CHANGED') return;
        follow(event, clock.now(), (exit, after) => writer.write(exitRecord(exit, after, event.fill.at)));
        tell();
      },
      forget: ({ event }) => {
        if (event.type !== 'EXIT.ENDED') return;
        const watch = watches.get(event.signalId);
        if (watch) watch.ordered = null;
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
