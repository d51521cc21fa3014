import { expect, test } from 'vitest';
import { FeedRig, MINUTE, START } from './feed-rig.ts';

const BTC = 'BTCUSDT';
const ETH = 'ETHUSDT';

test('the past is read, and each minute is told as the exchange has it', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  expect(rig.feed.symbols).toEqual([BTC, ETH]);
  expect(rig.feed.recent(BTC, 1_000)).toHaveLength(30);
  expect(rig.feed.recent(BTC, 1)[0]).toMatchObject({ ts: START - MINUTE, close: 1_029 });

  await rig.trade(BTC, 2_000, 3);
  await rig.trade(ETH, 3_000, 4);
  await rig.advance(30_000);
  await rig.trade(BTC, 2_010, 1);
  expect(rig.heard.ticks).toEqual([]);
  await rig.advanceTo(START + MINUTE + 2_000);
  expect(rig.heard.ticks).toHaveLength(1);
  expect(rig.heard.ticks[0]).toMatchObject({
    at: START + MINUTE,
    candles: [
      { symbol: BTC, close: 2_010, high: 2_010 },
      { symbol: ETH, close: 3_000 },
    ],
  });
  expect(rig.feed.recent(BTC, 1)[0]?.close).toBe(2_010);
  await expect(rig.feed.newest(BTC)).resolves.toBe(START + MINUTE);
  expect(rig.heard.failures).toEqual([]);
});
