/** A copy of a partition's records, brought up to date as its bot writes: byte for byte, and no more over the network than is new. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../../src/adapters/postgres/connection.ts';
import { PartitionCopy } from '../../src/adapters/postgres/partition-copy.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { PgOwnership } from '../../src/adapters/postgres/pg-ownership.ts';
import { prepareStore } from '../../src/adapters/postgres/schema-steps.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import { freshFolder } from '../cli/cli.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const isThere = isProvided();
let server: Postgres;
beforeAll(async () => {
  if (!isThere) return;
  server = await startPostgres();
  const owner = connectTo(server.url);
  await prepareStore(owner, null);
  await owner.close();
});
afterAll(() => server?.end());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LOG = 'logs/log.jsonl';
let partitions = 0;

async function bench() {
  const connection = connectTo(server.url, { max: 2 });
  const partition = `p${++partitions}`;
  await connection.ask('select kintsugi.provide($1)', [[partition]]);
  const parts = { connection, worker: 'one', leaseMs: 600_000, stopwatch: processTime().stopwatch };
  const { commits } = await new PgOwnership(parts).acquire(partition);
  const files = pgFiles({ connection, partition, commits, durability: 'synced' });
  const dir = freshFolder();
  let carried = 0;
  const counted = {
    ...connection,
    ask: async (sql: string, values: readonly unknown[] = []) => {
      const rows = await connection.ask(sql, values);
      for (const row of rows) carried += (row.bytes as Buffer | undefined)?.length ?? 0;
      return rows;
    },
  };
  const isWanted = (path: string): boolean => !path.startsWith('quarantine/');
  const copy = new PartitionCopy({ connection: counted, partition, dir, isWanted });
  const append = async (text: string, path = LOG): Promise<void> => {
    await (await files.openAppend(path, { create: true })).append(bytes(text));
  };
  /** Every path that is there and not as it should be. */
  const wrong = async (paths: readonly string[]): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const path of paths) {
      const [is, at] = [await files.read(path), join(dir, path)];
      const have = existsSync(at) ? readFileSync(at) : null;
      if (is === null ? have !== null : have === null || !Buffer.from(is).equals(have)) found.push(path);
    }
    return found;
  };
  return { ...{ connection, files, dir, copy, append, wrong }, carried: () => carried };
}

describe.skipIf(!isThere)('a copy', () => {
  it('has what is appended, and asks for nothing twice; a log that was sealed is the same file under its new name', async () => {
    const { connection, files, dir, copy, append, wrong, carried } = await bench();
    onTestFinished(() => connection.close());
    await copy.catchUp();
    for (let n = 0; n < 450; n++) await append(`{"n": ${n}}\n`);
    await files.writeWhole('quarantine/x', bytes('not wanted'));
    await copy.catchUp();
    expect(await wrong([LOG])).toEqual([]);
    expect(existsSync(join(dir, 'quarantine/x'))).toBe(false);
    const [before, { ino }] = [carried(), statSync(join(dir, LOG))];
    expect(before).toBe(statSync(join(dir, LOG)).size);
    await append('{"n": "more"}\n');
    await copy.catchUp();
    await copy.catchUp();
    expect(carried() - before).toBe(14);
    expect(statSync(join(dir, LOG)).ino).toBe(ino);

    const sealed = 'logs/log-000001.jsonl';
    await files.move(LOG, sealed);
    await append('{"n": "next"}\n');
    await copy.catchUp();
    expect(await wrong([LOG, sealed])).toEqual([]);
    expect(statSync(join(dir, sealed)).ino).toBe(ino);
    expect(carried() - before).toBe(28);

    const handle = await files.openAppend(sealed, { create: false });
    await handle.overwrite(1, bytes('"N"'));
    await copy.catchUp();
    expect(await wrong([LOG, sealed])).toEqual([]);
    expect(statSync(join(dir, sealed)).ino).toBe(ino);
  });

  it('is the same as what is in the store, whatever was done to that between two looks', async () => {
    const PATHS = ['logs/a.jsonl', 'logs/b.jsonl', 'state/c.json', 'state/d.json'];
    const path = fc.constantFrom(...PATHS);
    const deed = fc.oneof(
      fc.record({ do: fc.constant('append' as const), path, text: fc.string({ minLength: 1, maxLength: 30 }) }),
      fc.record({ do: fc.constant('whole' as const), path, text: fc.string({ maxLength: 30 }) }),
      fc.record({ do: fc.constant('move' as const), path, to: path }),
      fc.record({ do: fc.constant('look' as const), path }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 25 }), async (deeds) => {
        const { connection, files, copy, append, wrong } = await bench();
        try {
          for (const one of deeds) {
            if (one.do === 'append') await append(one.text, one.path);
            else if (one.do === 'whole') await files.writeWhole(one.path, bytes(one.text));
            else if (one.do === 'move') await files.move(one.path, one.to).catch(() => undefined);
            else {
              await copy.catchUp();
              expect(await wrong(PATHS)).toEqual([]);
            }
          }
          await copy.catchUp();
          expect(await wrong(PATHS)).toEqual([]);
        } finally {
          await connection.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('goes on where it was when the store did not answer in the middle', async () => {
    const { connection, copy, append, wrong } = await bench();
    onTestFinished(() => connection.close());
    for (let n = 0; n < 300; n++) await append(`${n}\n`);
    const broken = { left: 2 };
    const ask = connection.ask;
    connection.ask = async (sql, values) => {
      if (sql.includes('kintsugi.chunk') && broken.left-- === 1) throw new Error('silent');
      return ask(sql, values);
    };
    await expect(copy.catchUp()).rejects.toThrow('silent');
    connection.ask = ask;
    await copy.catchUp();
    expect(await wrong([LOG])).toEqual([]);
  });
});
