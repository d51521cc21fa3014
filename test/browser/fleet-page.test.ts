/** The page of a fleet, from a store in memory: who owns what, who lives, and the one switch; on a desk and on a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { StoreUnreachable } from '../../src/adapters/postgres/errors.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { fleetBots } from '../../src/cli/fleet/fleet-bots.ts';
import { fleetSource } from '../../src/cli/fleet/fleet-source.ts';
import { fleetReport } from '../../src/cli/fleet/fleet-status.ts';
import { answer } from '../../src/sim/fleet/store-questions.ts';
import { StoreTables } from '../../src/sim/fleet/store-tables.ts';
import { openChromium } from './chromium.ts';
import { DESK, goTo, lookAt, PHONE } from './looked-at.ts';
import { FIXTURE_TOKEN, serveFixture } from './serve-fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LEASE_MS = 600_000;
const PARTITIONS = 12;
const name = (n: number): string => `default/${n}of${PARTITIONS}`;

/** Two workers that live and one that is dead, with four partitions each; it can be made silent. */
function fleet() {
  const store = { isSilent: false, hangs: false, now: () => Date.now() };
  const tables = new StoreTables({
    ...{ store: 'postgres://worker@db/kintsugi', now: () => store.now(), sabotage: new Set() },
    ...{ onCommit: () => undefined, onClaim: () => undefined },
  });
  tables.provide(Array.from({ length: PARTITIONS }, (_, n) => name(n)));
  const has = (worker: string, slots: readonly number[], status: string): void => {
    for (const n of slots) tables.claim(name(n), worker, LEASE_MS);
    const partitions = Object.fromEntries(slots.map((n) => [name(n), status]));
    const reached = {
      host: 'a-machine',
      page: `http://10.0.0.7:7070/`,
      orders: 'REAL MONEY, binanceusdm-0123456789ab',
    };
    const says = JSON.stringify({ pid: 4_711, lease_ms: LEASE_MS, partitions, leaving: false, ...reached });
    tables.workers.set(worker, { seen: store.now(), says });
  };
  store.now = () => Date.now() - LEASE_MS - 5_000;
  has('berlin-1', [8, 9, 10, 11], 'green');
  store.now = () => Date.now();
  has('tokyo-1', [0, 1, 2, 3], 'green');
  has('tokyo-2', [4, 5, 6, 7], 'green');
  tables.enact({ name: name(0), epoch: 1, token: tables.partitions.get(name(0))?.token ?? '' }, 0, [
    { kind: 'whole', file: null, path: 'a', other: null, at: null, bytes: Buffer.alloc(9_000) },
  ]);
  const connection = {
    store: 'postgres://worker@db/kintsugi',
    ask: async (sql: string, values: readonly unknown[] = []) => {
      if (store.isSilent) throw new StoreUnreachable('postgres://worker@db/kintsugi', 'the connection was refused');
      if (store.hangs) await new Promise(() => undefined);
      return answer(tables, sql, values);
    },
    close: async () => undefined,
  };
  const takeOver = (): void => {
    has('tokyo-1', [8, 9, 10, 11], 'green');
    has('tokyo-1', [0, 1, 2, 3, 8, 9, 10, 11], 'green');
  };
  const bots = fleetBots({
    ...{
      worker: 'tokyo-1',
      url: 'nowhere',
      answerMs: 1_000,
      by: 'a test',
      redactor: new Redactor(),
      time: processTime(),
    },
    hosted: () => null,
    report: () => fleetReport(connection),
    failed: (words) => expect.fail(words),
  });
  return { store, tables, takeOver, bots, source: fleetSource('tokyo-1', connection, processTime(), 'a test', true) };
}

async function opened(size: { readonly width: number; readonly height: number } = DESK) {
  const made = fleet();
  const server = await serveFixture(made.source, 0, made.bots);
  const looked = await lookAt(browser, server.url, { token: FIXTURE_TOKEN, at: '', theme: 'light', size });
  onTestFinished(async () => {
    await looked.context.close();
    made.source.close();
    await made.bots.close();
    await server.close();
  });
  await looked.page.getByTestId('partition').first().waitFor();
  return { ...made, ...looked, url: server.url };
}

/** What axe objects to, and by how much the page is wider than its window. */
async function objections(page: Page): Promise<readonly string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const said = (await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
    )) as readonly string[];
    found.push(...said.map((one) => `${colorScheme}: ${one}`));
  }
  const over = (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number;
  return over > 0 ? [...found, `${over} px too wide`] : found;
}

/** The different healths of partitions and workers, in their order. */
const healths = async (page: Page): Promise<readonly string[]> => [
  ...new Set(await page.locator('[data-testid=partition] .health, [data-testid=worker] .health').allInnerTexts()),
];

describe('the page of a fleet', () => {
  it('is the first that is seen, the only one, and tells who has what and who lives', async () => {
    const { page, wrong, takeOver } = await opened();
    expect(await page.getByRole('navigation', { name: 'Pages' }).innerText()).toBe('Fleet');
    expect(await page.locator('nav [aria-current=page]').innerText()).toBe('Fleet');
    expect(await page.getByTestId('verdict').innerText()).toContain('4 partitions without an owner.');
    expect(await page.getByTestId('partition').count()).toBe(PARTITIONS);
    const first = await page.getByTestId('partition').first().innerText();
    expect(first).toMatch(/default\/8of12\s+No owner\s+nobody\s+1\s+out for [\d.]+ s/);
    expect(await page.locator('[data-testid=worker][data-alive=true]').count()).toBe(2);
    expect(await page.locator('[data-testid=worker][data-alive=false]').innerText()).toContain('berlin-1');
    expect(await page.title()).toBe('✕ Red: 4 partitions without an owner · Kintsugi');
    takeOver();
    await page.getByTestId('verdict').getByText('Every partition has an owner, and is green.').waitFor();
    expect(await page.title()).toBe('✓ All green · Kintsugi');
    expect(await page.getByTestId('announcer').innerText()).toBe('Green: Every partition has an owner, and is green.');
    await expect.poll(() => page.locator('[data-owner=tokyo-1]').count()).toBe(8);
    await goTo(page, '#/trading');
    expect(await page.locator('main').innerText()).toContain('There is no page “trading”');
    await page.getByRole('link', { name: 'To the fleet' }).click();
    await page.getByTestId('partition').first().waitFor();
    expect(wrong).toEqual([]);
  });

  it('has the one switch', async () => {
    const { page, tables, wrong } = await opened();
    await page.getByTestId('entries').click();
    await page.getByLabel('Reason, read by all workers').fill('maintenance');
    await page.getByTestId('entries-dialog').getByRole('button', { name: 'Pause entries' }).click();
    await page.getByText('The whole fleet is held').waitFor();
    expect(tables.hold).toMatchObject({ reason: 'maintenance', by: 'a test' });
    await page.keyboard.press('Escape');
    await page.getByTestId('kill-switch').getByText('maintenance (a test)').waitFor();
    await page.getByTestId('entries').click();
    await page.getByLabel('Reason, read by all workers').fill('done');
    await page.getByTestId('entries-dialog').getByRole('button', { name: 'Resume entries' }).click();
    await page.getByText('The fleet was let go').waitFor();
    expect(tables.hold).toBe(null);
    expect(wrong).toEqual([]);
  });

  it('says that it knows nothing where the store is silent, and that what is below is old', async () => {
    const { page, store, unexpected } = await opened();
    store.isSilent = true;
    await page.getByTestId('verdict').getByText('Nothing is known of the fleet: the store does not answer.').waitFor();
    await page.getByText('What is below is from before').waitFor();
    expect(await healths(page)).toEqual(['Unknown']);
    // The browser itself tells of an answer with status 500.
    expect(unexpected(/Failed to load resource: the server responded with a status of 500/)).toEqual([]);
    store.isSilent = false;
    await page.getByText('Read from').waitFor();
    expect(await healths(page)).toEqual(['No owner', 'Green', 'Alive', 'Not heard of']);
  });

  it('knows nothing either where the worker hangs: an answer is waited for 5 s, and no row stays green', async () => {
    const { page, store } = await opened();
    expect(await healths(page)).toContain('Green');
    store.hangs = true;
    await page.getByText('What is below is from before: The server did not answer within 5 s.').waitFor();
    expect(await healths(page)).toEqual(['Unknown']);
    expect(await page.getByTestId('worker').first().innerText()).toContain('not known');
    store.hangs = false;
    await page.getByText('Read from').waitFor();
    expect(await healths(page)).toContain('Green');
  });

  it.each([DESK, PHONE])(
    'says of a bot that is not here who has it and where, or that nobody has, at $width px',
    async (size) => {
      const { page, unexpected } = await opened(size);
      expect(await page.getByTestId('workers').innerText()).toContain('http://10.0.0.7:7070/');
      expect(await page.getByTestId('workers').innerText()).toContain('REAL MONEY');
      const notHere = page.getByTestId('not-here');
      await page.getByRole('link', { name: 'default/4of12' }).click();
      await notHere.getByText("default/4of12 is worker tokyo-2's on a-machine, since epoch 1.").waitFor();
      expect(await notHere.innerText()).toContain('Its page is at http://10.0.0.7:7070/');
      await notHere.getByRole('button', { name: 'Copy the address' }).waitFor();
      expect(await objections(page)).toEqual([]);
      await notHere.getByRole('link', { name: 'To the fleet' }).click();
      await page.getByRole('link', { name: 'default/8of12' }).click();
      await notHere.getByText('default/8of12 has no owner just now').waitFor();
      expect(await objections(page)).toEqual([]);
      expect(unexpected(/Failed to load resource: the server responded with a status of (404|503)/)).toEqual([]);
    },
  );

  it.each([DESK, PHONE])('gives axe nothing to object to, and does not scroll sideways, at $width px', async (size) => {
    const { page, tables, wrong } = await opened(size);
    expect(await objections(page)).toEqual([]);
    tables.hold = { reason: 'maintenance', by: 'a test', at: new Date() };
    await page.getByTestId('kill-switch').waitFor();
    expect(await objections(page)).toEqual([]);
    expect(wrong).toEqual([]);
  });
});
