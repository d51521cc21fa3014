/** The commands of a fleet, as processes, on a real PostgreSQL. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Connection, connectTo } from '../../src/adapters/postgres/connection.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { fleetReport } from '../../src/cli/fleet/fleet-status.ts';
import type { FleetReport } from '../../src/inspector/contract.ts';
import { freshFolder, kintsugi, PATIENT } from '../cli/cli.ts';
import { it } from '../cli/with-starts.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const isThere = isProvided();
let server: Postgres;
let owner: Connection;
const looks: Connection[] = [];
beforeAll(async () => {
  if (!isThere) return;
  server = await startPostgres();
  owner = connectTo(server.url);
  await owner.ask('create role worker login');
});
afterAll(async () => {
  for (const one of [owner, ...looks]) await one?.close();
  await server?.end();
});

let databases = 0;
/** A database of its own, as its owner and as a worker see it. */
async function database() {
  const name = `fleet_${++databases}`;
  await owner.ask(`create database ${name}`);
  const url = server.url.replace(/\/postgres$/, `/${name}`);
  const worker = url.replace('owner@', 'worker:hush@');
  const says: string[] = [];
  const run = async (...args: readonly string[]) => {
    const outcome = await kintsugi(args);
    says.push(outcome.out, outcome.err);
    return outcome;
  };
  const status = async () => {
    const { out, code } = await run('status', '--store', worker, '--json');
    return { code, report: JSON.parse(out) as FleetReport };
  };
  const looking = connectTo(url);
  looks.push(looking);
  /** What `status` tells, for who waits for it: no process is started each time. */
  const look = async () => ({ report: await fleetReport(looking) });
  return { url, worker, says, run, status, look };
}

const owners = ({ report }: { readonly report: FleetReport }) => report.partitions.map((one) => one.owner);

describe.skipIf(!isThere)('a fleet', () => {
  it.concurrent('is prepared, worked on, looked at, held, let go, and taken over; nobody is shown the password', async ({
    expect,
    starts,
  }) => {
    const { url, worker, says, run, status, look } = await database();
    const early = await run('status', '--store', worker);
    expect(early.code).toBe(4);
    expect(early.err).toContain('run `kintsugi store init --store URL`');
    const refused = await run('worker', '--store', worker, '--symbols', 'BTCUSDT');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('has no kintsugi in it');
    const init = await run('store', 'init', '--store', url, '--role', 'worker');
    expect(init).toMatchObject({ code: 0 });
    expect(init.out).toMatch(/was prepared .*; worker may work with it/);
    expect((await run('store', 'init', '--store', url)).out).toContain('has what this kintsugi needs already');

    const begin = (name: string) =>
      starts([
        ...['worker', '--store', worker, '--name', name, '--dir', freshFolder(), '--lease', '3', '--partitions', '4'],
        ...['--symbols', 'BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT,BNBUSDT'],
      ]);
    const one = begin('one');
    await expect.poll(async () => new Set(owners(await look())), PATIENT).toEqual(new Set(['one']));
    await expect.poll(async () => (await look()).report.status, PATIENT).toMatch(/green|yellow/);
    expect(new Set(owners(await status()))).toEqual(new Set(['one']));
    const other = await run('worker', '--store', worker, '--partitions', '5', '--symbols', 'BTCUSDT,ETHUSDT,SOLUSDT');
    expect(other.code).toBe(1);
    expect(other.err).toContain('the count of a store never changes');

    expect((await run('store', 'hold', '--store', worker, '--reason', ' ')).code).toBe(64);
    expect((await run('store', 'hold', '--store', worker, '--reason', 'maintenance')).out).toContain('is held');
    const held = await run('status', '--store', worker);
    expect(held.out).toMatch(/HELD since .*: maintenance/);
    expect(held.out).toMatch(/default\/\dof4 +one +1 /);
    expect((await run('store', 'release', '--store', worker)).out).toContain('may enter again');
    expect((await status()).report.hold).toBeNull();

    const epochs = (await status()).report.partitions.map(({ epoch }) => epoch);
    const two = begin('two');
    one.kill('SIGKILL');
    await expect.poll(async () => new Set(owners(await look())), PATIENT).toEqual(new Set(['two']));
    expect((await status()).report.partitions.every(({ epoch }, n) => epoch > (epochs[n] ?? 0))).toBe(true);
    two.kill('SIGTERM');
    const left = await two.outcome;
    expect(left).toMatchObject({ code: 0 });
    expect(left.err).toContain('taken over from one');
    const after = await status();
    expect(after.code).toBe(2);
    expect(new Set(owners(after))).toEqual(new Set([null]));
    says.push(left.out, left.err);
    expect(says.join('\n')).not.toContain('hush');
  });

  it.concurrent('is named in words where it cannot be reached, or is none', async ({ expect }) => {
    const nowhere = await kintsugi(['status', '--store', 'postgres://worker:hush@127.0.0.1:9/none']);
    expect(nowhere.code).toBe(4);
    expect(nowhere.err).toContain('cannot be reached');
    expect(nowhere.err).not.toContain('hush');
    expect(await kintsugi(['worker', '--store', 'mysql://db'])).toMatchObject({ code: 64 });
    const url = server.url;
    expect(await kintsugi(['migrate', '--from', url, '--to', url])).toMatchObject({ code: 64 });
  });
});

describe.skipIf(!isThere)('records', () => {
  const RECORDS = ['logs/signal_bus.jsonl', 'logs/signal_decisions.jsonl', 'logs/positions_futures.json'];
  const bot = async (): Promise<string> => {
    const dir = freshFolder();
    const { code, err } = await kintsugi([
      ...['run', '--no-guardian', '--dir', dir, '--for', '1h', '--speed', 'max', '--seed', '3', '--symbols', 'BTCUSDT'],
    ]);
    if (code !== 0) throw new Error(err);
    return dir;
  };
  /** Somebody wrote over the middle of a log. */
  const damage = (dir: string) => {
    const file = join(dir, 'logs/signal_bus.jsonl');
    const bytes = readFileSync(file);
    bytes.write('garbage', Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
  };

  it.concurrent('move into a store and back, byte for byte, and not while somebody works on them', async ({
    expect,
    starts,
  }) => {
    const { url, worker, run } = await database();
    await run('store', 'init', '--store', url, '--role', 'worker');
    const [dir, back] = [await bot(), freshFolder()];
    const there = await run('migrate', '--from', dir, '--to', worker);
    expect(there.code).toBe(0);
    expect(there.out).toMatch(/\d+ files with \d+ records .* are the same on both sides/);
    const twice = await run('migrate', '--from', dir, '--to', worker);
    expect(twice.code).toBe(1);
    expect(twice.err).toContain('has records already');
    expect((await run('migrate', '--from', worker, '--to', back)).code).toBe(0);
    for (const path of RECORDS) expect(readFileSync(join(back, path)), path).toEqual(readFileSync(join(dir, path)));
    expect(await run('verify', '--dir', back)).toMatchObject({ code: 0 });

    const working = starts([
      ...['worker', '--store', worker, '--partitions', '1', '--name', 'one', '--dir', freshFolder(), '--lease', '3'],
      ...['--symbols', 'BTCUSDT'],
    ]);
    const taken = async () => (await run('migrate', '--from', worker, '--to', freshFolder())).code;
    await expect.poll(taken, PATIENT).toBe(75);
    working.kill('SIGTERM');
    expect(await working.outcome).toMatchObject({ code: 0 });
  });

  it.concurrent('are looked for before room is made for them: what was mistyped leaves no partition behind', async ({
    expect,
  }) => {
    const { url, worker, run, look } = await database();
    await run('store', 'init', '--store', url, '--role', 'worker');
    const asked = connectTo(worker);
    looks.push(asked);
    await new FleetStore(asked).provide(['default/0of12', 'default/3of12']);
    const back = freshFolder();
    const read = await run('migrate', '--from', worker, '--to', back);
    expect(read.code).toBe(1);
    expect(read.err).toMatch(/no partition default\/0of1; it has default\/0of12, default\/3of12\. .*--partition/s);
    const written = await run('migrate', '--from', await bot(), '--to', worker);
    expect(written.code).toBe(1);
    expect(written.err).toContain('the count of a store never changes');
    expect((await run('migrate', '--from', freshFolder(), '--to', worker, '--partition', 'other/0of1')).err).toContain(
      'nothing to move',
    );
    expect(await run('migrate', '--from', worker, '--to', back, '--partition', '0of12')).toMatchObject({ code: 64 });
    const names = async () => (await look()).report.partitions.map(({ name }) => name);
    expect(await names()).toEqual(['default/0of12', 'default/3of12']);
    expect(await run('store', 'forget', '--store', worker, '--partition', 'default/3of12')).toMatchObject({ code: 0 });
    expect((await run('store', 'forget', '--store', worker, '--partition', 'default/3of12')).err).toContain('has no');
    expect(await names()).toEqual(['default/0of12']);
  });

  it.concurrent('that were moved half-way are nobody’s to run, and are moved anew by saying the same once more', async ({
    expect,
    starts,
  }) => {
    const { url, worker, run } = await database();
    await run('store', 'init', '--store', url, '--role', 'worker');
    const dir = await bot();
    const owns = connectTo(url);
    looks.push(owns);
    // The disk of the server is full, once.
    await owns.ask(`create function kintsugi.full() returns trigger language plpgsql as $$ begin
        if new.path = 'logs/signal_decisions.jsonl' then raise exception 'No space left on device' using errcode = '53100'; end if;
        return new; end $$;
      create trigger full_disk before insert on kintsugi.name for each row execute function kintsugi.full()`);
    const first = await run('migrate', '--from', dir, '--to', worker);
    expect(first.code).toBe(1);
    expect(first.err).toMatch(/No space left on device.*only a part, and no worker runs it: say the same once more/s);
    const store = new FleetStore(owns);
    expect(await store.partitions()).toMatchObject([{ name: 'default/0of1', filling: true, owner: null }]);
    expect(await store.free(['default/0of1'])).toEqual([]);
    const back = await run('migrate', '--from', worker, '--to', freshFolder());
    expect(back.err).toContain('only a part of what was to be moved there');
    const waiting = starts([
      ...['worker', '--store', worker, '--partitions', '1', '--name', 'one', '--dir', freshFolder(), '--lease', '3'],
      ...['--symbols', 'BTCUSDT'],
    ]);
    await waiting.said('has only a part of what was to be moved there');
    await owns.ask('drop trigger full_disk on kintsugi.name');
    // The bot went on where it was, and came to something else.
    writeFileSync(join(dir, 'logs/positions_futures.json'), '{"others":true}');
    expect(await run('migrate', '--from', dir, '--to', worker)).toMatchObject({ code: 0 });
    await expect.poll(async () => (await store.partitions())[0]?.owner, PATIENT).toBe('one');
    waiting.kill('SIGTERM');
    await waiting.outcome;

    // And the way back.
    const home = freshFolder();
    const again = () => run('migrate', '--from', worker, '--to', home);
    await owns.ask(
      `update kintsugi.chunk set at = at + 1 where file = (select file from kintsugi.name where path = '${RECORDS[2]}')`,
    );
    expect((await again()).err).toMatch(/are not in the store.*only a part, and no bot runs there/s);
    expect((await again()).err).toMatch(/has records already/);
    const refused = await run('run', '--no-guardian', '--dir', home, '--for', '1m', '--speed', 'max');
    expect(refused.code).toBe(77);
    expect(refused.err).toContain("has only a part of a bot's records");
    const own = await bot();
    const theirs = await run('migrate', '--from', worker, '--to', own);
    expect(theirs.err).toContain('has records already');
    expect(theirs.err).not.toContain('only a part');
    expect(await run('run', '--no-guardian', '--dir', own, '--for', '1m', '--speed', 'max')).toMatchObject({ code: 0 });
    const [row] = await owns.ask(
      `select count(*) as files from kintsugi.file where not exists (select 1 from kintsugi.name where file = id)`,
    );
    expect(Number(row?.files)).toBe(0);
  });

  it.concurrent('are refused in words where a log is bad, on either side', async ({ expect }) => {
    const { url, worker, run, status } = await database();
    await run('store', 'init', '--store', url, '--role', 'worker');
    const sound = await bot();
    expect(await run('migrate', '--from', sound, '--to', worker)).toMatchObject({ code: 0 });
    damage(sound);
    const from = await run('migrate', '--from', sound, '--to', worker, '--partition', 'second/0of1');
    expect(from.code).toBe(1);
    expect(from.err).toMatch(/logs\/signal_bus\.jsonl, line \d+ \(byte \d+\): .*Nothing was moved.*kintsugi heal/s);
    expect((await status()).report.partitions.find(({ name }) => name === 'second/0of1')).toBeUndefined();

    const connection = connectTo(url);
    await connection.ask(
      `update kintsugi.chunk set bytes = overlay(bytes placing 'garbage'::bytea from 100)
        where at = 0 and file = (select file from kintsugi.name where path = 'logs/signal_bus.jsonl')`,
    );
    await connection.close();
    const target = freshFolder();
    const to = await run('migrate', '--from', worker, '--to', target, '--json');
    expect(to.code).toBe(1);
    expect(to.err).toMatch(/logs\/signal_bus\.jsonl, line 1 \(byte 0\): .*Nothing was moved/s);
    expect(await run('migrate', '--from', join(target, 'nowhere'), '--to', worker)).toMatchObject({ code: 1 });
  });
});
