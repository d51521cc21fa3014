import { afterEach, describe, expect, it, vi } from 'vitest';
import { refuseHeldElsewhere } from '../../src/cli/held-elsewhere.ts';
import { FileFault } from '../../src/ports/files.ts';
import { type TestHabitat, testHabitat } from '../actors/habitat.ts';

const open: TestHabitat[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
});

describe('what a log holds beside the symbols of a run', () => {
  it('keeps nobody from starting where it cannot be read: the bot mends the log, and it is said', async () => {
    const habitat = await testHabitat();
    open.push(habitat);
    const { world } = habitat;
    await world.bus.open({ create: 'always' });
    const entries = () => {
      throw new FileFault('read', world.bus.path, 'EIO', 'a test refuses it');
    };
    const warn = vi.fn();
    const bus = Object.assign(Object.create(world.bus), { entries, replay: entries });
    await refuseHeldElsewhere({ ...world, bus, log: { ...world.log, warn } }, ['BTCUSDT'], null);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('a test refuses it'));
  });
});
