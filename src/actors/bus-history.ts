/**
 * The past of the bus as its readers need it at their start. The log is gone over once for all of them, and a checkpoint spares
 * that: it is nothing but a part of the log, so start-up, recovery and a restart of one component are the same fold.
 */
import { z } from 'zod';
import type { Fill, FundingPayment } from '../machines/messages.ts';
import type { Chance } from '../ports/chance.ts';
import type { Appended, LogRecord } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import { type BookedChange, fundingKey } from './position-book.ts';
import type { OrderIntent, StateChange } from './records.ts';
import { intentOf, Retention } from './retention.ts';

export const CHECKPOINT_FILE = 'state/bus_checkpoint.json';

/** A checkpoint is made after so many records, or a tenth of all there are: whatever is more. */
export const RECORDS_BETWEEN = 5_000;

const checkpoint = z.object({
  version: z.literal(1),
  /** The last record in it: where its line begins, and who it is. */
  offset: z.number().int().min(0),
  seq: z.number().int().min(1),
  event_id: z.string(),
  taken: z.number().int().min(0),
  records: z.array(z.record(z.string(), z.unknown())),
});
type Checkpoint = z.infer<typeof checkpoint>;

/** A change of a position, and the fill that made it; `null`: it was funding. */
export type Booking = BookedChange & { readonly fill: Fill | null };

/** The intent of an exit or a stop, as its record has it. */
export type Meant = Pick<OrderIntent, 'intent' | 'beside'> & { readonly reason?: unknown };

/** What was sent to the bus by whoever goes by it at once. */
export type Unlogged = { readonly booking: Booking } | { readonly meant: Meant } | { readonly step: Step };

/** A step of a signal; there is only one to each state. */
export type Step = Pick<StateChange, 'signal_id' | 'new_state' | 'ts'>;
export const stepName = ({ signal_id, new_state }: Pick<Step, 'signal_id' | 'new_state'>): string =>
  `${signal_id} ${new_state}`;

/** Under what a record is known until it is in the log: a fill, a payment, a step, or an order by its client order id. */
function nameOf(record: LogRecord): string {
  const { event_type, signal_id, new_state, fill_id, payment } = record;
  if (event_type === 'funding_payment') return fundingKey(String((payment as Partial<FundingPayment>)?.fundingId));
  if (event_type === 'state_change') return stepName({ signal_id: String(signal_id), new_state: String(new_state) });
  return String(fill_id ?? intentOf(record)?.clientOrderId);
}

/** Whoever can tell it. */
export interface Past {
  replay(): AsyncIterable<LogRecord>;
  /** What was booked and meant beyond that. */
  readonly unlogged?: ReadonlyMap<string, Unlogged>;
}

/** What it needs of the world. */
export type HistoryParts = Pick<
  World,
  'bus' | 'chance' | 'files' | 'lease' | 'log' | 'pending' | 'quarantine' | 'store'
>;

export class BusHistory implements Past {
  readonly #world: HistoryParts;
  readonly #looksOnly: boolean;
  /** Chance begins anew with every process, and the log does not. */
  readonly #eventIds: Chance;
  #retention = new Retention();
  #ready = false;
  /** The checkpoint told of what is no longer in the log, too. */
  fromCheckpoint = false;
  /** The last record that was taken in. */
  #last: { readonly offset: number; readonly record: LogRecord } | null = null;
  #savedAt = 0;
  /** How many records the checkpoint on disk was made of. */
  #savedTaken = 0;
  #saving: Promise<void> = Promise.resolve();
  #catchingUp: Promise<void> = Promise.resolve();
  /**
   * What the bus was given and has not written, in order: nothing of it was acknowledged, and those who sent it go by it. It
   * outlives every incarnation of the bus, and not the process.
   */
  unwritten: LogRecord[] = [];
  /**
   * What was sent to the bus and is not in the log yet, in order, by {@link nameOf}: it may not even have taken it. It outlives every
   * incarnation of those who sent it, and not the process.
   */
  readonly unlogged = new Map<string, Unlogged>();
  /** Resolves when what is on its way to the disk has been taken or refused; `null` when nothing is. */
  writing: Promise<void> | null = null;

  /** @param looksOnly it is asked for what the log says, and writes nothing: neither a checkpoint, nor one aside that is wrong */
  constructor(world: HistoryParts, { looksOnly = false } = {}) {
    this.#world = world;
    this.#looksOnly = looksOnly;
    this.#eventIds = world.chance.fork(`events of epoch ${world.lease.epoch}`);
  }

  /** Of a record of the bus: no other has it, over all incarnations and processes. */
  newEventId(): string {
    return this.#eventIds.uuid();
  }

  /**
   * Goes over what the log has beyond the checkpoint. To be called when the log is open. One after the other: two at once, of
   * which one is of an incarnation that ends late, would tell every record twice.
   */
  catchUp(use: 'checkpoint' | 'log alone' = 'checkpoint'): Promise<void> {
    this.#catchingUp = this.#catchingUp.catch(() => undefined).then(() => this.#goOver(use));
    return this.#catchingUp;
  }

  async #goOver(use: 'checkpoint' | 'log alone'): Promise<void> {
    const { bus } = this.#world;
    this.#ready = false;
    this.#retention = new Retention();
    this.#last = null;
    const from = use === 'checkpoint' ? await this.#load() : null;
    this.fromCheckpoint = from !== null;
    for (const record of from?.records ?? []) this.#retention.take(record);
    if (from) this.#retention.taken = from.taken;
    let first = from !== null;
    for await (const { record, offset } of bus.entries(from?.offset ?? 0)) {
      if (first && from) {
        first = false;
        if (record.seq === from.seq && record.event_id === from.event_id) {
          this.#last = { offset, record };
          continue;
        }
        await this.#setAside(`it ends with record ${from.seq} at byte ${from.offset}, where the log has another`);
        return this.#goOver('log alone');
      }
      this.#retention.take(record);
      this.#last = { offset, record };
    }
    if (first) {
      await this.#setAside(`it ends at byte ${from?.offset}, where the log has nothing`);
      return this.#goOver('log alone');
    }
    this.#ready = true;
    const fresh = this.#retention.taken - (from?.taken ?? 0);
    this.#savedAt = from?.taken ?? 0;
    this.#savedTaken = this.#savedAt;
    if (fresh >= RECORDS_BETWEEN && !this.#looksOnly) await this.save();
  }

  /** A record that is on disk. */
  take(record: LogRecord, { offset, seq }: Appended): void {
    this.unlogged.delete(nameOf(record));
    if (!this.#ready) return;
    this.#retention.take(record);
    this.#last = { offset, record: { ...record, seq } };
    const { taken } = this.#retention;
    if (taken - this.#savedAt >= Math.max(RECORDS_BETWEEN, taken / 10)) this.saveSoon();
  }

  /** The past, oldest first: from memory, and from the log what nobody has told of yet. */
  async *replay(): AsyncGenerator<LogRecord> {
    const { bus } = this.#world;
    const last = this.#last;
    if (!this.#ready || last === null) {
      yield* bus.replay();
      return;
    }
    yield* this.#retention.records();
    for await (const { record, offset } of bus.entries(last.offset)) if (offset > last.offset) yield record;
  }

  /** Records that the checkpoint does not have. */
  get unsaved(): number {
    return this.#retention.taken - this.#savedTaken;
  }

  saveSoon(): void {
    this.#savedAt = this.#retention.taken;
    this.save().catch((error: unknown) =>
      this.#world.log.warn(`the checkpoint could not be written: ${says(error)}; the next start reads more of the log`),
    );
  }

  /** Writes the checkpoint; a start without one takes longer and comes to the same. */
  save(): Promise<void> {
    const { files, pending } = this.#world;
    const write = async (): Promise<void> => {
      const last = this.#last;
      if (!this.#ready || last === null || typeof last.record.seq !== 'number') return;
      const { taken } = this.#retention;
      const document: Checkpoint = {
        version: 1,
        offset: last.offset,
        seq: last.record.seq,
        event_id: String(last.record.event_id),
        taken,
        records: [...this.#retention.records()],
      };
      await files.writeWhole(CHECKPOINT_FILE, new TextEncoder().encode(`${JSON.stringify(document)}\n`));
      this.#savedAt = taken;
      this.#savedTaken = taken;
    };
    this.#saving = pending.track(this.#saving.catch(() => undefined).then(write));
    return this.#saving;
  }

  async #load(): Promise<Checkpoint | null> {
    const loaded = await this.#world.store.load(CHECKPOINT_FILE, checkpoint);
    if (loaded.ok) return loaded.value;
    if (!loaded.missing) await this.#setAside(loaded.reason);
    return null;
  }

  async #setAside(reason: string): Promise<void> {
    if (this.#looksOnly) return;
    const { files, quarantine, log } = this.#world;
    const bytes = await files.read(CHECKPOINT_FILE);
    if (bytes === null) return;
    const kept = await quarantine.keep(CHECKPOINT_FILE, 0, bytes, reason);
    log.warn(`${CHECKPOINT_FILE} is not used: ${reason}; its bytes are in ${kept.file}, and the whole log is read`);
  }
}
