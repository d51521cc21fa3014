/** A partition's files in PostgreSQL keep the promises of files on a disk, and nobody writes who does not own them. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { type Connection, connectTo } from '../../src/adapters/postgres/connection.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { PgOwnership } from '../../src/adapters/postgres/pg-ownership.ts';
import { prepareStore, requireSchema } from '../../src/adapters/postgres/schema-steps.ts';
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
  expect(await prepareStore(owner, 'worker')).toBe(1);
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
    new PgOwnership({ connection, worker, leaseMs, monotonic: () => performance.now() });
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
      "select kintsugi.enact($1, $2, 1, '{whole}', '{null}', '{a}', '{null}', '{null}', array['old'::bytea])",
      [partition, lease.epoch],
    );
    await files.writeWhole('a', bytes('two')).catch(() => undefined);
    const landed = await late.then(() => true).catch(() => false);
    // Whichever came first, the other was refused: nobody overwrites what they have not seen.
    expect(text(await files.read('a'))).toBe(landed ? 'old' : 'two');
    expect(lease.commits.over === null).toBe(!landed);
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
      `begin; select 1 from kintsugi.partition where name = '${partition}' for update; select pg_sleep(2); commit`,
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
