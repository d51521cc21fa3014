/** What happens in the bot when it wakes: on virtual time, whichever way a clock went. */
import { afterEach, describe, expect, it } from 'vitest';
import { heartbeatActor } from '../../src/actors/heartbeat.ts';
import { marketFeedActor } from '../../src/actors/market-feed.ts';
import type { Lapse } from '../../src/machines/vitals.ts';
import type { FeedListener } from '../../src/ports/market-feed.ts';
import { repairing } from './laboratory.ts';
import { tradingBot } from './trading.ts';

let open: { end: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open) await one.end();
  open = [];
});

const VITALS = { loopP99Ms: 1, loopMaxMs: 2, rssBytes: 3, heapUsedBytes: 4, heapLimitBytes: 5_000, clockJumpMs: 0 };

/** A bot that has traded for a while, with its heart and its feed; `lapse` is found at its next look. */
async function awake() {
  const t = await tradingBot();
  open.push(t);
  const found: Lapse[] = [];
  let opened = 0;
  Object.assign(t.world, {
    vitals: {
      process: () => ({ ...VITALS, openFiles: null, openFilesLimit: null, lapse: found.shift() ?? null }),
      disk: async () => ({ freeBytes: 1, totalBytes: 2 }),
      close: () => undefined,
    },
    feed: {
      ...t.world.feed,
      start: (_: FeedListener) => {
        opened++;
        return () => undefined;
      },
    },
  });
  await t.start('heartbeat', heartbeatActor);
  await t.start('marketFeed', marketFeedActor);
  await t.advance(1_000);
  return {
    ...t,
    lapse: async (lapse: Lapse) => {
      found.push(lapse);
      await t.advance(1_000);
    },
    /** A bar went through features and strategies; it closed so long ago. */
    progress: (ago: number) =>
      t.post('heartbeat', { type: 'PROGRESS', at: t.clock.now(), tick: t.clock.now() - ago, what: '1 symbols' }),
    entries: () => t.snapshot('safetyLayer').context.entries as { open: boolean; why: string },
    exchange: () => t.snapshot('safetyLayer').value.running.work.exchange as string,
    opened: () => opened,
  };
}

describe('a bot that wakes', () => {
  for (const lapse of [
    { kind: 'slept', ms: 7_200_000 },
    { kind: 'stood-still', ms: 9_000 },
    { kind: 'clock-set-forward', ms: 3_600_000 },
    { kind: 'clock-set-back', ms: 3_600_000 },
  ] as const satisfies readonly Lapse[]) {
    it(`closes entries, opens its feed anew and compares its books when its lapse was: ${lapse.kind}`, async () => {
      const t = await awake();
      expect(t.entries()).toEqual({ open: true, why: '' });
      const asked = t.broker.positions.bind(t.broker);
      let comparisons = 0;
      t.broker.positions = () => {
        comparisons++;
        return asked();
      };
      await t.lapse(lapse);
      expect(t.entries()).toMatchObject({
        open: false,
        why: expect.stringContaining('books and prices are of before'),
      });
      expect(t.opened()).toBe(2);
      expect(comparisons).toBe(1);
      // The books agree, and that is not enough: no price of after the waking has been seen.
      expect(t.sent('safetyLayer', 'RECONCILED').at(-1)).toMatchObject({ ok: true });
      expect(t.exchange()).toBe('outOfDate');

      await t.progress(120_000);
      expect(t.entries().open).toBe(false);
      await t.progress(1_000);
      expect(t.entries()).toEqual({ open: true, why: '' });
      expect(comparisons).toBe(2);
      const [woke] = t.sent('tradeExecution', 'WOKE');
      const slept = lapse.kind === 'slept' || lapse.kind === 'stood-still';
      const stepped = lapse.kind === 'clock-set-back' ? -lapse.ms : slept ? 0 : lapse.ms;
      expect(woke).toMatchObject({ sleptMs: slept ? lapse.ms : 0, steppedMs: stepped });
    });
  }

  it('believes no answer that was asked for before it slept', async () => {
    const t = await awake();
    const answers: ((held: readonly []) => void)[] = [];
    t.broker.positions = () => new Promise((resolve) => answers.push(resolve));
    const told = () => t.sent('safetyLayer', 'RECONCILED').length;
    const before = told();
    void t.post('tradeExecution', { type: 'RECONCILE' });
    await expect.poll(() => answers.length).toBe(1);
    void t.post('tradeExecution', { type: 'WOKE', at: t.clock.now(), sleptMs: 9_000, steppedMs: 0, says: 'it slept' });
    answers[0]?.([]);
    await expect.poll(() => answers.length).toBe(2);
    expect(told()).toBe(before);
    answers[1]?.([]);
    await expect.poll(told).toBe(before + 1);
    expect(t.sent('safetyLayer', 'RECONCILED').at(-1)).toMatchObject({ ok: true });
  });

  it('lets entries be again although whoever told of the lapse was restarted before prices had gone through', async () => {
    const t = await awake();
    await t.lapse({ kind: 'slept', ms: 60_000 });
    await t.stop('heartbeat');
    await t.start('heartbeat', heartbeatActor);
    await t.progress(1_000);
    expect(t.exchange()).toBe('outOfDate');
    await t.post('heartbeat', repairing('resync'));
    await t.progress(120_000);
    expect(t.exchange()).toBe('outOfDate');
    await t.progress(1_000);
    expect(t.entries()).toEqual({ open: true, why: '' });
  });

  it('tells all once more to look anew when the healer asks, and not while they are at it', async () => {
    const t = await awake();
    await t.lapse({ kind: 'slept', ms: 60_000 });
    await t.post('heartbeat', repairing('resync'));
    expect(t.opened()).toBe(2);
    await t.advance(6_000);
    await t.post('heartbeat', repairing('resync'));
    expect(t.opened()).toBe(3);
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toHaveLength(2);
  });
});
