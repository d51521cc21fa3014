/** Every page, on answers of every kind: no error, no request to anybody else, nothing that axe forbids, nothing wider than a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { InspectorServer } from '../../src/adapters/http/serve.ts';
import type { InspectorSource } from '../../src/inspector/source.ts';
import { openChromium } from './chromium.ts';
import { extremeSource, failingSource, hugeSource } from './fixture-extremes.ts';
import { type FixtureOptions, fixtureSource } from './fixture-source.ts';
import { DESK, goTo, type LookOptions, lookAt, PHONE, settled } from './looked-at.ts';
import { FIXTURE_TOKEN, serveFixture } from './serve-fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const MOODS = ['calm', 'trouble', 'empty'] as const;
const PAGES = ['overview', 'incidents', 'trading', 'signals', 'inspector', 'log'] as const;

async function served(source: InspectorSource): Promise<InspectorServer> {
  const server = await serveFixture(source);
  onTestFinished(() => server.close());
  return server;
}

async function looking(url: string, options: LookOptions = {}) {
  const looked = await lookAt(browser, url, { token: FIXTURE_TOKEN, ...options });
  onTestFinished(() => looked.context.close());
  await settled(looked.page);
  return looked;
}

/** Addresses below the pages: one incident, one signal, one actor's chart, a moment of the past. */
async function addressesIn(source: InspectorSource): Promise<readonly string[]> {
  const [incident] = await source.incidents({ limit: 1 });
  const { signals } = await source.signals({ limit: 1 });
  const { to } = await source.history();
  const actor = source.actors().find(({ machine }) => machine !== null)?.id;
  return [
    ...PAGES.map((page) => `#/${page}`),
    ...(incident ? [`#/incidents/${incident.incident_id}`] : []),
    ...(signals[0] ? [`#/signals/${signals[0].id}`] : []),
    ...(actor ? [`#/inspector/${actor}`] : []),
    ...(actor && to !== null ? [`#/inspector/${actor}?at=${to - 60_000}`] : []),
    '#/there-is-no-such-page',
  ];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** @param rules all of them where none is named */
async function violationsOn(page: Page, ...rules: readonly string[]): Promise<readonly string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(AXE);
  const options = { resultTypes: ['violations'], ...(rules.length > 0 ? { runOnly: rules } : {}) };
  const violations = (await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => ({ html })) })))`,
  )) as readonly Violation[];
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** What can be otherwise on a phone where the same things are drawn: what scrolls. (How large targets are is no rule of axe's own choice.) */
const OF_SIZE = ['scrollable-region-focusable'] as const;

/**
 * Looked at as it is now on a desk and on a phone: all rules in the light; in the dark, where only inks differ, contrast, once.
 * @param onPhone the rules there; all of them where none is named
 */
async function objections(page: Page, onPhone: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size);
    const over = await overWidth(page);
    if (over > 0) found.push(`${size.width} px: ${over} px wider than its window`);
    await page.emulateMedia({ colorScheme: 'light' });
    const rules = size === PHONE ? onPhone : [];
    for (const violation of await violationsOn(page, ...rules)) found.push(`${size.width} px, light: ${violation}`);
    if (size === PHONE) continue;
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const violation of await violationsOn(page, 'color-contrast'))
      found.push(`${size.width} px, dark: ${violation}`);
  }
  return found;
}

/** How much wider the page is than its window, px. */
const overWidth = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('axe finds nothing to object to, in light and dark, on a desk and on a phone, where no page scrolls sideways', () => {
  it.each(MOODS)('on any page, in a %s mood', { timeout: 180_000 }, async (mood) => {
    const source = fixtureSource({ mood });
    const { url } = await served(source);
    const { page, wrong } = await looking(url, { theme: 'light' });
    const found: string[] = [];
    for (const address of await addressesIn(source)) {
      await goTo(page, address);
      // Trouble draws all that the other moods draw, and more: there the phone is looked at by every rule.
      const onPhone = mood === 'trouble' ? [] : OF_SIZE;
      for (const objection of await objections(page, onPhone)) found.push(`${address} at ${objection}`);
    }
    expect(found).toEqual([]);
    expect(wrong).toEqual([]);
  });

  it('in any dialog', { timeout: 120_000 }, async () => {
    const { url } = await served(fixtureSource({ mood: 'trouble' }));
    const { page, wrong } = await looking(url, { theme: 'light' });
    const found: string[] = [];
    const opens: Readonly<Record<string, () => Promise<void>>> = {
      search: () => page.keyboard.press('/'),
      help: () => page.keyboard.press('?'),
      'entries-dialog': () => page.getByTestId('entries').click(),
      'remedy-dialog': () => page.getByTestId('dry-run').click(),
    };
    for (const [dialog, open] of Object.entries(opens)) {
      await page.setViewportSize(DESK);
      await open();
      await page.getByTestId(dialog).waitFor();
      for (const objection of await objections(page, [])) found.push(`${dialog} at ${objection}`);
      await page.keyboard.press('Escape');
      await page.getByTestId(dialog).waitFor({ state: 'detached' });
    }
    expect(found).toEqual([]);
    expect(wrong).toEqual([]);
  });
});

it('Escape ends a dialog though the browser never comes to say that it closed it', async () => {
  const { url } = await served(fixtureSource({ mood: 'calm' }));
  const { page, wrong } = await looking(url);
  // A browser says so with its next frame, and may have none to draw for a long time.
  await page.evaluate("addEventListener('close', (event) => event.stopImmediatePropagation(), true)");
  for (const [key, dialog] of [
    ['/', 'search'],
    ['?', 'help'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByTestId(dialog).waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId(dialog).waitFor({ state: 'detached' });
  }
  expect(wrong).toEqual([]);
});

// What runs in the page is text: the types of Node are not those of a browser.
/** While `heldBack` is true, nothing in the page is told that its size changed, as on a machine too busy to tell. */
const HOLD_BACK = `
  const held = (told) => function (...said) { if (!globalThis.heldBack) told.apply(this, said); };
  const Watch = globalThis.ResizeObserver;
  globalThis.ResizeObserver = class extends Watch { constructor(told) { super(held(told)); } };
  const { addEventListener } = MediaQueryList.prototype;
  MediaQueryList.prototype.addEventListener = function (type, told) { addEventListener.call(this, type, held(told)); };`;

it('no page scrolls sideways at any moment, even before it is told that its window became a phone’s', {
  timeout: 120_000,
}, async () => {
  const source = fixtureSource({ mood: 'trouble' });
  const { url } = await served(source);
  const { page, wrong } = await looking(url);
  await page.addInitScript({ content: HOLD_BACK });
  await page.reload();
  const found: string[] = [];
  for (const address of await addressesIn(source)) {
    await goTo(page, address);
    if (address.startsWith('#/inspector')) await page.locator('.track .marks svg').waitFor();
    await page.evaluate('globalThis.heldBack = true');
    await page.setViewportSize(PHONE);
    const over = await overWidth(page);
    if (over > 0) found.push(`${address}: ${over} px wider than its window`);
    await page.evaluate('globalThis.heldBack = false');
    await page.setViewportSize(DESK);
  }
  expect(found).toEqual([]);
  expect(wrong).toEqual([]);
});

const KINDS: readonly (readonly [string, FixtureOptions])[] = [
  ['a finished directory', { mood: 'calm', kind: 'records' }],
  ['somebody’s XState app', { mood: 'trouble', kind: 'app' }],
  ['a bot with real orders', { mood: 'calm', paper: false }],
];

it('the equity of an account of which nobody knows what it began with is not told: what was made is, and no drawdown', async () => {
  const source = fixtureSource({ mood: 'calm' });
  const unknown = async () => {
    const view = await source.trading();
    return view && { ...view, equity: view.real, drawdown: [], max_drawdown: null };
  };
  const { url } = await served({ ...source, trading: unknown });
  const { page, wrong } = await looking(url, { at: '#/trading' });
  const figure = page.locator('.figure', { hasText: 'Max drawdown' });
  await figure.waitFor();
  expect(await figure.locator('.is').textContent()).toBe('–');
  expect(await page.getByText('Equity', { exact: true }).count()).toBe(0);
  expect(await page.getByRole('heading', { name: 'Made so far' }).count()).toBe(1);
  expect(await objections(page, [])).toEqual([]);
  expect(wrong).toEqual([]);
});

describe('every page opens without an error and asks nobody else', () => {
  const openAll = async (source: InspectorSource, options: LookOptions = {}) => {
    const { url } = await served(source);
    const looked = await looking(url, options);
    for (const address of await addressesIn(fixtureSource({ mood: 'trouble' }))) {
      await goTo(looked.page, address);
      expect(await overWidth(looked.page), address).toBeLessThanOrEqual(0);
    }
    return looked;
  };

  it.each(KINDS)('for %s', async (_, options) => {
    // What is not there is answered with 404, and the browser itself tells of it.
    const { unexpected } = await openAll(fixtureSource(options));
    expect(unexpected(/status of 404 \(Not Found\).*\/api\/incidents\//)).toEqual([]);
  });

  it('with ten thousand signals, actors and events, and a thousand incidents', async () => {
    const { wrong, page } = await openAll(hugeSource());
    expect(wrong).toEqual([]);
    await goTo(page, '#/incidents');
    expect(await page.locator('main').innerText()).toContain('of 500');
  });

  it.each([DESK, PHONE])(
    'with words that never end, markup in names, and numbers that are none, at $width px',
    async (size) => {
      const { page, wrong } = await openAll(extremeSource(), { size });
      expect(wrong).toEqual([]);
      expect(await page.evaluate('globalThis.wasRun')).toBeUndefined();
    },
  );

  it('with a server that cannot answer: each part says so, and offers to try again', async () => {
    const { page, unexpected } = await openAll(failingSource());
    // The browser itself tells of an answer with status 500.
    expect(unexpected(/Failed to load resource: the server responded with a status of 500/)).toEqual([]);
    await goTo(page, '#/signals');
    await page.getByText('the disk is on fire').first().waitFor();
    await page.getByRole('button', { name: 'Try again' }).first().waitFor();
  });

  it('and leads to where one has gone, also away from a page that is about to put its filter into the address', async () => {
    const { url } = await served(fixtureSource({ mood: 'calm' }));
    const { page } = await looking(url, { at: '#/log' });
    // Whoever leaves while the page is slow: what it had planned for a moment later is due before it has drawn the next one.
    const leave = `document.querySelector('input[type=search]').dispatchEvent(new InputEvent('input'));
      location.hash = '#/overview'; for (const at = Date.now(); Date.now() - at < 1_000; );`;
    for (let i = 0; i < 5; i++) {
      await goTo(page, '#/log');
      await page.evaluate(leave);
      await page.getByTestId('components').waitFor({ timeout: 5_000 });
      expect(await page.evaluate('location.hash')).toBe('#/overview');
    }
  });

  it('with answers that are not what they should be', async () => {
    const { url } = await served(fixtureSource({ mood: 'trouble' }));
    const looked = await looking(url);
    for (const body of ['<!doctype html>', '{}', '[]', 'null', '{"signals":null,"steps":3}', '']) {
      await looked.page.route('**/api/**', (route) =>
        route.request().url().endsWith('/stream')
          ? route.fallback()
          : route.fulfill({ status: 200, contentType: 'application/json', body }),
      );
      for (const name of PAGES) {
        await looked.page.evaluate(`location.hash = '#/${name}'`);
        await looked.page.locator(`nav a[href="#/${name}"][aria-current=page]`).waitFor();
        await expect.poll(() => looked.page.locator('main').innerText()).not.toBe('');
      }
      await looked.page.unroute('**/api/**');
    }
    // A part that cannot be drawn says so in its place, and the others stand.
    expect(looked.unexpected(/^console: .* could not be drawn/)).toEqual([]);
    // It is well again as soon as the answers are.
    await goTo(looked.page, '#/overview');
    await looked.page.getByTestId('components').waitFor();
  });
});
