import { expect, it } from 'vitest';
import { livingBot } from './living-bot.ts';

it('a bot that is told to be flat leaves all it holds, through its own books, and holds nothing again', async () => {
  const t = await livingBot();
  const held = async () => (await t.broker.positions()).length;
  await expect.poll(held, { timeout: 30_000 }).toBeGreaterThan(0);
  const answer = await t.bot.flatten({ reason: 'a test', by: 'somebody' });
  expect(answer).toMatchObject({ flat: true, says: expect.stringContaining('nothing is held any more') });
  expect(await held()).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(await held()).toBe(0);
  expect(t.status().kill_switch).toMatchObject({ active: true, reason: expect.stringContaining('a test') });
  expect(t.bot.mailboxes.ref('tradeExecution')?.getSnapshot().context).toMatchObject({ differences: [] });
  await t.stop();
});
