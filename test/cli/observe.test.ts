import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder, holdsIn, kintsugi, PATIENT, startForTest } from './cli.ts';

it('"healing": "observe" in the configuration: it is recorded what would be done, and nothing is', async () => {
  const dir = freshFolder();
  const config = join(dir, 'config.json');
  writeFileSync(config, '{"healing": "observe"}');
  const lost = join(dir, 'logs/signal_decisions.jsonl');
  const bot = startForTest(['run', '--dir', dir, '--config', config]);
  // What nobody has seen yet is made at the start, and no incident.
  await expect.poll(() => holdsIn(dir, 'decision_tracker/signal_decisions.jsonl-is-sound'), PATIENT).toBe(true);
  rmSync(lost);
  const incidents = async () => JSON.parse((await kintsugi(['incidents', '--dir', dir, '--json'])).out).incidents;
  await expect
    .poll(incidents, PATIENT)
    .toMatchObject([{ status: 'open', remedies: [{ type: 'REPAIR', to: 'decisionTracker', outcome: 'observed' }] }]);
  const status = await kintsugi(['status', '--dir', dir]);
  expect(status.out).toContain('The healer only observes');
  expect((await kintsugi(['explain', 'decision_tracker', '--dir', dir])).out).toContain('is missing');
  bot.kill('SIGTERM');
  await bot.outcome;
  expect(existsSync(lost)).toBe(false);
  expect(await kintsugi(['verify', '--dir', dir])).toMatchObject({ code: 0 });
});
