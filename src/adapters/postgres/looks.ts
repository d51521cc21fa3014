import type { Connection, Row } from './connection.ts';

interface Asked {
  readonly path: string | null;
  readonly id: number | null;
  readonly resolve: (row: Row | null) => void;
  readonly reject: (error: unknown) => void;
}

const SQL = `
select n.path, n.file, f.id, f.size, f.mode, extract(epoch from f.changed) * 1000 as changed
  from kintsugi.name n left join kintsugi.file f on f.id = n.file where n.partition = $1 and n.path = any($2)
union all
select null, f.id, f.id, f.size, f.mode, extract(epoch from f.changed) * 1000
  from kintsugi.file f where f.partition = $1 and f.id = any($3)`;

/**
 * Looks at a partition's files in groups: a bot looks at each of its thirty files about once a second, and one question about all costs the
 * database hardly more than one about each. What is asked while an answer is awaited is the next question's, so that nobody is shown
 * what was there before they asked.
 */
export class Looks {
  readonly #connection: Connection;
  readonly #partition: string;
  #waiting: Asked[] = [];
  #busy = false;

  constructor(connection: Connection, partition: string) {
    this.#connection = connection;
    this.#partition = partition;
  }

  /** What has this name, or `null`; `file` is `null` for a folder. */
  named(path: string): Promise<Row | null> {
    return this.#ask(path, null);
  }

  /** The file of this number, whatever its name is by now, or `null`. */
  numbered(id: number): Promise<Row | null> {
    return this.#ask(null, id);
  }

  #ask(path: string | null, id: number | null): Promise<Row | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ path, id, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    // Whoever has something to look at this turn goes along.
    await null;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#look(group);
    }
    this.#busy = false;
  }

  async #look(group: readonly Asked[]): Promise<void> {
    const set = <T>(of: (asked: Asked) => T | null): readonly T[] => [
      ...new Set(group.flatMap((asked) => of(asked) ?? [])),
    ];
    try {
      const rows = await this.#connection.ask(SQL, [this.#partition, set(({ path }) => path), set(({ id }) => id)]);
      const byPath = new Map(rows.flatMap((row) => (row.path === null ? [] : [[String(row.path), row] as const])));
      const byId = new Map(rows.flatMap((row) => (row.path === null ? [[Number(row.id), row] as const] : [])));
      for (const { path, id, resolve } of group)
        resolve((path === null ? byId.get(id ?? 0) : byPath.get(path)) ?? null);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
