/** A lease is counted by whichever clock went further: one stands still while the machine sleeps, and the other may be set back. */
import { expect, it } from 'vitest';
import type { Connection } from '../../src/adapters/postgres/connection.ts';
import { PgOwnership } from '../../src/adapters/postgres/pg-ownership.ts';
import { processTime, stopwatchOf } from '../../src/adapters/process-time.ts';

function clocks() {
  const at = { monotonic: 5_000, present: 1_760_000_000_000 };
  const stopwatch = stopwatchOf({ monotonic: () => at.monotonic, present: () => at.present });
  const pass = (monotonic: number, present = monotonic): void => {
    at.monotonic += monotonic;
    at.present += present;
  };
  return { stopwatch, pass };
}

it('counts the time in which the machine slept, and is not fooled by a clock that is set back', () => {
  const { stopwatch, pass } = clocks();
  const age = stopwatch();
  pass(100);
  expect(age()).toBe(100);
  pass(1, 3_600_000);
  expect(age()).toBe(3_600_100);
  pass(0, -7_200_000);
  expect(age()).toBe(101);
  expect(processTime().stopwatch()()).toBeLessThan(1_000);
});

it('a lease is over when the machine wakes up', async () => {
  const { stopwatch, pass } = clocks();
  const row = { epoch: '1', rev: '0', token: 'one', owner_before: null, out_since: null };
  const connection: Connection = { store: 'sim', ask: async () => [row], close: async () => undefined };
  const ownership = new PgOwnership({ connection, worker: 'w', leaseMs: 10_000, stopwatch });
  const lease = await ownership.acquire('p');
  pass(1_000);
  expect(lease.remainingMs()).toBe(7_000);
  pass(0, 60_000);
  expect(lease.remainingMs()).toBe(0);
  ownership.expire();
  expect(await lease.lost).toContain('could not be renewed in time');
});
