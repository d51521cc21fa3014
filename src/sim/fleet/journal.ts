/** The event log of a partition's bot: one batch at a time, and what is refused waits, as in `signalBus`. */
import type { BusHistory } from '../../actors/bus-history.ts';
import { ownedLog } from '../../actors/owned-log.ts';
import { appendFirst } from '../../actors/recorder.ts';
import { SIGNAL_BUS_FILE, stamp } from '../../actors/records.ts';
import type { Appended, LogRecord } from '../../ports/event-log.ts';
import type { World } from '../../ports/world.ts';

/** What was refused is tried again after this long, ms. */
const AGAIN_MS = 500;

export class Journal {
  readonly #world: World;
  readonly #history: BusHistory;
  readonly #told: (record: LogRecord) => void;
  readonly #log: ReturnType<typeof ownedLog>;
  #queue: LogRecord[] = [];
  #writing: Promise<void> | null = null;
  #closing = false;

  /** @param told of every record that is kept, in order */
  constructor(world: World, history: BusHistory, told: (record: LogRecord) => void) {
    this.#world = world;
    this.#history = history;
    this.#told = told;
    this.#log = ownedLog(world, SIGNAL_BUS_FILE, world.bus);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  write(event_type: string, signal_id: string, rest: LogRecord, at = this.#world.clock.now()): void {
    const event_id = this.#world.chance.uuid();
    this.#queue.push({ event_type, event_id, signal_id, ...rest, ...stamp(at) });
    this.#pump();
  }

  /** What cannot be kept any more is given up with the life of this bot: nobody was told that it is there. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#writing) await this.#writing;
    await this.#world.bus.close();
  }

  #pump(): void {
    if (this.#writing || this.#queue.length === 0) return;
    this.#writing = appendFirst(this.#log, this.#queue, (record) => record).then((appending) => {
      const { taken, refused, unwritable, places } = appending;
      this.#writing = null;
      this.#queue = [...refused, ...this.#queue.slice(taken.length + refused.length + unwritable.length)];
      for (const [n, record] of taken.entries()) {
        this.#history.take(record, places[n] as Appended);
        this.#told(record);
      }
      if (refused.length === 0) this.#pump();
      else if (!this.#closing) this.#world.clock.setTimeout(() => this.#pump(), AGAIN_MS);
    });
  }
}
