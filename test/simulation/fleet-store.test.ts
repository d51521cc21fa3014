/**
 * The simulated store against a real PostgreSQL: the same questions, drawn at random, are answered the same. And what is gone from a store
 * is told, whichever it is.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { type Connection, connectTo, type Row } from '../../src/adapters/postgres/connection.ts';
import { StoreRefused } from '../../src/adapters/postgres/errors.ts';
import { FencedCommits } from '../../src/adapters/postgres/fenced-commits.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { PgOwnership } from '../../src/adapters/postgres/pg-ownership.ts';
import { prepareStore } from '../../src/adapters/postgres/schema-steps.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { answer } from '../../src/sim/fleet/store-questions.ts';
import { StoreTables } from '../../src/sim/fleet/store-tables.ts';
import { type Postgres, postgresBinaries, startPostgres } from '../postgres/server.ts';

const isThere = postgresBinaries() !== null;
const PATHS = ['a', 'b', 'logs/x', 'logs/y', 'logs.z', 'logs'] as const;
const LONG_MS = 3_600_000;
const NOBODYS = '00000000-0000-0000-0000-000000000000';

const simulated = (): { readonly connection: Connection; readonly tables: StoreTables; later(ms: number): void } => {
  let now = Date.UTC(2026, 0, 5);
  const tables = new StoreTables({
    store: 'sim',
    now: () => now,
    sabotage: new Set(),
    onCommit: () => undefined,
    onClaim: () => undefined,
  });
  return {
    tables,
    later: (ms) => {
      now += ms;
    },
    connection: {
      store: 'sim',
      ask: async (sql, values = []) => answer(tables, sql, values),
      close: async () => undefined,
    },
  };
};

/** Without what two databases cannot have in common: numbers of files, and times. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner) => (['mtimeMs', 'identity', 'root'].includes(key) ? typeof inner : inner)),
  );

/** What comes of a random walk over the files and leases of one partition, as words. */
async function walk(connection: Connection, partition: string, seed: number): Promise<readonly unknown[]> {
  const chance = seededChance(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
  const store = new FleetStore(connection);
  await store.provide([partition, partition]);
  const ownership = (worker: string) =>
    new PgOwnership({ connection, worker, leaseMs: LONG_MS, stopwatch: () => () => 0 });
  const [one, two] = [ownership('one'), ownership('two')];
  let lease = await one.acquire(partition);
  const files = () => pgFiles({ connection, partition, commits: lease.commits, durability: 'synced' });
  const bytes = () => Buffer.from(chance.hex(1 + Math.floor(chance.next() * 12)));
  const handles: Awaited<ReturnType<ReturnType<typeof files>['openAppend']>>[] = [];
  const seen: unknown[] = [];
  const steps: readonly (() => Promise<unknown>)[] = [
    () => files().writeWhole(pick(PATHS), bytes()),
    () => files().createNew(pick(PATHS), bytes()),
    () => files().makeFolder(pick(PATHS)),
    () => files().link(pick(PATHS), pick(PATHS)),
    () => files().move(pick(PATHS), pick(PATHS)),
    () => files().restoreMode(pick(PATHS)),
    () => files().writable(pick(PATHS)),
    () => files().stat(pick(PATHS)),
    () => files().list(pick(['.', 'logs', 'a'])),
    async () => Buffer.from((await files().read(pick(PATHS))) ?? 'null').toString(),
    async () => {
      handles.push(await files().openAppend(pick(PATHS), { create: chance.next() < 0.7 }));
    },
    async () => pick(handles)?.append(bytes()),
    async () => pick(handles)?.stat(),
    async () => pick(handles)?.overwrite(Math.floor(chance.next() * 6), bytes()),
    async () => Buffer.from((await pick(handles)?.read(Math.floor(chance.next() * 8), 9)) ?? []).toString(),
    async () => {
      await lease.release();
      handles.length = 0;
      const free = await store.free([partition]);
      lease = await pick([one, two]).acquire(partition);
      return [free, lease.epoch, lease.takenFrom];
    },
    () => one.acquire(partition),
    async () => {
      const fenced = new FencedCommits({
        connection,
        partition,
        epoch: lease.epoch - 1,
        token: NOBODYS,
        rev: 0,
        lost: () => undefined,
      });
      await fenced.make('test', { kind: 'whole', path: 'a', bytes: bytes() });
    },
    async () => {
      await store.holdAll('why', 'who');
      const held = await store.hold();
      await store.letAllGo();
      return [held?.reason, held?.by, await store.hold()];
    },
    async () => {
      await store.tell('one', { pid: 1 });
      return (await store.workers()).find(({ name }) => name === 'one')?.says;
    },
    async () => {
      await Promise.all([one.renew(), two.renew()]);
      return (await store.partitions())
        .filter(({ name }) => name === partition)
        .map(({ leaseMs, idleMs, ...rest }) => [rest, leaseMs !== null && leaseMs > LONG_MS / 2, idleMs === null]);
    },
  ];
  for (let n = 0; n < 120; n++) {
    const step = Math.floor(chance.next() * steps.length);
    const said = await (steps[step] as (typeof steps)[number])().catch((error: Error & { code?: string }) => [
      error.name,
      error.code ?? null,
    ]);
    seen.push([n, step, plain(said ?? null)]);
  }
  return seen;
}

describe.skipIf(!isThere)('the simulated store', () => {
  let server: Postgres;
  let connection: Connection;
  beforeAll(async () => {
    server = await startPostgres();
    connection = connectTo(server.url);
    await prepareStore(connection, null);
  });
  afterAll(async () => {
    await connection?.close();
    await server?.end();
  });

  it('answers as PostgreSQL does', async () => {
    const sim = simulated();
    const words = new Set<string>();
    for (let seed = 1; seed <= 7; seed++) {
      const real = await walk(connection, `p${seed}`, seed);
      expect(await walk(sim.connection, `p${seed}`, seed), `walk ${seed}`).toEqual(real);
      for (const [, step, said] of real as [number, number, unknown][]) words.add(`${step} ${JSON.stringify(said)}`);
    }
    // The walks were not all refusals: every step has had several answers.
    expect(words.size).toBeGreaterThan(150);
  });

  it('lets a lease run out by its own clock, and fences off who had it', async () => {
    const sim = simulated();
    const outcome = async (at: Connection, partition: string, wait: (ms: number) => Promise<void>) => {
      await new FleetStore(at).provide([partition]);
      const tokens: unknown[] = [];
      const claim = async (worker: string): Promise<readonly Row[]> => {
        const rows = await at.ask('select * from kintsugi.claim($1, $2, $3, false)', [partition, worker, 200]);
        for (const { token } of rows) tokens.push(token);
        return rows.map(({ token, ...rest }) => rest);
      };
      const enact = (epoch: number, rev: number, token = tokens.at(-1)) =>
        at
          .ask('select kintsugi.enact($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as said', [
            ...[partition, epoch, token, rev],
            ...[['folder'], [null], ['f'], [null], [null], [null]],
          ])
          .catch((error: unknown) => (error instanceof StoreRefused ? error.code : error));
      const first = await claim('one');
      const seen: unknown[] = [first, await claim('two'), await enact(1, 0), await enact(1, 0), await enact(2, 1)];
      seen.push(await enact(1, 1, NOBODYS));
      await wait(300);
      seen.push(
        await enact(1, 1),
        await at.ask('select name, anew from kintsugi.renew($1, $2, $3, $4)', [[partition], [1], tokens, 200]),
      );
      const [second] = await claim('two');
      return [...seen, { ...second, out_since: Number(second?.out_since) > 0 }];
    };
    const real = await outcome(connection, 'q', (ms) => new Promise((resolve) => void setTimeout(resolve, ms)));
    expect(await outcome(sim.connection, 'q', async (ms) => sim.later(ms))).toEqual(real);
  });
});

describe('what is gone from a store', () => {
  it('is told by whoever reads the log, wherever it stood', async () => {
    for (const gone of ['first', 'middle', 'last'] as const) {
      const { connection, tables } = simulated();
      await new FleetStore(connection).provide(['p']);
      const lease = await new PgOwnership({
        connection,
        worker: 'w',
        leaseMs: LONG_MS,
        stopwatch: () => () => 0,
      }).acquire('p');
      const files = pgFiles({ connection, partition: 'p', commits: lease.commits, durability: 'synced' });
      const open = () =>
        jsonlLogs(files, fileQuarantine(files, new VirtualClock(1))).log('logs/bus.jsonl', { sequenced: true });
      const log = open();
      await log.open({ create: 'always' });
      for (let n = 0; n < 9; n++) await log.append({ n });
      await log.close();
      const chunks = tables.files.named('p', 'logs/bus.jsonl')?.chunks ?? [];
      chunks.splice({ first: 0, middle: 4, last: 8 }[gone], 1);
      const again = open();
      const told = await again.open({ create: 'always' }).then(
        async () => {
          const verdict = await again.verify({ full: true });
          return verdict.bad.length + verdict.gaps + verdict.missingSeq.length > 0 ? 'by its verdict' : 'by nobody';
        },
        (error: Error) => error.message,
      );
      expect([gone, told]).toEqual([gone, expect.not.stringMatching('by nobody')]);
    }
  });

  it('is no question that was not taught', () => {
    expect(() => answer(simulated().tables, 'select 1', [])).toThrow('was not taught');
  });
});
