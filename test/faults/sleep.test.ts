/** A machine that sleeps, as far as processes can be made to: all of a bot is stopped and goes on, guardian and all. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { IncidentRecord } from '../../src/healing/ledger.ts';
import type { StatusReport } from '../../src/healing/status.ts';
import { freshFolder, kintsugi, startForTest } from '../cli/cli.ts';

/** Longer than a guardian bears silence. */
const ASLEEP_MS = 11_000;

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('a bot that was stopped for longer than its guardian waits wakes as the same process, looks anew, and says so', async () => {
  const dir = freshFolder();
  const guardian = startForTest(['run', '--dir', dir, '--no-http', '--symbols', 'BTCUSDT']);
  const status = async (): Promise<StatusReport> =>
    JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out) as StatusReport;
  const awake = async () => (await status()).invariants?.find(({ id }) => id === 'safety_layer/awake');
  await expect.poll(async () => (await awake())?.holds, { timeout: 30_000, interval: 500 }).toBe(true);
  const { pid } = await status();
  expect(pid).toBeGreaterThan(0);

  process.kill(pid ?? 0, 'SIGSTOP');
  guardian.kill('SIGSTOP');
  const asleepFrom = Date.now();
  await later(ASLEEP_MS);
  // The guardian wakes first, and finds a bot that has said nothing for eleven seconds.
  guardian.kill('SIGCONT');
  process.kill(pid ?? 0, 'SIGCONT');
  const asleepMs = Date.now() - asleepFrom;

  const records = (): readonly IncidentRecord[] =>
    readFileSync(join(dir, 'logs/healing.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"safety_layer/awake"'))
      .map((line) => JSON.parse(line) as IncidentRecord);
  await expect.poll(() => records().at(-1)?.status, { timeout: 30_000, interval: 200 }).toBe('healed');
  const healed = records().at(-1);
  expect(healed?.evidence_before.says).toMatch(/the process stood still for \d+\.\d s/);
  const [, seconds] = /stood still for ([\d.]+) s/.exec(healed?.evidence_before.says ?? '') ?? [];
  // A machine that has much else to do lets a process stand still a while longer, and not less long.
  expect(Number(seconds) * 1_000).toBeGreaterThan(asleepMs - 3_000);
  expect(Number(seconds) * 1_000).toBeLessThan(asleepMs + 10_000);
  expect(healed?.evidence_after?.says).toBe('books and prices are of after the last lapse');
  expect((await status()).pid).toBe(pid);
  const said = readFileSync(join(dir, 'logs/bot_out.log'), 'utf8');
  expect(said).toContain('entries wait until books and prices are of after it');

  guardian.kill('SIGINT');
  expect((await guardian.outcome).code).toBe(0);
  expect((await kintsugi(['verify', '--dir', dir])).code).toBe(0);
});
