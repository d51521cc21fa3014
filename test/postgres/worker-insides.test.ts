/** What is inside the bots of a worker, by its page: of those that are its own; of the others, who has them. Real workers, a real PostgreSQL. */
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../../src/adapters/postgres/connection.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { fleetBots } from '../../src/cli/fleet/fleet-bots.ts';
import { fleetReport } from '../../src/cli/fleet/fleet-status.ts';
import { Worker } from '../../src/cli/fleet/worker.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import type {
  ActorView,
  FleetReport,
  HistoryRange,
  LogLine,
  MachineView,
  NotHere,
  Overview,
  SignalPage,
  StepPage,
  StreamEvent,
  TradingView,
} from '../../src/inspector/contract.ts';
import type { InspectorSource } from '../../src/inspector/source.ts';
import { openChromium } from '../browser/chromium.ts';
import { goTo, lookAt, settled } from '../browser/looked-at.ts';
import { freshFolder, kintsugi, start } from '../cli/cli.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const isThere = isProvided();
const PATIENT = { timeout: 120_000, interval: 500 } as const;

let server: Postgres;
let browser: Browser;
beforeAll(async () => {
  if (!isThere) return;
  server = await startPostgres();
  browser = await openChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.end();
});

let stores = 0;
/** A store of its own: of a bot whose time ran faster, the records are of the future. */
async function freshStore(): Promise<string> {
  const owner = connectTo(server.url);
  const name = `insides_${++stores}`;
  await owner.ask(`create database ${name}`);
  await owner.close();
  const store = server.url.replace(/\/postgres$/, `/${name}`);
  expect((await kintsugi(['store', 'init', '--store', store])).code).toBe(0);
  return store;
}

/** A worker as a person starts it, and what its page answers. */
async function working(store: string, name: string, ...more: readonly string[]) {
  const dir = freshFolder();
  const fleet = ['--store', store, '--symbols', 'BTCUSDT,ETHUSDT,SOLUSDT', '--partitions', '4', '--lease', '10'];
  const process = start(['worker', ...fleet, '--name', name, '--dir', dir, '--port', '0', ...more]);
  onTestFinished(async () => {
    process.kill('SIGKILL');
    await process.outcome;
  });
  await process.said('see it live');
  const read = (file: string): string => readFileSync(join(dir, 'run', file), 'utf8').trim();
  const at = `http://127.0.0.1:${read('inspector_port')}`;
  const ask = (path: string): Promise<Response> => fetch(`${at}${path}`);
  const told = async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T;
  const owned = async (): Promise<readonly string[]> =>
    (await told<FleetReport>('/api/fleet')).partitions.flatMap((one) =>
      one.owner === name && one.status !== 'starting' && one.status !== 'stopping' ? [one.name] : [],
    );
  return { dir, process, at, token: read('inspector_token'), ask, told, owned };
}

const watchedFolder = (dir: string, partition: string): string =>
  join(dir, partition.replaceAll('/', '.'), 'run', 'watched');

describe.skipIf(!isThere)('the inside of a worker’s bots', () => {
  it('is told of each by the same API as that of one bot, when it is asked for, and to who may ask', async () => {
    const one = await working(await freshStore(), 'one', '--speed', '60');
    await expect.poll(async () => (await one.owned()).length, PATIENT).toBe(2);
    const [partition = ''] = await one.owned();
    // Nobody has looked: nothing was made for anybody who could.
    expect(existsSync(watchedFolder(one.dir, partition))).toBe(false);

    const at = `/bots/${partition}`;
    await expect.poll(async () => (await one.ask(`${at}/api/overview`)).status, PATIENT).toBe(200);
    const overview = await one.told<Overview>(`${at}/api/overview`);
    expect(overview).toMatchObject({
      ...{ kind: 'live', name: partition, paper: true, speed: 60 },
      hosted: { worker: 'one', partition, epoch: 1 },
      commands: ['resume', 'pause', 'plan', 'remedy', 'send'],
    });
    expect(overview.components.length).toBeGreaterThan(10);
    const actors = await one.told<readonly ActorView[]>(`${at}/api/actors`);
    expect(actors.find(({ id }) => id === 'signalBus')).toMatchObject({ status: 'active', machine: 'signalBus' });
    expect(actors.find(({ id }) => id === 'marketFeed')?.value).toBeTruthy();
    const machines = await one.told<readonly MachineView[]>(`${at}/api/machines`);
    expect(machines.map(({ id }) => id)).toEqual(expect.arrayContaining(['signalBus', 'marketFeed', 'signal']));

    // What comes from the records is that of the store.
    await expect
      .poll(async () => (await one.told<SignalPage>(`${at}/api/signals`)).signals.length, PATIENT)
      .toBeGreaterThan(2);
    const { signals } = await one.told<SignalPage>(`${at}/api/signals`);
    expect((await one.ask(`${at}/api/signals/${signals[0]?.id}`)).status).toBe(200);
    expect((await one.told<TradingView>(`${at}/api/trading`)).equity).toBeTruthy();
    const log = await one.told<readonly LogLine[]>(`${at}/api/log?limit=1000`);
    expect(log.some(({ message }) => message.startsWith('kintsugi runs in'))).toBe(true);
    // Moments before anybody looked are known by their records, steps from then on.
    const range = (): Promise<HistoryRange> => one.told(`${at}/api/history`);
    await expect.poll(async () => (await range()).steps_from, PATIENT).not.toBe(null);
    const history = await range();
    expect(history.from).toBeLessThan(history.steps_from ?? 0);
    await expect
      .poll(async () => {
        const { to } = await range();
        return (await one.told<StepPage>(`${at}/api/history/steps?from=${history.steps_from}&to=${to}`)).steps.length;
      }, PATIENT)
      .toBeGreaterThan(0);

    // The same rules as for everything else of this server.
    const asked = (path: string, headers: Record<string, string>, body?: object): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request(`${one.at}${path}`, { method: body ? 'POST' : 'GET', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on('error', reject);
        sent.end(body ? JSON.stringify(body) : undefined);
      });
    const json = { 'content-type': 'application/json' };
    const pause = { do: 'pause', reason: 'this one alone' };
    expect(await asked(`${at}/api/overview`, { host: 'evil.example' })).toBe(403);
    expect(await asked(`${at}/api/overview`, { origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await asked(`${at}/api/commands`, json, pause)).toBe(401);
    const policy = (await one.ask(`${at}/`)).headers.get('content-security-policy');
    expect(policy).toBe((await one.ask('/')).headers.get('content-security-policy'));
    expect(await asked(`${at}/api/commands`, { ...json, authorization: `Bearer ${one.token}` }, pause)).toBe(200);
    expect((await one.told<Overview>(`${at}/api/overview`)).status.kill_switch).toMatchObject({ active: true });
    expect((await one.told<FleetReport>('/api/fleet')).hold).toBe(null);

    for (const path of ['/bots/default/9of4/api/overview', '/bots/nobody/api/overview', '/bots/default/..%2f/api/log'])
      expect((await one.ask(path)).status).toBe(404);
    one.process.kill('SIGTERM');
    expect((await one.process.outcome).code).toBe(0);
    expect(existsSync(watchedFolder(one.dir, partition))).toBe(false);
  }, 400_000);

  it('costs nothing before somebody looks, and nothing any more when nobody does', async () => {
    const store = await freshStore();
    const [connection, control] = [connectTo(store, { max: 4 }), connectTo(store, { max: 2 })];
    const [dir, time, partition, other] = [freshFolder(), processTime(), 'idle/0of2', 'idle/1of2'];
    const worker = new Worker({
      ...{ name: 'idle', connection, control, leaseMs: 20_000, time, start: startBot, tell: () => undefined },
      partitions: [
        { name: partition, symbols: ['BTCUSDT'] },
        { name: other, symbols: ['ETHUSDT'] },
      ],
      shared: {
        ...{ dir, feed: { kind: 'sim' }, speed: 1, forMs: null, seed: 1, config: DEFAULT_CONFIG },
        ...{ inspector: null, live: null, onProgress: () => undefined },
      },
    });
    const over = worker.run();
    const bots = fleetBots({
      ...{
        worker: 'idle',
        url: store,
        answerMs: 5_000,
        by: 'a test',
        time,
        keptMs: 600,
        most: 1,
        redactor: new Redactor(),
      },
      hosted: (name) => worker.hosted(name),
      report: () => fleetReport(connection),
      failed: (words) => expect.fail(words),
    });
    onTestFinished(async () => {
      worker.stop('the test has failed');
      await over;
      await Promise.all([connection.close(), control.close()]);
    });
    const found = async (name = partition): Promise<InspectorSource> => {
      await expect.poll(async () => 'overview' in (await bots.find(name)), PATIENT).toBe(true);
      return (await bots.find(name)) as InspectorSource;
    };
    const first = await found();
    expect(await bots.find(partition)).toBe(first);
    expect(existsSync(watchedFolder(dir, partition))).toBe(true);
    const unfollow = first.follow(() => undefined);
    await time.sleep(1_500);
    // Who follows asks for nothing, and is not left alone.
    expect(await bots.find(partition)).toBe(first);
    await expect.poll(() => worker.hosted(other)?.status, PATIENT).toBe('green');
    expect(await bots.find(other)).toMatchObject({ soon: true, error: expect.stringContaining('is one too many: 1') });
    unfollow();
    await first.over;
    await expect.poll(() => existsSync(watchedFolder(dir, partition))).toBe(false);
    const events = first.events({ limit: 10_000 }).length;
    await time.sleep(1_500);
    // Its recorder hears nothing of a bot that goes on.
    expect(first.events({ limit: 10_000 }).length).toBe(events);
    // Whose folder is being taken away is made again only when that is done.
    await found(other);
    const second = await found();
    expect(second).not.toBe(first);
    await time.sleep(100);
    expect(existsSync(watchedFolder(dir, partition))).toBe(true);
    expect((await second.log({ limit: 10 })).length).toBeGreaterThan(0);
    const heard: StreamEvent[] = [];
    second.follow((event) => heard.push(event));
    worker.stop('the test is over');
    await over;
    expect(heard.at(-1)).toEqual({
      type: 'bye',
      reason: "idle/0of2 is no longer worker idle's: the test is over",
    });
    await bots.close();
    expect(existsSync(watchedFolder(dir, partition))).toBe(false);
  }, 200_000);

  it('is on its page; a partition that goes to another worker is said to be gone, whose it is, and where to find it', async () => {
    const store = await freshStore();
    const one = await working(store, 'first');
    await expect.poll(async () => (await one.owned()).length, PATIENT).toBe(2);
    // The one that is given back when another comes.
    const partition = (await one.told<FleetReport>('/api/fleet')).partitions.at(-1)?.name ?? '';
    await expect.poll(async () => (await one.ask(`/bots/${partition}/readyz`)).status, PATIENT).toBe(200);

    const { page, context, unexpected } = await lookAt(browser, `${one.at}/`, { token: one.token, at: '' });
    onTestFinished(() => context.close());
    await page.getByRole('link', { name: partition }).click();
    await page.getByTestId('hosted').getByText(partition).waitFor();
    await page.getByTestId('verdict').waitFor();
    await settled(page);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'inside.png') });
    await goTo(page, '#/inspector');
    await page.getByRole('main').getByText('signalBus').first().waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'inside-chart.png') });
    await page.getByTestId('hosted').click();
    await page.getByTestId('partition').first().waitFor();
    await page.goBack();
    await goTo(page, '#/overview');
    await page.getByTestId('verdict').waitFor();

    // A program that listens is told the same as the page.
    const heard: StreamEvent[] = [];
    const stream = await one.ask(`/bots/${partition}/api/stream`);
    const listening = (async () => {
      let text = '';
      for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += part;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const said of parts) {
          const line = said.split('\n').find((one_) => one_.startsWith('data: '));
          if (line) heard.push(JSON.parse(line.slice(6)) as StreamEvent);
        }
      }
    })();
    const two = await working(store, 'second');
    await listening;
    expect(heard[0]).toMatchObject({ type: 'hello', overview: { hosted: { worker: 'first', partition } } });
    expect(heard.at(-1)).toMatchObject({
      type: 'bye',
      reason: expect.stringMatching(`${partition} is no longer worker first's: another worker has less`),
    });
    await expect.poll(async () => (await two.owned()).includes(partition), PATIENT).toBe(true);
    const answer = await one.ask(`/bots/${partition}/api/overview`);
    expect(answer.status).toBe(404);
    expect((await answer.json()) as NotHere).toMatchObject({ partition, owner: 'second', page: `${two.at}/` });
    expect((await two.ask(`/bots/${partition}/api/overview`)).status).toBe(200);

    const gone = page.getByTestId('not-here');
    await gone.getByText(`${partition} is worker second's`).waitFor();
    expect(await gone.innerText()).toContain(`Its page is at ${two.at}/`);
    expect(await page.getByTestId('verdict').count()).toBe(0);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'not-here.png') });
    await gone.getByRole('link', { name: 'To the fleet' }).click();
    await page.getByTestId('workers').getByText(two.at).waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, 'fleet.png') });

    // It comes back: the page that waits for it shows it again.
    await page.goBack();
    await gone.waitFor();
    two.process.kill('SIGTERM');
    await page.getByTestId('verdict').waitFor({ timeout: 120_000 });
    expect(await page.getByTestId('hosted').getAttribute('title')).toMatch(/of worker first, epoch 3/);
    expect(unexpected(/Failed to load resource: the server responded with a status of (404|503)/)).toEqual([]);
  }, 400_000);
});
