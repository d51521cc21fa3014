import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InspectorServer } from '../../src/adapters/http/serve.ts';
import { openChromium } from './chromium.ts';
import { fixtureSource } from './fixture-source.ts';
import { serveFixture } from './serve-fixture.ts';

const A_LAYOUT = /translate\(.+\) scale\((.+)\)/;

let server: InspectorServer;
let browser: Browser;
const complaints: string[] = [];

async function opened(address: string, width = 1440, height = 900, of = server.url): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (said) => {
    if (said.type() === 'error') complaints.push(said.text());
  });
  await page.goto(of + address);
  await page.locator('.drawing .box').first().waitFor();
  return page;
}
const violations = async (page: Page): Promise<readonly string[]> =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
const zoomOf = async (page: Page): Promise<number> => {
  const [, k] = A_LAYOUT.exec((await page.locator('svg.chart > g').getAttribute('transform')) ?? '') ?? [];
  return Number(k);
};

beforeAll(async () => {
  [server, browser] = await Promise.all([serveFixture(fixtureSource({ mood: 'trouble' })), openChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('the inspector in a browser', () => {
  it('lights the states an actor is in, and those it comes to', async () => {
    const page = await opened('#/inspector/signalBus');
    const lit = (): Promise<string[]> =>
      page
        .locator('.drawing .box.leaf.active')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-state') ?? ''));
    await expect.poll(lit).not.toEqual([]);
    const first = await lit();
    // The made-up bot moves every actor once in a few seconds, to a state that may be drawn, or not.
    await expect.poll(async () => JSON.stringify(await lit()), { timeout: 40_000 }).not.toBe(JSON.stringify(first));
    await page.context().close();
  });

  it('is seen first in letters that can be read: folded while it rests, and in its work when it works', async () => {
    const source = fixtureSource({ mood: 'trouble' });
    const actors = source.actors();
    const failed = actors.map((one) => (one.id === 'tradeExecution' ? { ...one, value: 'failed' } : one));
    let work: () => void = () => undefined;
    const other = await serveFixture({
      ...source,
      actors: () => failed,
      follow: (listener) => {
        listener({ type: 'hello', overview: source.overview(), actors: failed });
        work = () => listener({ type: 'actors', actors, gone: [] });
        return () => undefined;
      },
    });
    const page = await opened('#/inspector/tradeExecution', 1440, 900, other.url);
    const shown = (): Promise<string> => page.locator('.canvas-bar [aria-pressed=true]').innerText();
    await expect.poll(shown).toBe('Life');
    expect(await zoomOf(page)).toBeGreaterThan(0.6);
    work();
    await expect.poll(() => page.locator('.crumbs').innerText()).toContain('work');
    expect(await zoomOf(page)).toBeGreaterThan(0.6);
    await page.getByRole('button', { name: 'Life' }).click();
    work();
    await expect.poll(shown).toBe('Life');
    await page.context().close();
    await other.close();
  });

  it('can be looked around in with the keyboard alone', async () => {
    const page = await opened('#/inspector/tradeExecution');
    await page.getByRole('button', { name: 'Whole' }).click();
    await page.locator('.frame').focus();
    const before = await zoomOf(page);
    await page.keyboard.press('+');
    expect(await zoomOf(page)).toBeGreaterThan(before);
    await page.keyboard.press('0');
    expect(await zoomOf(page)).toBeCloseTo(before);
    await page.getByRole('button', { name: 'Look inside orders' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.crumbs').innerText()).toContain('orders');
    expect(await page.locator('.drawing .box').count()).toBe(7);
    await page.locator('.frame').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.crumbs [aria-current]').innerText()).toBe('work');
    await page.getByRole('button', { name: 'Fold books' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.drawing .box.folded .t').innerHTML()).toContain('books');
    await page.context().close();
  });

  it('goes to an incident, steps through it with one cursor, and comes back', async () => {
    const page = await opened('#/inspector?incident=INC-00002aab');
    const bar = page.getByTestId('timebar');
    await expect.poll(() => bar.innerText()).toMatch(/Replay[\s\S]*event \d+ of/);
    const was = await bar.locator('time').innerText();
    await page.getByRole('button', { name: 'Step on' }).click();
    await expect.poll(() => bar.locator('time').innerText()).not.toBe(was);
    const now = await bar.locator('time').innerText();
    const [clock] = now.split(' ');
    await expect
      .poll(() => page.locator('[data-testid=steps] [aria-current=step]').getAttribute('title'))
      .toContain(clock ?? '-');
    await expect
      .poll(() => page.getByTestId('lanes').getByRole('slider').getAttribute('aria-valuetext'))
      .toContain(clock);
    await expect.poll(() => page.evaluate(() => location.hash)).toMatch(/at=\d+/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Back to live' }).click();
    await expect.poll(() => bar.innerText()).toContain('Live');
    await page.context().close();
  });

  it('shows the way of a signal in its machine, and why it was not traded', async () => {
    const answer = await fetch(`${server.url}api/signals?limit=20`);
    const { signals } = (await answer.json()) as { signals: { id: string; blocked_by: string | null }[] };
    const blocked = signals.find(({ blocked_by }) => blocked_by !== null);
    const page = await opened(`#/inspector?signal=${blocked?.id}`);
    await expect.poll(() => page.getByTestId('signal').innerText()).toContain('Why not traded');
    await expect.poll(() => page.locator('.drawing .box.active .t').allTextContents()).toContain('learned');
    expect(await page.locator('.drawing .edge.gone').count()).toBe(3);
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  it('says the chart in words, is free of accessibility faults, and fits a phone', async () => {
    const page = await opened('#/inspector/signalBus', 390, 844);
    await page.getByRole('button', { name: 'Outline' }).click();
    await expect.poll(() => page.getByTestId('outline').innerText()).toContain('running');
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.context().close();
  });

  it('makes the page say no error', () => {
    expect(complaints).toEqual([]);
  });
});
