/** Workers that trade for real, as far as they can tell: processes, a real PostgreSQL, the real ccxt, and an exchange on loopback. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../../src/adapters/postgres/connection.ts';
import type { FleetReport, Overview } from '../../src/inspector/contract.ts';
import { freshFolder, kintsugi, type Started, start } from '../cli/cli.ts';
import { KEY, type LiveMarket, liveMarket, SECRET } from '../cli/live/a-market.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const isThere = isProvided();
const PATIENT = { timeout: 120_000, interval: 500 } as const;
const CONFIRMED = { KINTSUGI_LIVE_CONFIRM: 'binanceusdm+limits-per-partition' };

let server: Postgres;
beforeAll(async () => {
  if (isThere) server = await startPostgres();
});
afterAll(async () => server?.end());

let stores = 0;
async function freshStore(): Promise<string> {
  const owner = connectTo(server.url);
  const name = `live_${++stores}`;
  await owner.ask(`create database ${name}`);
  await owner.close();
  const store = server.url.replace(/\/postgres$/, `/${name}`);
  expect((await kintsugi(['store', 'init', '--store', store])).code).toBe(0);
  return store;
}

const market = async (): Promise<LiveMarket> => {
  const made = await liveMarket({ BTCUSDT: 60_000, ETHUSDT: 3_000 });
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
};

interface Working extends Started {
  readonly dir: string;
  readonly at: string;
}

/** @param env each worker is on a machine of its own: it has its own locks */
function worker(
  made: LiveMarket,
  store: string,
  name: string,
  args: readonly string[],
  env = {},
): Started & { dir: string } {
  const dir = freshFolder();
  const fleet = ['--store', store, '--symbols', 'BTCUSDT,ETHUSDT', '--partitions', '4', '--lease', '6', '--name', name];
  const process = start(['worker', ...fleet, '--feed', 'ccxt:binanceusdm', '--dir', dir, '--port', '0', ...args], {
    ...made.environment(freshFolder()),
    ...CONFIRMED,
    ...env,
  });
  onTestFinished(async () => {
    process.kill('SIGKILL');
    await process.outcome;
  });
  return { ...process, dir };
}
async function working(...given: Parameters<typeof worker>): Promise<Working> {
  const made = worker(...given);
  await made.said('see it live');
  return { ...made, at: `http://127.0.0.1:${readFileSync(join(made.dir, 'run/inspector_port'), 'utf8').trim()}` };
}
const told = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;
const owners = async ({ at }: Working): Promise<Readonly<Record<string, string | null>>> =>
  Object.fromEntries((await told<FleetReport>(`${at}/api/fleet`)).partitions.map(({ name, owner }) => [name, owner]));

/** Every file below a directory, as text. */
const everythingIn = (dir: string): string =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');

describe.skipIf(!isThere)('kintsugi worker --live', () => {
  it('minds what is held, each partition its own; when it is killed another does, on its keys; and all is left by kintsugi flatten', async () => {
    const [made, store] = [await market(), await freshStore()];
    await made.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.05' });
    await made.order({ symbol: 'ETHUSDT', side: 'SELL', type: 'MARKET', quantity: '1' });
    const one = await working(made, store, 'one', ['--live']);
    // Adopted, and protected by a stop at the exchange.
    await expect.poll(() => made.left().stops, PATIENT).toBe(2);
    const stopWindows = made.exchange.audit.report().received.map(({ recvWindow }) => recvWindow ?? 0);
    // Of a lease of 6 s a worker counts on 4.8 s, and less as time goes by.
    for (const ms of stopWindows.slice(2)) expect(ms).toBeLessThan(4_800);
    const partitions = Object.keys(await owners(one));
    expect(partitions).toHaveLength(2);
    for (const name of partitions) {
      const { status, paper, commands } = await told<Overview>(`${one.at}/bots/${name}/api/overview`);
      expect(paper).toBe(false);
      expect(commands).not.toContain('send');
      expect(status.live).toMatchObject({ exchange: 'binanceusdm', testnet: false });
    }
    await expect
      .poll(async () => {
        const all = partitions.map((name) => told<Overview>(`${one.at}/bots/${name}/api/overview`));
        return (await Promise.all(all)).map(({ status }) => [status.live?.kill_path?.ok, status.live?.keys]);
      }, PATIENT)
      .toEqual(partitions.map(() => [true, expect.stringContaining('may not withdraw')]));

    const two = await working(made, store, 'two', ['--live']);
    one.kill('SIGKILL');
    await expect.poll(async () => Object.values(await owners(two)), PATIENT).toEqual(['two', 'two']);
    await expect
      .poll(async () => {
        const all = partitions.map((name) => told<Overview>(`${two.at}/bots/${name}/api/overview`));
        return (await Promise.all(all)).map(({ status }) => status?.live?.kill_path?.ok);
      }, PATIENT)
      .toEqual([true, true]);
    const report = made.exchange.audit.report();
    expect(report.positions).toEqual({ BTCUSDT: '0.05', ETHUSDT: '-1' });
    expect(report.executedTwice).toEqual({});
    expect(made.left().stops).toBe(2);

    expect((await kintsugi(['store', 'hold', '--store', store, '--reason', 'we leave'])).code).toBe(0);
    const left = await kintsugi(['flatten', '--dir', two.dir, '--yes'], made.environment(freshFolder()));
    expect({ code: left.code, err: left.err }).toMatchObject({ code: 0 });
    await expect.poll(() => made.left(), PATIENT).toEqual({ positions: {}, orders: 0, stops: 0 });
    two.kill('SIGTERM');
    const { code, out, err } = await two.outcome;
    expect(code, err).toBe(0);

    const ask = connectTo(store);
    const stored = await ask.ask("select convert_from(bytes, 'LATIN1') as text from kintsugi.chunk");
    const says = await ask.ask('select says::text as text from kintsugi.worker');
    await ask.close();
    const all = [
      out,
      err,
      everythingIn(two.dir),
      everythingIn(one.dir),
      ...[...stored, ...says].map(({ text }) => text),
    ];
    expect(all.join('\n')).toContain('kill path works');
    expect(all.join('\n')).not.toContain(KEY);
    expect(all.join('\n')).not.toContain(SECRET);
  }, 400_000);

  it('lets a frozen worker send nothing when it wakes up', async () => {
    const [made, store] = [await market(), await freshStore()];
    await made.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.05' });
    const one = await working(made, store, 'one', ['--live']);
    await expect.poll(() => made.left().stops, PATIENT).toBe(1);
    const two = await working(made, store, 'two', ['--live']);
    process.kill(one.pid, 'SIGSTOP');
    await expect.poll(async () => Object.values(await owners(two)), PATIENT).toEqual(['two', 'two']);
    await expect
      .poll(
        async () => (await told<FleetReport>(`${two.at}/api/fleet`)).partitions.map(({ status }) => status),
        PATIENT,
      )
      .not.toContain('starting');
    const changes = (): Readonly<Record<string, number>> =>
      Object.fromEntries(
        Object.entries(made.exchange.audit.report().requests).filter(([name]) =>
          /^(POST|DELETE) .*(order|algo)/i.test(name),
        ),
      );
    const before = changes();
    process.kill(one.pid, 'SIGCONT');
    await one.said('is no longer ours');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(changes()).toEqual(before);
    expect(made.left()).toMatchObject({ positions: { BTCUSDT: '0.05' }, stops: 1 });
  }, 400_000);

  it('is refused in words: without keys, unconfirmed, with keys that may withdraw, beside a bot of this account, at another speed', async () => {
    const [made, store] = [await market(), await freshStore()];
    const refused = async (args: readonly string[], env = {}) => {
      const { code, err } = await worker(made, store, 'one', args, env).outcome;
      return { code, err };
    };
    expect(await refused(['--live'], { KINTSUGI_API_KEY: '' })).toMatchObject({
      ...{ code: 78, err: expect.stringContaining('--live needs keys') },
    });
    expect(await refused(['--live'], { KINTSUGI_LIVE_CONFIRM: 'binanceusdm' })).toMatchObject({
      ...{ code: 77, err: expect.stringContaining('does not say limits-per-partition') },
    });
    expect(await refused(['--live', '--feed', 'sim'])).toMatchObject({ code: 64 });
    expect(await refused(['--live', '--speed', '5'])).toMatchObject({
      ...{ code: 64, err: expect.stringContaining('a lease counts real seconds') },
    });
    made.exchange.permit({ enableWithdrawals: true });
    expect(await refused(['--live'])).toMatchObject({ code: 77, err: expect.stringContaining('may withdraw') });
    made.exchange.permit({ enableWithdrawals: false });
    const state = freshFolder();
    await working(made, store, 'one', ['--live'], { XDG_STATE_HOME: state });
    expect(await refused(['--live'], { XDG_STATE_HOME: state })).toMatchObject({
      ...{ code: 75, err: expect.stringContaining('another bot of yours trades this account') },
    });
  }, 400_000);

  it('does not go on with records of other money: those of paper for real, those of a real account on paper', async () => {
    const [made, store] = [await market(), await freshStore()];
    const paper = await working(made, store, 'paper', []);
    await expect.poll(async () => Object.values(await owners(paper)), PATIENT).toEqual(['paper', 'paper']);
    await expect
      .poll(
        async () => (await told<FleetReport>(`${paper.at}/api/fleet`)).partitions.every(({ bytes }) => bytes > 0),
        PATIENT,
      )
      .toBe(true);
    paper.kill('SIGTERM');
    expect((await paper.outcome).code).toBe(0);
    const real = await working(made, store, 'real', ['--live']);
    await real.said('are of a bot that traded on paper');
    expect((await told<Overview>(`${real.at}/api/overview`)).paper).toBe(false);

    const other = await freshStore();
    const first = await working(made, other, 'first', ['--live'], { XDG_STATE_HOME: freshFolder() });
    await expect.poll(async () => Object.values(await owners(first)), PATIENT).toEqual(['first', 'first']);
    await first.said('kill path works');
    first.kill('SIGTERM');
    expect((await first.outcome).code).toBe(0);
    const second = await working(made, other, 'second', []);
    await second.said('are of a real account at binanceusdm');
  }, 400_000);
});
