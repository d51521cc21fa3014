import { describe, expect, it } from 'vitest';
import { DECISIONS_FILE, decisionTrackerActor } from '../../src/actors/decision-tracker.ts';
import { type Laboratory, laboratories, repairing } from './laboratory.ts';

const laboratory = laboratories();
const begin = async (): Promise<Laboratory> => {
  const t = await laboratory();
  await t.start('decisionTracker', decisionTrackerActor);
  return t;
};
const decision = (n: number) => ({ event_type: 'signal_decision', signal_id: `s-${n}`, decision: 'BLOCKED', ts: n });
const track = (t: Laboratory, n: number) => t.post('decisionTracker', { type: 'TRACK', record: decision(n) });
const ids = async (t: Laboratory) => (await t.records(DECISIONS_FILE)).map(({ signal_id }) => signal_id);
const work = ({ snapshot }: Laboratory) => snapshot('decisionTracker').value.running.work;
const recorder = ({ snapshot }: Laboratory) => snapshot('decisionTracker').context.recorder;

describe('the decision tracker', () => {
  it('writes each decision as it was told, a line each', async () => {
    const t = await begin();
    await track(t, 1);
    await track(t, 2);
    expect(await t.records(DECISIONS_FILE)).toEqual([decision(1), decision(2)]);
    expect((await t.text(DECISIONS_FILE)).endsWith('\n')).toBe(true);
    expect(recorder(t)).toMatchObject({ recorded: 2, waiting: 0 });
    expect(work(t)).toBe('idle');
  });

  it('goes on below what an earlier incarnation wrote, with the mail that came between them', async () => {
    const t = await begin();
    await track(t, 1);
    await t.stop('decisionTracker');
    await track(t, 2);
    await t.start('decisionTracker', decisionTrackerActor);
    await track(t, 3);
    await t.settle();
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
  });

  it('gives up a record of which no line can be made, says so, and goes on with those behind it', async () => {
    const t = await begin();
    for (const record of [undefined, { amount: 1n }]) t.post('decisionTracker', { type: 'TRACK', record });
    await t.settle();
    expect(work(t)).toBe('idle');
    await track(t, 1);
    expect(await ids(t)).toEqual(['s-1']);
    expect(recorder(t)).toMatchObject({ recorded: 1, waiting: 0, refusal: null });
    expect(t.lines.filter(({ message }) => message.startsWith('a record was given up'))).toHaveLength(2);
  });

  it.each(['append', 'sync'] as const)(
    'keeps what the disk refuses (%s), in order and once, also what came while it refused',
    async (operation) => {
      const t = await begin();
      await track(t, 1);
      t.refuse(DECISIONS_FILE, operation);
      await track(t, 2);
      await track(t, 3);
      expect(work(t)).toBe('blocked');
      expect(recorder(t)).toMatchObject({ recorded: 1, waiting: 2, refusal: expect.stringContaining('ENOSPC') });
      const since = recorder(t).refusingSince;
      await t.advance(5_000);
      expect(recorder(t).refusingSince).toBe(since);
      expect(await ids(t)).toEqual(['s-1']);
      t.accept();
      await t.advance(1_000);
      expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
      expect(work(t)).toBe('idle');
      expect(recorder(t)).toMatchObject({ recorded: 3, waiting: 0, refusal: null, refusingSince: null });
    },
  );

  it('leaves no half line behind when the disk takes only a part', async () => {
    const t = await begin();
    t.refuse(DECISIONS_FILE, 'append', 20);
    await track(t, 1);
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(['s-1']);
    const lines = (await t.text(DECISIONS_FILE)).split('\n').filter((line) => line.trim() !== '');
    expect(lines.map((line) => JSON.parse(line).signal_id)).toEqual(['s-1']);
  });

  it('keeps decisions that come while others are being written', async () => {
    const t = await begin();
    t.whileWriting(DECISIONS_FILE, () => {
      t.habitat.mail.post('decisionTracker', { type: 'TRACK', record: decision(2) });
      t.habitat.mail.post('decisionTracker', { type: 'TRACK', record: decision(3) });
    });
    await track(t, 1);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3']);
    expect(recorder(t)).toMatchObject({ recorded: 3, waiting: 0 });
    expect(work(t)).toBe('idle');
  });

  it('keeps decisions that come while others are being refused', async () => {
    const t = await begin();
    t.refuse(DECISIONS_FILE);
    t.whileWriting(DECISIONS_FILE, () =>
      t.habitat.mail.post('decisionTracker', { type: 'TRACK', record: decision(2) }),
    );
    await track(t, 1);
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(['s-1', 's-2']);
  });

  it('writes nothing twice of a backlog that is too big for one write, where only a part of it was taken', async () => {
    const t = await begin();
    t.refuse(DECISIONS_FILE);
    const big = (n: number) => ({ ...decision(n), note: 'x'.repeat(400_000) });
    for (let n = 1; n <= 6; n++) t.habitat.mail.post('decisionTracker', { type: 'TRACK', record: big(n) });
    await t.settle();
    t.accept();
    // The first piece is taken, and then the disk is full again for a while.
    t.whileWriting(DECISIONS_FILE, () => t.whileWriting(DECISIONS_FILE, () => t.refuse(DECISIONS_FILE)));
    await t.advance(1_000);
    expect(work(t)).toBe('blocked');
    const first = (await ids(t)).length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(6);
    t.accept();
    await t.advance(1_000);
    expect(await ids(t)).toEqual(['s-1', 's-2', 's-3', 's-4', 's-5', 's-6']);
    expect(recorder(t)).toMatchObject({ recorded: 6, waiting: 0 });
  });

  it('writes what waits before it stops', async () => {
    const t = await begin();
    t.refuse(DECISIONS_FILE);
    await track(t, 1);
    t.accept();
    await t.stop('decisionTracker');
    expect(t.snapshot('decisionTracker').status).toBe('done');
    expect(await ids(t)).toEqual(['s-1']);
  });

  it('sees a deleted log, and puts it back whole', async () => {
    const t = await begin();
    await track(t, 1);
    await t.world.files.move(DECISIONS_FILE, 'logs/away.jsonl');
    await t.changed(DECISIONS_FILE);
    expect(t.snapshot('decisionTracker').value.running.ground).toBe('damaged');
    await t.post('decisionTracker', repairing(DECISIONS_FILE));
    await track(t, 2);
    expect(await ids(t)).toEqual(['s-1', 's-2']);
    expect(t.snapshot('decisionTracker').value.running.ground).toBe('sound');
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toMatchObject([{ incident: 'i-1' }]);
  });
});
