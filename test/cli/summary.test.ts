import { expect, it } from 'vitest';
import { summarise } from '../../src/cli/summary.ts';
import { HealingBoard } from '../../src/healing/board.ts';
import { testHabitat } from '../actors/habitat.ts';

it('a run that ended while its exchange could not be asked is told, with an equity that nobody knows', async () => {
  const h = await testHabitat();
  const broker = Object.assign(Object.create(h.world.broker), {
    equityUsd: () => Promise.reject(new Error('the balance: no answer')),
  });
  const summary = await summarise({ ...h.world, broker }, new HealingBoard([]), { ticks: 3, from: 0, to: null });
  expect(summary).toMatchObject({ ticks: 3, trades: { closed: 0 }, pnl_usd: { realised: 0, equity: null } });
  await h.end();
});
