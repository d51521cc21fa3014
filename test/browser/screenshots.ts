/**
 * Makes the pictures of the README from a real bot with a past: `npm run screenshots [FOLDER]`. The market is always the same;
 * the moment is now, so times and what depends on them differ from run to run.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { IncidentRecord } from '../../src/inspector/contract.ts';
import { freshFolder, start } from '../cli/cli.ts';
import { type Asked, asked } from '../cli/inspected.ts';
import { openChromium } from './chromium.ts';
import { goTo, lookAt } from './looked-at.ts';

const OUT = resolve(process.argv[2] ?? join(import.meta.dirname, '../../docs/screenshots'));
const MOST_BYTES = 3 * 1024 * 1024;
const DESK = { width: 1440, height: 1180 };
const PHONE = { width: 390, height: 844 };
const PATIENCE_MS = 90_000;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function until<T>(what: string, ask: () => Promise<T | null | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`it was waited in vain for ${what}`);
    await pause(200);
  }
}

const healed = (bot: Asked, invariant: string): Promise<IncidentRecord> =>
  until(`${invariant} to be healed`, async () =>
    (await bot.get<readonly IncidentRecord[]>('/api/incidents?limit=50')).find(
      (one) => one.invariant === invariant && one.status === 'healed',
    ),
  );

/** Breaks some things, each when the one before is mended. @returns the incident of the torn log */
async function history(bot: Asked): Promise<IncidentRecord> {
  await until('a green bot', async () => (await bot.overview()).status.status === 'green');
  for (const [fault, invariant] of [
    ['corrupt_positions', 'safety_layer/positions-sound'],
    ['stop_shadow_engine', 'shadow_engine/alive'],
  ] as const) {
    await bot.command({ do: 'fault', fault });
    await healed(bot, invariant);
    await pause(6_000);
  }
  await bot.command({ do: 'fault', fault: 'tear_log' });
  return healed(bot, 'signal_bus/log-verifies');
}

async function picture(page: Page, name: string, isWhole: boolean): Promise<void> {
  // Charts are drawn, letters are there, and nothing moves.
  await page.evaluate('document.fonts.ready');
  // Of scrollbars there is nothing in a picture, nor of the room for them.
  await page.evaluate(`document.documentElement.style.scrollbarGutter = 'auto'`);
  await page.mouse.move(2, 2);
  await pause(900);
  const path = join(OUT, `${name}.png`);
  await page.screenshot({ path, fullPage: isWhole, animations: 'disabled', caret: 'hide' });
  process.stdout.write(`${path}: ${(statSync(path).size / 1024).toFixed(0)} kB\n`);
}

interface Shot {
  readonly name: string;
  readonly hash: string;
  /** Chosen in the page before the picture is made. */
  readonly choose?: (page: Page) => Promise<void>;
  /** All of the page, not what fits the window. */
  readonly isWhole: boolean;
}

async function pictures(browser: Browser, bot: Asked, shots: readonly Shot[]): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    const { page, context } = await lookAt(browser, bot.url, { theme, size: DESK, token: bot.token });
    for (const { name, hash, isWhole, choose } of shots) {
      await goTo(page, hash);
      await choose?.(page);
      await picture(page, `${name}-${theme}`, isWhole);
    }
    await context.close();
  }
  const { page, context } = await lookAt(browser, bot.url, { theme: 'dark', size: PHONE, token: bot.token });
  for (const { name, hash } of shots) {
    await goTo(page, hash);
    await picture(page, `${name}-phone`, false);
  }
  await context.close();
}

mkdirSync(OUT, { recursive: true });
const dir = join(freshFolder(), 'bot');
const demo = start([
  'demo',
  '--dir',
  dir,
  '--port',
  '0',
  '--no-open',
  '--warm',
  '3h',
  '--seed',
  '7',
  '--tear-after',
  '1h',
]);
const browser = await openChromium();
try {
  await demo.said('see it live');
  const port = readFileSync(join(dir, 'run/inspector_port'), 'utf8').trim();
  const bot = asked(dir, `http://127.0.0.1:${port}/`);
  const torn = await history(bot);
  const repaired = torn.remedies[0]?.at ?? torn.opened_at;
  // The healer has swept once, and nothing is as it was in the first minute.
  await until('a sweep', async () => (await bot.overview()).sweep.last_at !== null);
  await pause(5_000);
  await pictures(browser, bot, [
    {
      name: 'overview',
      hash: '#/overview',
      isWhole: true,
      choose: (page) => page.getByTestId('component-signal_bus').getByRole('button').click(),
    },
    {
      name: 'statechart',
      hash: `#/inspector/signalBus?at=${Date.parse(repaired) + 1}&incident=${torn.incident_id}`,
      isWhole: false,
      choose: (page) => page.getByTestId('steps').getByText('REPAIR', { exact: true }).first().click(),
    },
    { name: 'incident', hash: `#/incidents/${torn.incident_id}`, isWhole: true },
    { name: 'trading', hash: '#/trading', isWhole: true },
  ]);
  const bytes = readdirSync(OUT).reduce((sum, name) => sum + statSync(join(OUT, name)).size, 0);
  process.stdout.write(`${(bytes / 1024).toFixed(0)} kB in all\n`);
  if (bytes > MOST_BYTES) throw new Error(`the pictures are ${bytes} bytes; ${MOST_BYTES} are the most`);
} finally {
  await browser.close();
  demo.kill('SIGTERM');
  await demo.outcome;
}
