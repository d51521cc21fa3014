import { describe, expect, it } from 'vitest';
import { SimDisk } from '../../src/sim/sim-disk.ts';

const PATH = 'logs/a.jsonl';

/** A disk on which a call ends when it is told to. */
function slowDisk() {
  const waiting: (() => void)[] = [];
  const disk = new SimDisk({
    chance: () => 0.5,
    sleep: () => new Promise<void>((resolve) => void waiting.push(resolve)),
  });
  disk.dieAt(Number.POSITIVE_INFINITY);
  return { disk, tick: () => waiting.splice(0).map((wake) => wake()) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the simulated disk', () => {
  it('does nothing any more of what a process began that is dead, though another one lives on it by then', async () => {
    const { disk, tick } = slowDisk();
    const handle = await disk.files().openAppend(PATH, { create: true });
    const spared = disk.suffer({ slowMs: 300 });
    let isTold = false;
    void handle.append(Buffer.from('dead\n')).then(() => {
      isTold = true;
    });
    await turn();
    disk.die();
    disk.revive();
    const next = await disk.files().openAppend(PATH, { create: false });
    tick();
    await turn();
    expect(disk.bytes(PATH).toString()).toBe('');
    spared();
    void handle.append(Buffer.from('dead\n'));
    await next.append(Buffer.from('alive\n'));
    await turn();
    expect(disk.bytes(PATH).toString()).toBe('alive\n');
    expect(isTold).toBe(false);
  });

  it('has every name of a folder that was synced, also one that a dead process had given', async () => {
    const disk = new SimDisk({ chance: () => 0.9 });
    const file = await disk.files().openAppend(PATH, { create: true });
    await file.append(Buffer.from('a record\n'));
    await file.sync();
    // It dies between the second name and the sync of the folder.
    disk.dieAt(2);
    void disk.files().link(PATH, 'logs/a-000001.jsonl');
    await turn();
    disk.revive();
    await disk.files().writeWhole(PATH, Buffer.from(''));
    await disk.files().writeWhole('elsewhere/b.json', Buffer.from('{}'));
    disk.recover();
    expect(disk.bytes('logs/a-000001.jsonl').toString()).toBe('a record\n');
    expect(disk.bytes(PATH).toString()).toBe('');
  });

  it('lets a dead process write nothing by being refused, either', async () => {
    const { disk } = slowDisk();
    const handle = await disk.files().openAppend(PATH, { create: true });
    disk.die();
    disk.revive();
    disk.suffer({ refusing: 'ENOSPC', inPart: true });
    void handle.append(Buffer.from('a record\n')).catch(() => undefined);
    await turn();
    expect(disk.bytes(PATH).toString()).toBe('');
  });
});
