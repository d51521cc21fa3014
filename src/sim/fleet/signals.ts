/** Signals of a partition's bot: an idea now and then, and where each stands, as the log has it. */
import { changeOf, PositionBook } from '../../actors/position-book.ts';
import { readRecord, type SignalGenerated, signalOf } from '../../actors/records.ts';
import type { Direction, Position, Signal } from '../../machines/messages.ts';
import type { LogRecord } from '../../ports/event-log.ts';

/** Before an order leaves; afterwards it is for trade execution to say. */
const UNDECIDED = new Set(['generated', 'evaluating', 'approved']);

/** The same for the same slot, whoever has the idea: two owners at once would have it twice. */
const signalIdOf = (symbol: string, slot: number, slotMs: number): string =>
  `${symbol}_${slot * slotMs}_${(Math.imul(slot, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}`;

export class Signals {
  readonly #states = new Map<string, string>();
  readonly #records = new Map<string, SignalGenerated>();
  readonly #lastAt = new Map<string, number>();
  readonly #book = new PositionBook();

  /** A record that was in the log when the bot began. */
  replay(raw: LogRecord): void {
    const record = readRecord(raw);
    if (record?.event_type === 'signal_generated') this.#born(record);
    if (record?.event_type === 'state_change') this.#states.set(record.signal_id, record.new_state);
    if (record?.event_type === 'position_change') this.#book.take(changeOf(record));
  }

  #born(record: SignalGenerated): void {
    const { signal_id: id, signal, ts } = record;
    this.#states.set(id, 'generated');
    this.#records.set(id, record);
    this.#lastAt.set(signal.symbol, Math.max(ts * 1_000, this.#lastAt.get(signal.symbol) ?? 0));
  }

  /** What nobody decided under an owner before us: it is too old by now. */
  undecided(): readonly string[] {
    return [...this.#states].filter(([, state]) => UNDECIDED.has(state)).map(([id]) => id);
  }

  /** @returns the record of an idea about a symbol in this slot; `null`: there was one in it, or in a later one */
  idea(symbol: string, slot: number, slotMs: number, price: number) {
    const at = slot * slotMs;
    if (at <= (this.#lastAt.get(symbol) ?? 0)) return null;
    this.#lastAt.set(symbol, at);
    const direction: Direction = (slot & 4) === 0 ? 'LONG' : 'SHORT';
    const signal = {
      symbol,
      direction,
      ts: at / 1_000,
      strategy: 'clerk',
      confidence: 0.6,
      entry_reason: 'a slot',
      price,
    };
    return { id: signalIdOf(symbol, slot, slotMs), at, rest: { source: 'clerk', state: 'generated', signal } };
  }

  /** Its record is kept. @returns the signal */
  born(raw: LogRecord): Signal | null {
    const record = readRecord(raw);
    if (record?.event_type !== 'signal_generated') return null;
    this.#born(record);
    return signalOf(record);
  }

  stateOf(id: string): string {
    return this.#states.get(id) ?? 'generated';
  }

  signal(id: string): Signal | null {
    const record = this.#records.get(id);
    return record === undefined ? null : signalOf(record);
  }

  /** @returns where it stood */
  move(id: string, to: string): string {
    const from = this.stateOf(id);
    this.#states.set(id, to);
    return from;
  }

  changed(change: Parameters<PositionBook['take']>[0]): void {
    this.#book.take(change);
  }

  open(): readonly Position[] {
    return this.#book.open();
  }
}
