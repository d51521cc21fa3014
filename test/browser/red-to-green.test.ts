/** A fault that the bot cannot mend is red in the page until a person mends it; then it is watched, and green. */
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import type { Health, IncidentRecord } from '../../src/inspector/contract.ts';
import { freshFolder, PATIENT } from '../cli/cli.ts';
import { openChromium } from './chromium.ts';
import { goTo, lookAt, settled } from './looked-at.ts';
import { type RealBot, realBot } from './real-bot.ts';

/** Ten quiet minutes are half a minute. Any faster, and a busy machine is late by the bot's own deadlines. */
const SPEED = 20;
const BARS = 600;
const MINUTE = 60_000;

/** Candles as somebody recorded them: a recording that is late is no fault, as a market that is silent would be. */
function recording(): string {
  const path = join(freshFolder(), 'BTCUSDT.csv');
  const rows = Array.from({ length: BARS }, (_, n) => {
    const close = 50_000 + 400 * Math.sin(n / 7) + 90 * Math.sin(n * 1.7);
    return [1_700_000_000_000 + n * MINUTE, close - 20, close + 60, close - 60, close, 12].join(',');
  });
  writeFileSync(path, `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
}

let browser: Browser;
let bot: RealBot;
beforeAll(async () => {
  [browser, bot] = await Promise.all([
    openChromium(),
    realBot('--speed', String(SPEED), '--feed', `replay:${recording()}`),
  ]);
  await vi.waitFor(async () => expect((await bot.overview()).status.status).toBe('green'), PATIENT);
});
afterAll(async () => {
  await browser?.close();
  await bot?.stop();
});

it('is seen red, yellow and green, with what the bot says of it and what a person has to do', async () => {
  const { page, context, wrong } = await lookAt(browser, bot.url, { token: bot.token });
  onTestFinished(() => context.close());
  await settled(page);
  const shown = (): Promise<string | null> => page.getByTestId('component-shadow_engine').getAttribute('data-health');
  const told = async (): Promise<Health | undefined> =>
    (await bot.overview()).components.find(({ id }) => id === 'shadow_engine')?.health;
  /** The page comes to show it, and it is what the bot says. */
  const becomes = async (health: Health, timeout: number): Promise<void> => {
    await expect.poll(shown, { ...PATIENT, timeout }).toBe(health);
    expect(await told()).toBe(health);
  };
  await becomes('green', PATIENT.timeout);

  // No remedy of the bot deletes a folder that somebody else put in the place of its log.
  const log = join(bot.dir, 'logs/shadow_trade_outcomes.jsonl');
  renameSync(log, `${log}.aside`);
  mkdirSync(log);
  await becomes('red', PATIENT.timeout);
  await expect.poll(() => page.getByTestId('verdict').getAttribute('data-health'), PATIENT).toBe('red');
  await page.getByTestId('component-shadow_engine').getByRole('button').click();
  await page.getByText('Why is Shadow engine red').waitFor();
  await page.getByTestId('why').getByText('Needs you').first().waitFor();
  await page.getByTestId('kill-switch').waitFor();
  const [failed] = (await bot.get<readonly IncidentRecord[]>('/api/incidents?component=shadow_engine&limit=20')).filter(
    ({ status }) => status === 'failed',
  );
  expect(failed?.evidence_before.holds).toBe(false);
  await goTo(page, `#/incidents/${failed?.incident_id}`);
  await page.locator('[data-testid=story][data-status=failed]').waitFor();
  expect(await page.getByTestId('story').innerText()).toContain(failed?.evidence_before.says);
  await goTo(page, '#/overview');

  // A person gives the file back.
  rmdirSync(log);
  renameSync(`${log}.aside`, log);
  await becomes('yellow', PATIENT.timeout);
  await becomes('green', (10 * MINUTE) / SPEED + PATIENT.timeout);

  // Entries wait for a person, who says why.
  await page.getByTestId('entries').click();
  await page.getByTestId('entries-dialog').getByRole('textbox').fill('the log is in its place again');
  await page
    .getByTestId('entries-dialog')
    .getByRole('button', { name: /^Resume/ })
    .click();
  await page.getByTestId('kill-switch').waitFor({ state: 'detached' });
  expect((await bot.overview()).status.kill_switch.active).toBe(false);
  expect(wrong).toEqual([]);
}, 150_000);
