import { asyncScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { asking, ExchangeFault } from '../../../src/adapters/ccxt/ask.ts';
import type { CcxtClient } from '../../../src/adapters/ccxt/client.ts';
import { ExchangeTime } from '../../../src/adapters/ccxt/exchange-time.ts';
import { PendingWork } from '../../../src/adapters/pending-work.ts';

test('a request that was turned away for its time ends, though the time cannot be had and that answer does not end', async () => {
  const timers: (() => void)[] = [];
  const clock = {
    now: () => 0,
    setTimeout: (work: () => void) => timers.push(work),
    clearTimeout: () => undefined,
    scheduler: asyncScheduler,
  };
  const ask = asking({
    clock,
    network: clock,
    time: new ExchangeTime(clock, () => undefined),
    pending: new PendingWork(),
    resync: () => new Promise(() => undefined),
    tell: () => undefined,
  });
  const client = { id: 'binanceusdm' } as CcxtClient;
  const asked = ask('an order', client, () =>
    Promise.reject(
      new Error('binanceusdm {"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}'),
    ),
  );
  const outcome = asked.catch((error: unknown) => error);
  // The order's limit, and then that of the question for the time.
  for (const limit of [1, 2]) {
    await expect.poll(() => timers.length).toBe(limit);
    timers.at(-1)?.();
  }
  expect(await outcome).toBeInstanceOf(ExchangeFault);
  expect(await outcome).toMatchObject({ outcome: 'clock' });
});
