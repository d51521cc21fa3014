import { expect, it } from 'vitest';
import { ownedLog } from '../../src/actors/owned-log.ts';
import { laboratories } from './laboratory.ts';

const laboratory = laboratories();

it('is closed by who opened it last: who ends late closes nothing under its successor', async () => {
  const { world, records } = await laboratory();
  const log = world.logs.log('logs/outlives.jsonl', { sequenced: false });
  const [first, second] = [ownedLog(world, log.path, log), ownedLog(world, log.path, log)];
  await first.open();
  await first.append({ n: 1 });
  await second.open();
  await first.close();
  await second.append({ n: 2 });
  expect((await records(log.path)).map(({ n }) => n)).toEqual([1, 2]);
  await second.close();
  await expect(second.append({ n: 3 })).rejects.toThrow();
});
