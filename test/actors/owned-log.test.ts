import { setTimeout as sleep } from 'node:timers/promises';
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

it('that somebody has replaced is whole also where its next owner opens it while the one before is closing it', async () => {
  const { world, records } = await laboratory();
  const path = 'logs/replaced.jsonl';
  const [first, second] = [ownedLog(world, path), ownedLog(world, path)];
  await first.open();
  for (const n of [1, 2, 3]) await first.append({ n });
  await world.files.move(path, 'logs/away.jsonl');
  await world.files.writeWhole(path, new Uint8Array());
  const { files } = world;
  const writeWhole = files.writeWhole.bind(files);
  files.writeWhole = async (...args) => {
    await sleep(50);
    return writeWhole(...args);
  };
  await Promise.all([first.close(), second.open()]);
  await second.append({ n: 4 });
  await second.repair();
  expect((await records(path)).map(({ n }) => n)).toEqual([1, 2, 3, 4]);
});
