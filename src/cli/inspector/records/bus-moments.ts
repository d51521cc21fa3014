/** What was at any moment, by the event log: signals by state, positions, and the records next to it. */
import { fundingKey } from '../../../actors/position-book.ts';
import { type BusRecord, readRecord } from '../../../actors/records.ts';
import { checkLine } from '../../../adapters/log-line.ts';
import type { LogTail } from '../../../adapters/log-tail.ts';
import { Checkpoints } from '../../../inspector/records/checkpoints.ts';
import type { Position } from '../../../machines/messages.ts';
import type { LogRecord, Position as Place } from '../../../ports/event-log.ts';
import { FINAL } from './known-words.ts';

/** States of signals that are over are remembered, so many, to know one that is told twice. */
const FINISHED_KNOWN = 50_000;
const MOST_EXCEPTIONS = 100_000;
const NEXT_TO_IT = 10;

export interface BusState {
  readonly byState: Readonly<Record<string, number>>;
  readonly positions: readonly Position[];
}
export interface BusMoment extends BusState {
  /** Ten before and ten after, oldest first. */
  readonly records: readonly LogRecord[];
}

/** What a line says; `null` for one that is damaged, blank, or none of ours. */
export function busRecordIn(bytes: Uint8Array): { readonly raw: LogRecord; readonly record: BusRecord | null } | null {
  const checked = checkLine(bytes, 'record', { sequenced: true });
  if (checked.kind !== 'good' || checked.record === null) return null;
  return { raw: checked.record, record: readRecord(checked.record) };
}

class Fold {
  readonly byState: Map<string, number>;
  readonly positions: Map<string, Position>;

  constructor({ byState, positions }: BusState = { byState: {}, positions: [] }) {
    this.byState = new Map(Object.entries(byState));
    this.positions = new Map(positions.map((position) => [position.signalId, position]));
  }

  /** @param was the state its signal was in before; `null`: it was not there */
  take(record: BusRecord, was: string | null): void {
    if (record.event_type === 'position_change' || record.event_type === 'funding_payment') {
      const { position } = record;
      if (position.qty > 0) this.positions.set(position.signalId, position);
      else this.positions.delete(position.signalId);
      return;
    }
    if (record.event_type === 'order_intent') return;
    const is = record.event_type === 'state_change' ? record.new_state : 'generated';
    if (was !== null) this.#add(was, -1);
    this.#add(is, 1);
  }

  #add(state: string, count: number): void {
    const sum = (this.byState.get(state) ?? 0) + count;
    if (sum === 0) this.byState.delete(state);
    else this.byState.set(state, sum);
  }

  copy(): BusState {
    return { byState: Object.fromEntries(this.byState), positions: [...this.positions.values()] };
  }
}

/** What the record itself says of the state before. */
const told = (record: BusRecord): string | null => (record.event_type === 'state_change' ? record.old_state : null);

export class BusMoments {
  readonly #tail: LogTail;
  readonly #fold = new Fold();
  readonly #checkpoints = new Checkpoints<BusState>(() => this.#fold.copy());
  readonly #states = new Map<string, string>();
  readonly #finished = new Set<string>();
  readonly #fills = new Set<string>();
  /** Records that do not say how it was before: what was so in truth, or that they are told for the second time. */
  readonly #exceptions = new Map<Place, { readonly was: string | null } | 'known'>();
  first: number | null = null;

  constructor(tail: LogTail) {
    this.#tail = tail;
  }

  get last(): number | null {
    return this.#checkpoints.last;
  }

  take(record: BusRecord, place: Place): void {
    const at = record.ts * 1000;
    this.first ??= at;
    this.#checkpoints.pass(place, at);
    const was = this.#before(record);
    if (was === 'known') this.#except(place, 'known');
    else {
      if (was !== told(record)) this.#except(place, { was });
      this.#fold.take(record, was);
    }
  }

  /** A record of somebody else's kind: it stands in time as well. */
  pass(ts: unknown, place: Place): void {
    if (typeof ts === 'number') this.#checkpoints.pass(place, ts * 1000);
  }

  /** @param at ms */
  moment(at: number): BusMoment {
    const from = this.#checkpoints.upTo(at);
    if (from === null) return { byState: {}, positions: [], records: [] };
    const fold = new Fold(from.state);
    const before: LogRecord[] = [];
    const after: LogRecord[] = [];
    let latest = from.at;
    let passed = 0;
    for (const { bytes, place } of this.#tail.from(from.place)) {
      const read = busRecordIn(bytes);
      if (read === null) continue;
      const { raw, record } = read;
      if (typeof raw.ts === 'number') latest = Math.max(latest, raw.ts * 1000);
      if (latest > at) {
        after.push(raw);
        if (after.length >= NEXT_TO_IT) break;
        continue;
      }
      passed++;
      before.push(raw);
      if (before.length > NEXT_TO_IT) before.shift();
      const exception = this.#exceptions.get(place);
      if (record === null || exception === 'known') continue;
      fold.take(record, exception ? exception.was : told(record));
    }
    const earlier = passed < NEXT_TO_IT ? this.#recordsBefore(from.place, NEXT_TO_IT - passed) : [];
    return { ...fold.copy(), records: [...earlier, ...before, ...after] };
  }

  #recordsBefore(place: Place, count: number): readonly LogRecord[] {
    const from = this.#checkpoints.list.findLast((one) => one.place < place);
    if (!from) return [];
    const lines: Buffer[] = [];
    for (const line of this.#tail.from(from.place)) {
      if (line.place >= place) break;
      lines.push(Buffer.from(line.bytes));
      // Some may be blank.
      if (lines.length > 4 * count) lines.shift();
    }
    const read = lines.map((bytes) => busRecordIn(bytes)?.raw ?? null);
    return read.filter((raw) => raw !== null).slice(-count);
  }

  #except(place: Place, exception: { readonly was: string | null } | 'known'): void {
    if (this.#exceptions.size < MOST_EXCEPTIONS) this.#exceptions.set(place, exception);
  }

  #before(record: BusRecord): string | null | 'known' {
    if (record.event_type === 'order_intent') return null;
    if (record.event_type === 'position_change') {
      if (this.#fills.has(record.fill_id)) return 'known';
      this.#fills.add(record.fill_id);
      return null;
    }
    if (record.event_type === 'funding_payment') {
      const key = fundingKey(record.payment.fundingId);
      if (this.#fills.has(key)) return 'known';
      this.#fills.add(key);
      return null;
    }
    const { signal_id: id } = record;
    const was = this.#states.get(id) ?? null;
    if (record.event_type === 'signal_generated') {
      if (was !== null) return 'known';
      this.#states.set(id, 'generated');
      return null;
    }
    this.#states.set(id, record.new_state);
    if ((FINAL as readonly string[]).includes(record.new_state)) {
      this.#finished.add(id);
      if (this.#finished.size > FINISHED_KNOWN)
        for (const oldest of this.#finished) {
          this.#finished.delete(oldest);
          this.#states.delete(oldest);
          break;
        }
    }
    return was;
  }
}
