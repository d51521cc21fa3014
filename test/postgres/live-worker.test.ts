/** Workers that trade for real, as far as they can tell: processes, a real PostgreSQL, the real ccxt, and an exchange on loopback. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../../src/adapters/postgres/connection.ts';
import type { FleetReport, Overview, TradingView } from '../../src/inspector/contract.ts';
import { freshFolder, kintsugi, type Started, start, startProgram } from '../cli/cli.ts';
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

const market = async (pastBars?: number): Promise<LiveMarket> => {
  const made = await liveMarket({ BTCUSDT: 60_000, ETHUSDT: 3_000 }, pastBars);
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
  return { ...made, at: pageIn(made.dir) };
}
const pageIn = (dir: string): string =>
  `http://127.0.0.1:${readFileSync(join(dir, 'run/inspector_port'), 'utf8').trim()}`;
const sorted = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).sort());
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

  it('trades: what a worker had entered when it was killed is minded by the next, and nothing is sent twice', async () => {
    const [made, store] = [await market(700), await freshStore()];
    const trading = async (name: string): Promise<Working> => {
      const dir = freshFolder();
      const flags = {
        ...{ store, name, dir, live: true, feed: 'ccxt:binanceusdm', symbols: 'BTCUSDT,ETHUSDT', partitions: '4' },
        ...{ lease: '6', port: '0', config: false },
      };
      const process = startProgram('test/postgres/live-worker-process.ts', [JSON.stringify(flags)], {
        ...made.environment(freshFolder()),
        ...CONFIRMED,
      });
      onTestFinished(async () => {
        process.kill('SIGKILL');
        await process.outcome;
      });
      await process.said('see it live');
      return { ...process, dir, at: pageIn(dir) };
    };
    const one = await trading('one');
    const two = await trading('two');
    await expect.poll(async () => new Set(Object.values(await owners(two))), PATIENT).toEqual(new Set(['one', 'two']));
    const held = (): number => Object.keys(made.exchange.audit.positions).length;
    await expect.poll(held, { timeout: 240_000, interval: 250 }).toBe(2);
    one.kill('SIGKILL');
    await expect.poll(async () => Object.values(await owners(two)), PATIENT).toEqual(['two', 'two']);
    const booked = async (): Promise<Readonly<Record<string, string>>> => {
      const all: [string, string][] = [];
      for (const name of Object.keys(await owners(two))) {
        const { positions } = await told<Partial<TradingView>>(`${two.at}/bots/${name}/api/trading`);
        for (const { symbol, side, qty } of positions ?? []) all.push([symbol, `${side === 'LONG' ? '' : '-'}${qty}`]);
      }
      return Object.fromEntries(all.sort());
    };
    await expect
      .poll(
        async () => JSON.stringify(await booked()) === JSON.stringify(sorted(made.exchange.audit.positions)),
        PATIENT,
      )
      .toBe(true);
    await expect.poll(() => made.left().stops, PATIENT).toBe(held());
    const { executedTwice, received } = made.exchange.audit.report();
    expect(executedTwice).toEqual({});
    const taken = received.filter(({ id }) => id !== null);
    expect(taken.filter(({ clientId }) => clientId.endsWith('-E')).length).toBeGreaterThanOrEqual(2);
    // Of a lease of 6 s a worker counts on 4.8 s, and 250 ms of them are given to nobody.
    for (const { recvWindow } of taken) expect(recvWindow).toBeLessThanOrEqual(4_550);
  }, 600_000);

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

  it('leaves its records to no worker on paper, which says so', async () => {
    const [made, store] = [await market(), await freshStore()];
    const first = await working(made, store, 'first', ['--live']);
    await first.said('kill path works');
    await expect.poll(async () => Object.values(await owners(first)), PATIENT).toEqual(['first', 'first']);
    first.kill('SIGTERM');
    expect((await first.outcome).code).toBe(0);
    const second = await working(made, store, 'second', []);
    await second.said('are of a real account at binanceusdm, and on paper');
  }, 400_000);
});
