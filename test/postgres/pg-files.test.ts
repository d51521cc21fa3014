/** A partition's files in PostgreSQL keep the promises of files on a disk, and nobody writes who does not own them. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { type Connection, connectTo } from '../../src/adapters/postgres/connection.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { type PgLease, PgOwnership } from '../../src/adapters/postgres/pg-ownership.ts';
import { STEPS } from '../../src/adapters/postgres/schema.ts';
import { prepareStore, requireSchema } from '../../src/adapters/postgres/schema-steps.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const isThere = isProvided();

let server: Postgres;
let owner: Connection;
beforeAll(async () => {
  if (!isThere) return;
  server = await startPostgres();
  owner = connectTo(server.url);
  await owner.ask('create role worker login');
  await expect(requireSchema(owner)).rejects.toThrow('has no kintsugi in it');
  expect(await prepareStore(owner, 'worker')).toBe(2);
  expect(await prepareStore(owner, 'worker')).toBe(0);
  await requireSchema(owner);
});
afterAll(async () => {
  await owner?.close();
  await server?.end();
});

const workerUrl = (): string => server.url.replace('owner@', 'worker@');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array | null): string | null => (of === null ? null : new TextDecoder().decode(of));
let partitions = 0;
async function bench(leaseMs = 60_000) {
  const connection = connectTo(workerUrl(), { max: 4 });
  onTestFinished(() => connection.close());
  const partition = `p${++partitions}`;
  await connection.ask('select kintsugi.provide($1)', [[partition]]);
  const ownership = (worker: string) =>
    new PgOwnership({ connection, worker, leaseMs, stopwatch: processTime().stopwatch });
  const one = ownership('one');
  const lease = await one.acquire(partition);
  const files = pgFiles({ connection, partition, commits: lease.commits, durability: 'synced' });
  return { connection, partition, ownership, one, lease, files };
}

describe.skipIf(!isThere)('files', () => {
  it('are there whole, or not at all', async () => {
    const { files } = await bench();
    expect(await files.read('a/b.json')).toBeNull();
    expect(await files.stat('a')).toBeNull();
    await files.writeWhole('a/b.json', bytes('one'));
    const first = await files.stat('a/b.json');
    await files.writeWhole('a/b.json', bytes('two!'));
    expect(text(await files.read('a/b.json'))).toBe('two!');
    const second = await files.stat('a/b.json');
    expect(second).toMatchObject({ kind: 'file', size: 4 });
    expect(second?.identity).not.toBe(first?.identity);
    expect(await files.stat('a')).toMatchObject({ kind: 'folder' });
    await files.makeFolder('empty');
    await files.createNew('a/c/d', bytes(''));
    await expect(files.createNew('a/c/d', bytes('x'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await files.list('.')).toEqual(['a/', 'empty/']);
    expect(await files.list('a')).toEqual(['b.json', 'c/']);
    expect(await files.list('nothing')).toEqual([]);
    await files.move('a/b.json', 'z');
    await expect(files.move('a/b.json', 'y')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.link('a/c/d', 'z')).rejects.toMatchObject({ code: 'EEXIST' });
    await files.link('z', 'zz');
    expect(text(await files.read('zz'))).toBe('two!');
    expect(await files.writable('z')).toBe(true);
    expect(await files.writable('nothing')).toBe(false);
    await expect(files.read('../out')).rejects.toMatchObject({ code: 'ESCAPE' });
    await expect(files.openAppend('nothing', { create: false })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are appended to by many at once, in order, and overwritten across what was appended', async () => {
    const { files } = await bench();
    const handle = await files.openAppend('logs/a.jsonl', { create: true });
    const places = await Promise.all(Array.from({ length: 50 }, (_, n) => handle.append(bytes(`line ${n % 10}\n`))));
    expect(places).toEqual(Array.from({ length: 50 }, (_, n) => n * 7));
    expect(await handle.stat()).toMatchObject({ size: 350 });
    await handle.overwrite(5, bytes('######'));
    expect(text(await handle.read(0, 21))).toBe('line ###### 1\nline 2\n');
    expect(text(await handle.read(345, 100))).toBe('ne 9\n');
    await expect(handle.overwrite(348, bytes('xxx'))).rejects.toThrow(RangeError);
    const large = new Uint8Array(2_500_000).fill(7);
    expect(await handle.append(large)).toBe(350);
    expect((await handle.read(350, 3_000_000)).length).toBe(2_500_000);
  });

  it('carry a log with numbers, whose damage is found, mended and kept', async () => {
    const { files, partition } = await bench();
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const logs = () => jsonlLogs(files, fileQuarantine(files, clock), null, 1024 * 1024);
    const log = logs().log('logs/x.jsonl', { sequenced: true });
    await log.open({ create: 'always' });
    await Promise.all(Array.from({ length: 200 }, (_, n) => log.append({ n })));
    // Somebody with the owner's rights.
    await owner.ask(
      `update kintsugi.chunk set bytes = overlay(bytes placing 'garbage'::bytea from 40)
        where file = (select file from kintsugi.name where partition = $1 and path = 'logs/x.jsonl') and at = 0`,
      [partition],
    );
    expect((await log.verify({ full: true })).bad).toHaveLength(1);
    const { restoredLines, quarantined } = await log.repair();
    expect(restoredLines + quarantined.length).toBeGreaterThan(0);
    expect((await log.verify({ full: true })).bad).toEqual([]);
    await log.close();
    const again = logs().log('logs/x.jsonl', { sequenced: true });
    expect(await again.open({ create: 'never' })).toMatchObject({ existed: true });
    let count = 0;
    for await (const record of again.replay()) expect(record).toMatchObject({ n: count++ });
    expect(count + quarantined.length - restoredLines).toBeGreaterThanOrEqual(199);
    await again.close();
  });
});

/** Keeps a row locked until it is told to let go. */
async function locked(table: string, where: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`begin; select 1 from kintsugi.${table} where ${where} for update`);
  return () => client.end();
}

describe.skipIf(!isThere)('a row that somebody keeps locked', () => {
  it('costs nobody else their lease, nor its owner before it is out; and nobody waits to claim it', async () => {
    const { connection, one, ownership, partition } = await bench(2_000);
    const [beside, free] = [`${partition} beside`, `${partition} free`];
    await connection.ask('select kintsugi.provide($1)', [[beside, free]]);
    const leases = one.held.concat(await one.acquire(beside));
    const letGo = [await locked('partition', `name = '${partition}'`), await locked('partition', `name = '${free}'`)];
    onTestFinished(() => Promise.all(letGo.map((go) => go())).then(() => undefined));
    const began = performance.now();
    while (performance.now() - began < 1_000) {
      await one.renew();
      await expect(ownership('two').acquire(free)).rejects.toThrow('owned by another');
    }
    const [kept, renewed] = leases.map((lease) => lease.remainingMs());
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(700);
    expect(renewed).toBeGreaterThan(1_000);
    await expect.poll(() => one.renew().then(() => one.held.map((lease) => lease.partition))).toEqual([beside]);
  });

  it('keeps no renewal waiting, where it is a commit that does', async () => {
    const { one, lease, partition } = await bench(2_000);
    const letGo = await locked('revision', `partition = '${partition}'`);
    const began = performance.now();
    while (performance.now() - began < 1_000) await one.renew();
    expect(lease.remainingMs()).toBeGreaterThan(1_000);
    await letGo();
  });

  it('is told to who waits for it before they take the database for silent', async () => {
    const { partition, lease } = await bench();
    const letGo = await locked('revision', `partition = '${partition}'`);
    const waits = connectTo(server.url, { answerMs: 800 });
    onTestFinished(() => waits.close());
    await expect(
      waits.ask('update kintsugi.revision set rev = rev where partition = $1', [partition]),
    ).rejects.toMatchObject({ name: 'StoreRefused', code: '55P03' });
    await letGo();
    await expect(lease.commits.make('make', { kind: 'folder', path: 'f' })).resolves.toBe('');
  });
});

describe.skipIf(!isThere)('a store', () => {
  const fresh = async (): Promise<string> => {
    const name = `store_${++partitions}`;
    await owner.ask(`create database ${name}`);
    return server.url.replace(/\/postgres$/, `/${name}`);
  };

  it('may be prepared by two at once', async () => {
    const url = await fresh();
    const both = [connectTo(url), connectTo(url)];
    onTestFinished(() => Promise.all(both.map((one) => one.close())).then(() => undefined));
    const made = await Promise.all(both.map((one) => prepareStore(one, null)));
    expect(made.reduce((sum, one) => sum + one, 0)).toBe(STEPS.length);
    await requireSchema(both[0] as Connection);
  });

  it('of the first version is brought to this one, with all that is in it and for all who may use it', async () => {
    const url = await fresh();
    const [connection, worker] = [connectTo(url), connectTo(url.replace('owner@', 'worker@'))];
    onTestFinished(() => Promise.all([connection.close(), worker.close()]).then(() => undefined));
    await connection.ask(`create schema kintsugi; create table kintsugi.schema_step (step integer primary key, at timestamptz not null default now());
      insert into kintsugi.schema_step (step) values (1); ${STEPS[0]};
      grant usage on schema kintsugi to worker; grant select on all tables in schema kintsugi to worker;
      grant execute on all functions in schema kintsugi to worker`);
    await worker.ask("select kintsugi.provide('{default/0of2}')");
    await worker.ask("select kintsugi.claim('default/0of2', 'old', 1500)");
    await worker.ask(`select kintsugi.enact('default/0of2', 1, 0, '{create,append}', '{null,1}', '{logs/x,logs/x}', '{null,null}',
      '{null,null}', array['one'::bytea, ''::bytea])`);
    expect(await prepareStore(connection, null)).toBe(1);
    const ownership = new PgOwnership({ connection: worker, worker: 'new', leaseMs: 60_000, stopwatch: () => () => 0 });
    await expect.poll(() => ownership.acquire('default/0of2')).toMatchObject({ epoch: 2 });
    const [lease] = ownership.held;
    const commits = lease?.commits as PgLease['commits'];
    const files = pgFiles({ connection: worker, commits, partition: 'default/0of2', durability: 'synced' });
    const handle = await files.openAppend('logs/x', { create: false });
    // A chunk of no bytes has the place of the next.
    await handle.append(bytes(''));
    expect(await handle.append(bytes('two'))).toBe(3);
    expect(text(await files.read('logs/x'))).toBe('onetwo');
  });

  it('has one count of partitions an account, whoever is first; and one that is empty may be taken away', async () => {
    const url = await fresh();
    const all = Array.from({ length: 4 }, () => connectTo(url));
    onTestFinished(() => Promise.all(all.map((one) => one.close())).then(() => undefined));
    await prepareStore(all[0] as Connection, null);
    const stores = all.map((one) => new FleetStore(one));
    const came = await Promise.allSettled(stores.map((store, n) => store.provide([`a/0of${n + 1}`, 'b/1of7'])));
    expect(came.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of came)
      if (one.status === 'rejected') expect(one.reason.message).toContain('the count of a store never changes');
    const [store] = stores as [FleetStore];
    expect(await store.partitions()).toHaveLength(2);
    const owned = new PgOwnership({
      connection: all[0] as Connection,
      worker: 'w',
      leaseMs: 60_000,
      stopwatch: () => () => 0,
    });
    const lease = await owned.acquire('b/1of7');
    expect(await store.forget('b/1of7')).toBe(false);
    await lease.commits.make('make', { kind: 'folder', path: 'f' });
    await lease.release();
    expect(await store.forget('b/1of7')).toBe(false);
    const [a] = (await store.partitions()).map(({ name }) => name);
    expect(await store.forget(String(a))).toBe(true);
    await store.provide(['a/0of9']);
    // Whoever is at it just now is waited for.
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("begin; select kintsugi.provide('{c/0of5}')");
    const later = store.provide(['c/0of4']);
    later.catch(() => undefined);
    await expect
      .poll(() => client.query("select from pg_locks where locktype = 'advisory' and not granted"))
      .toMatchObject({
        rowCount: 1,
      });
    await client.query('commit');
    await client.end();
    await expect(later).rejects.toThrow('it has partition c/0of5, and c/0of4 was asked for');
  });
});

describe.skipIf(!isThere)('the fence', () => {
  it('lets nobody write whose lease was taken over, and nobody send', async () => {
    const { ownership, partition, files, lease, one } = await bench(1_000);
    await files.writeWhole('a', bytes('one'));
    await expect(ownership('two').acquire(partition)).rejects.toThrow('owned by another');
    await expect.poll(() => ownership('two').acquire(partition), { interval: 20 }).toMatchObject({ epoch: 2 });
    await expect(files.writeWhole('a', bytes('zombie'))).rejects.toMatchObject({ code: 'ESTALE' });
    expect(await lease.lost).toContain('another owner');
    expect(lease.remainingMs()).toBe(0);
    expect(one.held).toEqual([]);
    // And never again, whatever comes.
    await expect(files.writeWhole('b', bytes('zombie'))).rejects.toMatchObject({ code: 'ESTALE' });
    expect(text(await files.read('a'))).toBe('one');
  });

  it('refuses a commit that lands late, though the epoch is the same', async () => {
    const { connection, partition, files, lease } = await bench();
    await files.writeWhole('a', bytes('one'));
    // As of a connection that timed out here, and whose question reached the database all the same.
    const late = connection.ask(
      `select kintsugi.enact($1, $2, (select token from kintsugi.partition where name = $1), 1,
         '{whole}', '{null}', '{a}', '{null}', '{null}', array['old'::bytea])`,
      [partition, lease.epoch],
    );
    await files.writeWhole('a', bytes('two')).catch(() => undefined);
    const landed = await late.then(() => true).catch(() => false);
    // Whichever came first, the other was refused: nobody overwrites what they have not seen.
    expect(text(await files.read('a'))).toBe(landed ? 'old' : 'two');
    expect(lease.commits.over === null).toBe(!landed);
  });

  it('lets nobody overwrite what is another partition’s, though their own lease holds', async () => {
    const [mine, theirs] = [await bench(), await bench()];
    const handle = await theirs.files.openAppend('logs/x', { create: true });
    await handle.append(bytes('these are theirs'));
    const file = Number((await handle.stat()).identity.split(' ')[1]);
    const over = { kind: 'overwrite', file, path: 'x', at: 0, bytes: bytes('mine') } as const;
    await expect(mine.lease.commits.make('overwrite', over)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(text(await theirs.files.read('logs/x'))).toBe('these are theirs');
  });

  it('tells two leases of one epoch apart: a database that came back as it was gives one out twice', async () => {
    const { one, ownership, partition, files, lease } = await bench();
    await owner.ask(
      "update kintsugi.partition set owner = null, expires = '-infinity', epoch = epoch - 1 where name = $1",
      [partition],
    );
    const other = ownership('two');
    const second = await other.acquire(partition);
    expect(second.epoch).toBe(lease.epoch);
    await lease.release();
    await Promise.all([one.renew(), other.renew()]);
    expect([one.held, other.held]).toEqual([[], [second]]);
    await expect(files.writeWhole('a', bytes('old'))).rejects.toMatchObject({ code: 'ESTALE' });
    await expect(second.commits.make('make', { kind: 'folder', path: 'b' })).resolves.toBe('');
  });

  it('gives a role of a worker no table to write', async () => {
    const { connection } = await bench();
    for (const sql of [
      "insert into kintsugi.partition (name) values ('mine')",
      'update kintsugi.partition set epoch = 0',
      'delete from kintsugi.chunk',
      'truncate kintsugi.name',
      'create table kintsugi.mine (a int)',
    ])
      await expect(connection.ask(sql), sql).rejects.toMatchObject({ name: 'StoreRefused', code: '42501' });
  });

  it('gives up a partition when a commit is not answered, and never repeats it', async () => {
    const { partition, files, lease } = await bench();
    await files.writeWhole('a', bytes('one'));
    const holder = connectTo(server.url);
    onTestFinished(() => holder.close());
    const held = holder.ask(
      `begin; select 1 from kintsugi.revision where partition = '${partition}' for update; select pg_sleep(2); commit`,
    );
    const waiting = (what: string) => async () =>
      (await owner.ask('select 1 from pg_stat_activity where query like $1 and state = $2', [what, 'active'])).length;
    await expect.poll(waiting('begin; select 1%')).toBe(1);
    const write = files.writeWhole('a', bytes('two'));
    write.catch(() => undefined);
    await expect.poll(waiting('select kintsugi.enact%')).toBe(1);
    await owner.ask("select pg_terminate_backend(pid) from pg_stat_activity where query like 'select kintsugi.enact%'");
    await expect(write).rejects.toMatchObject({ name: 'FileFault' });
    expect(await lease.lost).toContain('is not known');
    await held;
    expect(text(await files.read('a'))).toBe('one');
  });
});
