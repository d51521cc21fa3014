import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/machines/messages.ts';
import { watched } from './watched.ts';

const ORDER = { clientOrderId: 'k-1-X1', purpose: 'exit', symbol: 'BTCUSDT' } as Intent;

describe('an-order-is-sent-once', () => {
  it('finds an order that reaches the exchange a second time', () => {
    const law = watched('an-order-is-sent-once');
    law.told.sent({ intent: ORDER, arrives: true });
    law.told.sent({ intent: ORDER, arrives: true });
    expect(law.found).toEqual(['order k-1-X1 reached the exchange 2 times']);
  });

  it('finds nothing where the first was lost on the way, or was refused', () => {
    const law = watched('an-order-is-sent-once');
    law.told.sent({ intent: ORDER, arrives: false });
    law.told.sent({ intent: ORDER, arrives: true });
    law.told.refused(ORDER);
    law.told.sent({ intent: ORDER, arrives: true });
    expect(law.found).toEqual([]);
    law.told.sent({ intent: ORDER, arrives: true });
    expect(law.found).toHaveLength(1);
  });
});
