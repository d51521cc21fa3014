import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import type { Intent } from '../../../src/machines/messages.ts';
import { watched } from './watched.ts';

const stop = (over: Partial<Intent> = {}): Intent => ({
  ...{
    clientOrderId: 'k-1-S1',
    signalId: 'BTCUSDT_1_00000001',
    symbol: 'BTCUSDT',
    side: 'SELL',
    purpose: 'stop',
    qty: 1,
  },
  ...{ leverage: 3, reduceOnly: true, gate: 'stop', stopPrice: 99_000, at: 0 },
  ...over,
});
const written = (...intents: readonly Intent[]) => ({
  bus: intents.map((intent, index) => ({
    ...{ event_type: 'order_intent', event_id: `e${index}`, signal_id: intent.signalId, ts: 0, timestamp: '' },
    ...{ reason: 'a test', intent, beside: [] },
  })),
  ...{ verdict: {} as never, held: [], resting: [], payments: [] },
});

describe('intents-are-written-once', () => {
  it('finds one that is in the log twice, and not two of one signal', () => {
    const law = watched('intents-are-written-once');
    law.told.ended(written(stop(), stop({ clientOrderId: 'k-1-S2' })));
    expect(law.found).toEqual([]);
    law.told.ended(written(stop(), stop({ qty: 2, stopPrice: null })));
    expect(law.found).toEqual(['the intent of k-1-S1 is in the log twice']);
  });

  it('does not judge by a log that others destroyed', () => {
    const law = watched('intents-are-written-once');
    law.damaged.add(SIGNAL_BUS_FILE);
    law.told.ended(written(stop(), stop()));
    expect(law.found).toEqual([]);
  });
});
