import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A process that opens a broker and a feed, uses them, closes them, and has nothing more to do. */
const program = (url: string): string => `
  const { openCcxtBroker } = await import('${ROOT}/src/adapters/ccxt/open-ccxt-broker.ts');
  const { openCcxtFeed } = await import('${ROOT}/src/adapters/ccxt/open-ccxt-feed.ts');
  const { wallClock } = await import('${ROOT}/src/adapters/wall-clock.ts');
  const { seededChance } = await import('${ROOT}/src/adapters/seeded-chance.ts');
  const { PendingWork } = await import('${ROOT}/src/adapters/pending-work.ts');
  const log = { info: console.error, warn: console.error, error: console.error };
  const parts = { exchange: 'binanceusdm', clock: wallClock(), chance: seededChance(1), log, pending: new PendingWork() };
  const at = new URL('${url}');
  const market = await openCcxtFeed({ ...parts, symbols: ['BTCUSDT'], at });
  const ignore = () => undefined;
  const stop = market.feed.start({ tick: ignore, price: ignore, notice: ignore, failed: ignore });
  const keys = { apiKey: 'fake-key', secret: 'fake-secret' };
  const broker = await openCcxtBroker({ ...parts, keys, testnet: false, symbols: ['BTCUSDT'], pointAt: at });
  await broker.submit({ clientOrderId: 'k-a-E', signalId: 's', symbol: 'BTCUSDT', side: 'BUY', purpose: 'entry', qty: 0.01,
    leverage: 3, reduceOnly: false, gate: null, stopPrice: null, at: 0 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  stop();
  await market.close();
  await broker.close();
  console.log('closed');
`;

test('when all is closed nothing keeps the process: no socket, no timer of ccxt', async () => {
  const exchange = await FakeExchange.start();
  onTestFinished(() => exchange.close());
  exchange.price('BTCUSDT', '60000');
  const node = join(ROOT, 'node_modules/.bin/node');
  const child = spawn(node, ['--input-type=module', '-e', program(exchange.url)]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(said).toBe('closed\n');
  expect(code).toBe(0);
  expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
});
