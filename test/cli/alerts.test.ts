/** The command with its alerts: what arrives, what is never written anywhere, and what is said about wrong settings. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Notice } from '../../src/ports/alerts.ts';
import { loopback, until } from '../adapters/loopback.ts';
import { freshFolder, kintsugi, start } from './cli.ts';

const TOKEN = '987654:CANARY-telegram_token_1';
const SLACK_PATH = '/services/CANARY-slack-hook-2/x';
const QUERY = 'CANARY-query-3';
const CANARIES = [TOKEN, 'CANARY-telegram_token_1', SLACK_PATH, 'CANARY-slack-hook-2', QUERY, 'CANARY'];

/** A bot whose kill switch trips at the start: its state cannot be read. */
function trippingBot(alerts: unknown): { readonly dir: string; readonly config: string } {
  const dir = freshFolder();
  mkdirSync(join(dir, 'feature_store'));
  writeFileSync(join(dir, 'feature_store/healing_escalation_state.json'), '{"soft_kill');
  const config = join(freshFolder(), 'bot.json');
  writeFileSync(config, JSON.stringify({ alerts, sim: { intervalMs: 100 } }));
  return { dir, config };
}

const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const linesOf = (dir: string): Notice[] =>
  readFileSync(join(dir, 'logs/operator_alerts.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('kintsugi run with alerts', () => {
  it('tells every sink, whatever the others do, and writes no secret anywhere', async () => {
    const manager = await loopback();
    // What refuses repeats what it was asked, as services do.
    const slack = await loopback(({ path }, n) => ({ status: n === 0 ? 500 : 404, body: `no such hook: ${path}` }));
    const telegram = await loopback(({ path }) => ({
      status: 401,
      body: JSON.stringify({ ok: false, description: `Unauthorized: ${path}` }),
    }));
    const { dir, config } = trippingBot({
      webhooks: [
        { url: 'env:OPS_ALERTMANAGER', shape: 'alertmanager' },
        { url: 'env:OPS_SLACK', shape: 'slack' },
      ],
      telegram: { chatId: -1001, apiUrl: telegram.url },
    });
    const bot = start(['run', '--dir', dir, '--config', config], {
      OPS_ALERTMANAGER: `${manager.url}/?key=${QUERY}`,
      OPS_SLACK: `${slack.url}${SLACK_PATH}`,
      KINTSUGI_TELEGRAM_TOKEN: TOKEN,
      KINTSUGI_DEBUG: '1',
    });
    onTestFinished(() => bot.kill('SIGKILL'));
    await bot.said('slack OPS_SLACK refuses alerts for good');
    await until('Alertmanager has it', () => manager.requests.length > 0);
    await until('Telegram has it', () => telegram.requests.length > 0);
    bot.kill('SIGTERM');
    const { code, out, err } = await bot.outcome;
    expect(code).toBe(0);

    expect(manager.requests[0]?.path).toBe(`/api/v2/alerts?key=${QUERY}`);
    expect(manager.requests[0]?.body).toMatchObject([{ labels: { subject: 'kill_switch', severity: 'critical' } }]);
    expect(linesOf(dir)).toMatchObject([{ category: 'HEALING_ESCALATION', state: 'firing', count: 1 }]);
    const { undelivered } = JSON.parse(readFileSync(join(dir, 'state/alerts.json'), 'utf8'));
    expect(undelivered.map(({ why }: { why: string }) => why).sort()).toEqual([
      'HTTP 401: Unauthorized: /bot[redacted]/sendMessage',
      'HTTP 404: no such hook: [redacted]',
    ]);

    const files = filesBelow(dir);
    expect(files.length).toBeGreaterThan(10);
    const places = [...files.map((file) => [file, readFileSync(file, 'latin1')]), ['stdout', out], ['stderr', err]];
    for (const canary of CANARIES) {
      for (const spelled of [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')]) {
        expect(places.filter(([, text]) => text?.includes(spelled)).map(([place]) => place)).toEqual([]);
      }
    }
  });

  it('stops in a few seconds though nobody answers, and tells it at the next start', async () => {
    const manager = await loopback(() => 'silence');
    const { dir, config } = trippingBot({ webhooks: [{ url: manager.url, shape: 'alertmanager' }] });
    const bot = start(['run', '--dir', dir, '--config', config]);
    onTestFinished(() => bot.kill('SIGKILL'));
    await until('it was asked', () => manager.requests.length > 0);
    const began = performance.now();
    bot.kill('SIGTERM');
    const { code, err } = await bot.outcome;
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(err).toContain('1 deliveries of alerts wait in state/alerts.json for the next start');
    const asked = manager.requests.length;
    manager.says(() => ({ status: 200 }));
    await kintsugi(['run', '--dir', dir, '--config', config, '--for', '2s']);
    expect(manager.requests.slice(asked)).toHaveLength(1);
    expect(linesOf(dir)).toHaveLength(1);
  });

  it('sends nothing at --speed max, unless it is asked to', async () => {
    const manager = await loopback();
    const webhooks = [{ url: manager.url, shape: 'alertmanager' }];
    const args = ['--speed', 'max', '--for', '2m'];
    const silent = trippingBot({ webhooks });
    await kintsugi(['run', '--dir', silent.dir, '--config', silent.config, ...args]);
    expect(linesOf(silent.dir)).toHaveLength(1);
    expect(manager.requests).toEqual([]);
    const asked = trippingBot({ webhooks, sendAtMaxSpeed: true });
    await kintsugi(['run', '--dir', asked.dir, '--config', asked.config, ...args]);
    expect(manager.requests).toHaveLength(1);
  });

  it.each([
    [{ webhooks: [{ url: 'env:OPS_MISSING', shape: 'slack' }] }, '"alerts.webhooks.0.url": there is no OPS_MISSING'],
    [{ webhooks: [{ url: 'env:OPS_WRONG', shape: 'slack' }] }, 'what OPS_WRONG holds is no address'],
    [{ telegram: { chatId: 5 } }, '"alerts.telegram": there is no KINTSUGI_TELEGRAM_TOKEN in the environment'],
  ])('refuses %j, naming what is missing and not what is secret', async (alerts, what) => {
    const { dir, config } = trippingBot(alerts);
    const before = filesBelow(dir);
    const { code, err } = await kintsugi(['run', '--dir', dir, '--config', config], { OPS_WRONG: 'CANARY-no-address' });
    expect(code).toBe(78);
    expect(err).toContain(what);
    expect(err).not.toContain('CANARY');
    expect(filesBelow(dir)).toEqual(before);
  });
});
