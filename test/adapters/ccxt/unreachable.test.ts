import { expect, test } from 'vitest';
import { CcxtError, Unreachable } from '../../../src/adapters/ccxt/load.ts';
import { openCcxtFeed } from '../../../src/adapters/ccxt/open-ccxt-feed.ts';
import { PendingWork } from '../../../src/adapters/pending-work.ts';
import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import { wallClock } from '../../../src/adapters/wall-clock.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const open = (symbols: readonly string[], at: URL | null, exchange = 'binanceusdm') =>
  openCcxtFeed({
    ...{ exchange, symbols, at, log },
    clock: wallClock({ speed: 500 }),
    chance: seededChance(1),
    pending: new PendingWork(),
  });

test('an exchange that does not answer may answer another start', async () => {
  // Nobody listens on port 1.
  await expect(open(['BTCUSDT'], new URL('http://127.0.0.1:1'))).rejects.toThrow(Unreachable);
});

test('one that nobody knows will not be known to another start either', async () => {
  const failure: unknown = await open(['BTCUSDT'], null, 'nobody').catch((error: unknown) => error);
  expect([failure instanceof CcxtError, failure instanceof Unreachable]).toEqual([true, false]);
});
