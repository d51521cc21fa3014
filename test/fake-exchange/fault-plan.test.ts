import { describe, expect, it } from 'vitest';
import { steppedClock } from './engine/exchange-clock.ts';
import { FakeExchange } from './fake-exchange.ts';
import { FAULT_KINDS, faultPlan } from './faults/fault-plan.ts';

const DAY = 86_400_000;
const START = Date.UTC(2025, 4, 5);
const SCOPE = { from: START, to: START + DAY, symbols: { BTCUSDT: '0.002', ETHUSDT: '0.01' } };

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(faultPlan(7, 200, SCOPE)).toEqual(faultPlan(7, 200, SCOPE));
    expect(faultPlan(8, 200, SCOPE)).not.toEqual(faultPlan(7, 200, SCOPE));
  });

  it('has every kind as often as any other, in the order of time, within its scope', () => {
    const plan = faultPlan(7, 2 * FAULT_KINDS.length, SCOPE);
    const kinds = Map.groupBy(plan, ({ fault }) => fault.kind);
    expect([...kinds.values()].map((all) => all.length)).toEqual(FAULT_KINDS.map(() => 2));
    const times = plan.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(START);
    expect(Math.max(...times)).toBeLessThan(START + DAY);
  });

  it('is carried out on the exchange’s clock; what waits is armed, what can happen happens', async () => {
    const clock = steppedClock(START);
    const exchange = await FakeExchange.start({ clock });
    try {
      exchange.price('BTCUSDT', '60000');
      exchange.plan([
        { at: START + 1_000, fault: { kind: 'drop-after' } },
        { at: START + 2_000, fault: { kind: 'traded-by-hand', symbol: 'BTCUSDT', qty: '0.01' } },
        { at: START + 3_000, fault: { kind: 'liquidation', symbol: 'ETHUSDT' } },
      ]);
      clock.moveTo(START + 1_999);
      exchange.engine.tick();
      expect(exchange.audit.faultsWaiting).toEqual([{ kind: 'drop-after' }]);
      expect(exchange.audit.positions).toEqual({});
      clock.moveTo(START + 3_000);
      exchange.engine.tick();
      expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
      // There was nothing to liquidate: what has no effect does not count.
      expect(exchange.audit.faultsFired.map(({ fault }) => fault.kind)).toEqual(['traded-by-hand']);
    } finally {
      await exchange.close();
    }
  });
});
