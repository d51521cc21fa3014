/** The database as processes reach it: over a line that is slow, loses what it carries, and is cut; while it is up. */
import type { Connection, ConnectionOptions, Row } from '../../adapters/postgres/connection.ts';
import { StoreSilent, StoreTrouble, StoreUnreachable } from '../../adapters/postgres/errors.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Chance } from '../../ports/chance.ts';
import type { SimProcess } from './sim-process.ts';
import { answer, isChange } from './store-questions.ts';
import type { StoreTables } from './store-tables.ts';

/** Whoever is refused a connection is told at once. */
const REFUSED_MS = 1;

/** What befalls questions at the moment. */
export interface Weather {
  /** One way, ms, drawn anew for each question. */
  latency: (chance: Chance) => number;
  up: boolean;
  /** What becomes of a change with this chance. */
  changes: { readonly fate: 'lost' | 'late' | 'unanswered'; readonly chance: number; readonly lateMs: number } | null;
}

/** A question without an answer yet. */
interface Asking {
  readonly process: SimProcess;
  readonly fail: () => void;
}

export class StoreServer {
  readonly #world: VirtualClock;
  readonly #tables: StoreTables;
  readonly #believesSilence: boolean;
  readonly #underWay = new Set<Asking>();
  readonly weather: Weather;
  readonly cut = new Set<SimProcess>();

  /** @param believesSilence a negative control: no answer is told as if it were certain that nothing was done */
  constructor(world: VirtualClock, tables: StoreTables, weather: Weather, believesSilence = false) {
    this.#world = world;
    this.#tables = tables;
    this.weather = weather;
    this.#believesSilence = believesSilence;
  }

  /** It ends, with all that was asked and not answered; what is committed stays. */
  crash(): void {
    this.weather.up = false;
    for (const { process, fail } of this.#underWay) process.enter(fail);
  }

  start(): void {
    this.weather.up = true;
  }

  /** As `connectTo`, by the process's own clock. */
  connect(process: SimProcess, { max, answerMs, connectMs }: Required<ConnectionOptions>, chance: Chance): Connection {
    const store = 'postgres://worker@sim/kintsugi';
    let busy = 0;
    const queue: (() => void)[] = [];
    const silent = (says: string): StoreTrouble =>
      this.#believesSilence ? new StoreUnreachable(store, says) : new StoreSilent(store, says);

    const send = (sql: string, values: readonly unknown[]): Promise<readonly Row[]> =>
      new Promise((resolve, reject) => {
        const { weather } = this;
        let isOver = false;
        const over = (settle: () => void): void => {
          if (isOver) return;
          isOver = true;
          process.clock.clearTimeout(timer);
          this.#underWay.delete(asking);
          settle();
        };
        const timer = process.clock.setTimeout(
          () => over(() => reject(silent(`no answer within ${answerMs} ms`))),
          answerMs,
        );
        const asking: Asking = { process, fail: () => over(() => reject(silent('the connection was ended'))) };
        this.#underWay.add(asking);
        const isCut = this.cut.has(process);
        const { changes } = weather;
        const fate = changes !== null && isChange(sql) && chance.next() < changes.chance ? changes.fate : 'taken';
        const latency = weather.latency(chance);
        const back = weather.latency(chance);
        if (fate === 'lost' || (isCut && chance.next() < 0.5)) return;
        const arrives = latency + (fate === 'late' ? (changes?.lateMs ?? 0) * chance.next() : 0);
        this.#world.setTimeout(() => {
          if (!weather.up) return;
          const outcome = this.#answer(sql, values);
          if (fate === 'unanswered' || this.cut.has(process) || isCut) return;
          this.#world.setTimeout(() => {
            if (this.cut.has(process)) return;
            process.enter(() => over(() => ('rows' in outcome ? resolve(outcome.rows) : reject(outcome.error))));
          }, back);
        }, arrives);
      });

    const connected = async (): Promise<void> => {
      const { weather } = this;
      if (busy >= max) {
        const isFree = await new Promise<boolean>((resolve) => {
          const turn = (): void => {
            process.clock.clearTimeout(timer);
            resolve(true);
          };
          const timer = process.clock.setTimeout(() => {
            queue.splice(queue.indexOf(turn), 1);
            resolve(false);
          }, connectMs);
          queue.push(turn);
        });
        if (!isFree) throw new StoreUnreachable(store, 'no connection became free in time');
      } else busy++;
      if (!weather.up) {
        await process.time.sleep(REFUSED_MS);
        leave();
        throw new StoreUnreachable(store, 'the connection was refused');
      }
      // A line that is cut is found out by who uses one that was open, and by who opens another.
      if (this.cut.has(process) && chance.next() < 0.5) {
        await process.time.sleep(connectMs);
        leave();
        throw new StoreUnreachable(store, 'the connection could not be opened in time');
      }
    };
    const leave = (): void => {
      const next = queue.shift();
      if (next) next();
      else busy--;
    };

    return {
      store,
      ask: async (sql, values = []) => {
        await connected();
        try {
          return await send(sql, values);
        } finally {
          leave();
        }
      },
      close: async () => undefined,
    };
  }

  /** Who asks without a line in between: an operator, and the laws. */
  direct(): Connection {
    return {
      store: 'postgres://owner@sim/kintsugi',
      ask: async (sql, values = []) => answer(this.#tables, sql, values),
      close: async () => undefined,
    };
  }

  #answer(sql: string, values: readonly unknown[]): { readonly rows: readonly Row[] } | { readonly error: unknown } {
    try {
      return { rows: answer(this.#tables, sql, values) };
    } catch (error) {
      if (!(error instanceof StoreTrouble)) throw error;
      return { error };
    }
  }
}
