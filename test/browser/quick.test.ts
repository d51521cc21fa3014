/** How quick the page is, and how small. Every figure is printed. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { InspectorSource } from '../../src/inspector/source.ts';
import { openChromium } from './chromium.ts';
import { hugeSource } from './fixture-extremes.ts';
import { fixtureSource } from './fixture-source.ts';
import { goTo, lookAt } from './looked-at.ts';
import { PAGE, serveFixture } from './serve-fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

async function served(source: InspectorSource): Promise<string> {
  const server = await serveFixture(source);
  onTestFinished(() => server.close());
  return server.url;
}

/** What a server sends of the page: Brotli where there is, else the file as it is. Bytes. */
function sent(): number {
  const files = readdirSync(PAGE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const all = new Set(files);
  return files
    .filter((file) => !/\.(gz|br)$/.test(file))
    .reduce((sum, file) => sum + statSync(all.has(`${file}.br`) ? `${file}.br` : file).size, 0);
}

it('the whole page, fonts and all, is less than 1 MB compressed', () => {
  const bytes = sent();
  say(`page: ${(bytes / 1024).toFixed(0)} kB compressed, all pages and fonts`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(1_000_000);
});

it('the first view is usable within a second: verdict and components, with data', async () => {
  const url = await served(fixtureSource({ mood: 'trouble' }));
  const took: number[] = [];
  // The best of three, and of seven where the machine has much else to do.
  while (took.length < 3 || (took.length < 7 && Math.min(...took) >= 1_000)) {
    // Nothing is kept from the time before: each is a first visit.
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript({
      content: `{
        const look = () => {
          const is = document.querySelector('[data-testid=verdict] h1') !== null && document.querySelectorAll('[data-testid^=component-][data-health]').length >= 13;
          // Drawn in the frame that comes next.
          if (is) requestAnimationFrame(() => setTimeout(() => { globalThis.usableAt = performance.now(); }));
          else requestAnimationFrame(look);
        };
        look();
      }`,
    });
    await page.goto(url, { waitUntil: 'commit' });
    await page.getByTestId('component-signal_bus').waitFor();
    await expect.poll(() => page.evaluate('globalThis.usableAt')).toBeTypeOf('number');
    took.push((await page.evaluate('globalThis.usableAt')) as number);
    await context.close();
  }
  const best = Math.min(...took);
  say(`first view: median ${median(took).toFixed(0)} ms, best ${best.toFixed(0)} ms of ${took.length} fresh visits`);
  expect(best).toBeLessThan(1_000);
});

/** Counts what holds the page for longer than a person does not notice (50 ms), and how long the frames took. */
const MEASURE = `{
  globalThis.held = []; globalThis.frames = [];
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) held.push(duration); }).observe({ type: 'longtask', buffered: false });
  let last = performance.now();
  const frame = () => { const now = performance.now(); frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}`;

async function measured(page: Page, what: string, act: () => Promise<void>): Promise<number> {
  await page.evaluate(MEASURE);
  await act();
  const [longest, sum, frames] = (await page.evaluate(
    `[Math.max(0, ...held), held.reduce((a, b) => a + b, 0), frames.length]`,
  )) as readonly [number, number, number];
  say(`${what}: longest task ${longest.toFixed(0)} ms, ${sum.toFixed(0)} ms in tasks over 50 ms, ${frames} frames`);
  return longest;
}

describe('ten thousand signals, with as many actors and a thousand events a second', () => {
  /** A person calls it frozen when nothing answers for longer than this, ms. A busy machine is given three times as much. */
  const FROZEN_MS = 1_000;

  it('do not freeze the list of signals while it is scrolled and filtered', async () => {
    const url = await served(hugeSource());
    const { page, context, wrong } = await lookAt(browser, url, { at: '#/signals' });
    onTestFinished(() => context.close());
    await page.locator('table tbody tr').nth(5).waitFor();
    const longest = await measured(page, 'signals: 40 screens scrolled, filtered twice', async () => {
      await page.mouse.move(700, 600);
      for (let n = 0; n < 40; n += 1) {
        await page.mouse.wheel(0, 900);
        await page.evaluate('new Promise((done) => requestAnimationFrame(done))');
      }
      const filter = page.getByRole('main').getByRole('searchbox').first();
      await filter.fill('BTC');
      await page.locator('table tbody tr', { hasText: 'BTC' }).nth(4).waitFor();
      await filter.fill('');
      await page.locator('table tbody tr').nth(5).waitFor();
    });
    // What is drawn is what is seen, however many there are.
    expect(await page.locator('table tbody tr').count()).toBeLessThan(400);
    expect(longest).toBeLessThan(FROZEN_MS);
    expect(wrong).toEqual([]);
  });

  it('do not freeze the tree of actors and their events', async () => {
    const url = await served(hugeSource());
    const { page, context, wrong } = await lookAt(browser, url, { at: '#/inspector/signalBus' });
    onTestFinished(() => context.close());
    await page.getByTestId('actors').getByRole('treeitem').nth(5).waitFor();
    const longest = await measured(page, 'inspector: events for two seconds, actors filtered', async () => {
      await page.getByRole('searchbox', { name: /filter actors/i }).fill('signal-9999');
      await page.getByTestId('actors').getByText('signal-9999').waitFor();
      await page.getByRole('searchbox', { name: /filter actors/i }).fill('');
      await page.evaluate('new Promise((done) => setTimeout(done, 2000))');
    });
    expect(longest).toBeLessThan(FROZEN_MS);
    await goTo(page, '#/overview');
    expect(wrong).toEqual([]);
  });
});
