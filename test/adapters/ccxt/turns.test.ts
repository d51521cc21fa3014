import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CcxtClient } from '../../../src/adapters/ccxt/client.ts';
import { NotSent } from '../../../src/adapters/ccxt/lease-window.ts';
import { giveTurns } from '../../../src/adapters/ccxt/turns.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';

const ROOT = join(import.meta.dirname, '../../..');

test('requests have their turns in order, each so long after the one before as that costs; one that would wait for too long never leaves', async () => {
  const clock = new VirtualClock(0);
  const client = { id: 'binanceusdm', rateLimit: 50 } as unknown as CcxtClient;
  giveTurns(client, clock);
  const turns: (readonly [name: string, at: number])[] = [];
  const ask = (name: string, cost?: number) => client.throttle(cost).then(() => turns.push([name, clock.now()]));
  const asked = [ask('order', 4), ask('trades', 5), ask('stop'), ask('history', 600)];
  await expect(ask('exit')).rejects.toThrow(NotSent);
  for (let ms = 0; ms < 1_000; ms += 50) {
    clock.advance(50);
    await new Promise(setImmediate);
  }
  await Promise.all(asked);
  expect(turns).toEqual([
    ['order', 0],
    ['trades', 200],
    ['stop', 450],
    ['history', 500],
  ]);
  // It costs nobody a turn that one did not get his.
  const exit = ask('exit');
  clock.advance(29_500);
  await exit;
  expect(turns.at(-1)).toEqual(['exit', 30_500]);
});

/** Thirty questions, and a clock of the machine that is set back by an hour when the first is answered. */
const program = (url: string): string => `
  const real = Date.now;
  let back = 0;
  Date.now = () => real() - back;
  const { ExchangeTime } = await import('${ROOT}/src/adapters/ccxt/exchange-time.ts');
  const { loadExchange } = await import('${ROOT}/src/adapters/ccxt/load.ts');
  const { openClient } = await import('${ROOT}/src/adapters/ccxt/open-client.ts');
  const { wallClock } = await import('${ROOT}/src/adapters/wall-clock.ts');
  const { Exchange } = await loadExchange('binanceusdm');
  const clock = wallClock();
  const { client } = openClient({ Exchange, clock, time: new ExchangeTime(clock, () => undefined), at: new URL('${url}') });
  const asks = Array.from({ length: 30 }, () => client.fetchTime());
  await asks[0];
  back = 3_600_000;
  const late = new Promise((resolve) => setTimeout(() => resolve('stuck'), 10_000));
  console.log(await Promise.race([Promise.all(asks).then(() => 'answered'), late]));
  process.exit();
`;

test('a clock of the machine that is set back holds no request back', async () => {
  const exchange = await FakeExchange.start();
  onTestFinished(() => exchange.close());
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), ['--input-type=module', '-e', program(exchange.url)]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  expect(said).toBe('answered\n');
});
