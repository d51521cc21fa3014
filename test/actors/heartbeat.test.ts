import { describe, expect, it } from 'vitest';
import { HEARTBEAT_FILE, heartbeatActor } from '../../src/actors/heartbeat.ts';
import { isoTime } from '../../src/actors/records.ts';
import { lateAfter, stillAfter } from '../../src/machines/heartbeat.ts';
import { type Laboratory, laboratories, ordered, repairing } from './laboratory.ts';

const LATE_AFTER_MS = lateAfter(60_000);
const STILL_AFTER_MS = stillAfter(60_000);
const laboratory = laboratories();
const begin = async (options: Parameters<typeof laboratory>[0] = {}): Promise<Laboratory> => {
  const t = await laboratory(options);
  await t.start('heartbeat', heartbeatActor);
  return t;
};
const progress = (t: Laboratory, change: { at?: number; tick?: number; what?: string } = {}) =>
  t.post('heartbeat', {
    type: 'PROGRESS',
    at: t.clock.now(),
    tick: t.clock.now() - 1_500,
    what: '1 symbols',
    ...change,
  });
const work = ({ snapshot }: Laboratory) => snapshot('heartbeat').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('heartbeat').context;
const ground = ({ snapshot }: Laboratory) => snapshot('heartbeat').value.running.ground;

describe('the heartbeat', () => {
  it('never beats by itself: without progress there is no file, however much time passes', async () => {
    const t = await begin();
    await t.advance(3_600_000);
    expect(await t.world.files.read(HEARTBEAT_FILE)).toBe(null);
    expect(work(t)).toBe('expecting');
    expect(context(t)).toMatchObject({ beats: 0, lastProgressAt: null });
  });

  it('writes when progress was made and which tick went through, and nothing else', async () => {
    const t = await begin();
    await t.advance(90_000);
    const at = t.clock.now();
    await progress(t, { at, tick: at - 2_000, what: '3 symbols, 1 signals' });
    expect(await t.text(HEARTBEAT_FILE)).toBe(
      `${isoTime(at)}\n{"tick":"${isoTime(at - 2_000)}","what":"3 symbols, 1 signals"}\n`,
    );
    expect(context(t)).toMatchObject({ beats: 1, lastProgressAt: at, lastTick: at - 2_000 });
  });

  it('leaves the file as it is while nothing goes through, and becomes late, then still', async () => {
    const t = await begin();
    await progress(t);
    const before = await t.text(HEARTBEAT_FILE);
    await t.advance(LATE_AFTER_MS - 1_000);
    expect(work(t)).toBe('beating');
    await t.advance(1_000);
    expect(work(t)).toBe('late');
    await t.advance(STILL_AFTER_MS - LATE_AFTER_MS);
    expect(work(t)).toBe('still');
    expect(await t.text(HEARTBEAT_FILE)).toBe(before);
    expect(t.tried('writeWhole', HEARTBEAT_FILE)).toBe(1);
    await progress(t);
    expect(work(t)).toBe('beating');
    expect(await t.text(HEARTBEAT_FILE)).not.toBe(before);
  });

  it('counts every progress and writes at most once in the time between two saves', async () => {
    const t = await begin();
    const first = t.clock.now();
    await progress(t);
    await t.advance(400);
    await progress(t);
    expect(context(t).beats).toBe(2);
    expect(await t.text(HEARTBEAT_FILE)).toContain(isoTime(first));
    await t.advance(600);
    await progress(t);
    expect(await t.text(HEARTBEAT_FILE)).toContain(isoTime(first + 1_000));
    expect(t.tried('writeWhole', HEARTBEAT_FILE)).toBe(2);
  });

  it('tells at its end of the last tick of all, unless that is long ago: a replay goes on after it', async () => {
    const t = await begin();
    await progress(t);
    await t.advance(400);
    const last = t.clock.now();
    await progress(t);
    await t.stop('heartbeat');
    expect(await t.text(HEARTBEAT_FILE)).toContain(isoTime(last));
    await t.start('heartbeat', heartbeatActor);
    await progress(t);
    const before = await t.text(HEARTBEAT_FILE);
    await t.advance(400);
    await progress(t);
    await t.advance(STILL_AFTER_MS);
    await t.stop('heartbeat');
    expect(await t.text(HEARTBEAT_FILE)).toBe(before);
  });

  it('does not beat for an earlier incarnation: the file stays old until there is new progress', async () => {
    const t = await begin();
    await progress(t);
    const before = await t.text(HEARTBEAT_FILE);
    await t.stop('heartbeat');
    await t.advance(10_000);
    await t.start('heartbeat', heartbeatActor);
    await t.advance(10_000);
    expect(await t.text(HEARTBEAT_FILE)).toBe(before);
    expect(work(t)).toBe('expecting');
    await progress(t);
    expect(await t.text(HEARTBEAT_FILE)).toContain(isoTime(t.clock.now()));
  });

  it('refuses to be repaired, because that would be a beat without progress', async () => {
    const t = await begin();
    await progress(t);
    await t.world.files.move(HEARTBEAT_FILE, 'logs/away');
    await t.changed(HEARTBEAT_FILE);
    expect(ground(t)).toBe('damaged');
    await t.post('heartbeat', repairing(HEARTBEAT_FILE));
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([
      { error: expect.stringContaining('only progress') },
    ]);
    expect(await t.world.files.read(HEARTBEAT_FILE)).toBe(null);
    await t.advance(1_000);
    await progress(t);
    await t.advance(2_000);
    expect(ground(t)).toBe('sound');
  });

  it('says so when the disk refuses, keeps the old beat whole, and beats again when it takes it', async () => {
    const t = await begin();
    await progress(t);
    const before = await t.text(HEARTBEAT_FILE);
    t.refuse(HEARTBEAT_FILE, 'writeWhole');
    await t.advance(5_000);
    await progress(t);
    expect(await t.text(HEARTBEAT_FILE)).toBe(before);
    expect(t.lines).toContainEqual({ level: 'error', message: expect.stringContaining('ENOSPC') });
    t.accept();
    await t.advance(5_000);
    expect(await t.text(HEARTBEAT_FILE)).toBe(before);
    await progress(t);
    expect(await t.text(HEARTBEAT_FILE)).toContain(isoTime(t.clock.now()));
  });

  it('expires nothing', async () => {
    const t = await begin();
    await t.post('heartbeat', { type: 'EXPIRE', ...ordered });
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([
      { incident: 'i-1', error: 'only the state machine expires signals' },
    ]);
  });
});
