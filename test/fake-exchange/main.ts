/**
 * The fake exchange as a process: `node test/fake-exchange/main.ts --help`. Its first line is JSON: where it is, its admin's address and
 * the keys.
 */
import { parseArgs } from 'node:util';
import { adminCommands } from './admin/admin-commands.ts';
import { AdminServer } from './admin/admin-server.ts';
import { runningClock } from './engine/exchange-clock.ts';
import type { PlayedCandle } from './engine/klines.ts';
import { FakeExchange } from './fake-exchange.ts';
import { faultPlan } from './faults/fault-plan.ts';
import { loadCandles, play } from './play.ts';

const HELP = `node test/fake-exchange/main.ts [options]
  --port N           port on loopback; 0, the default, takes a free one
  --wallet USDT      balance at first (10000)
  --play FILE        a file of one-minute candles, named after its symbol; may be given several times
  --speed N          minutes of the file in a real minute (1)
  --history N        bars of each file that are past when it begins (300)
  --bars N           plays no more than that many of each file
  --faults N         injects that many faults while it plays, by --seed
  --seed N           (1)
  --until-stdin-ends ends when its standard input does`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    wallet: { type: 'string', default: '10000' },
    play: { type: 'string', multiple: true, default: [] },
    speed: { type: 'string', default: '1' },
    history: { type: 'string', default: '300' },
    bars: { type: 'string' },
    faults: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'until-stdin-ends': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const number = (name: 'port' | 'speed' | 'history' | 'bars' | 'faults' | 'seed'): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`--${name} is "${values[name]}"; a number that is not below 0 is wanted\n\n${HELP}`);
  return process.exit(2);
};

const files = await Promise.all(values.play.map(loadCandles));
const past = number('history');
const last = values.bars === undefined ? undefined : past + number('bars');
const ahead: readonly PlayedCandle[] = files.flatMap((file) => file.slice(past, last));
const begins = Math.min(...ahead.map(({ ts }) => ts));
const ends = Math.max(...ahead.map(({ ts }) => ts));
const clock = runningClock(
  ahead.length > 0 ? { origin: begins, timeScale: number('speed') } : { timeScale: number('speed') },
);

const exchange = await FakeExchange.start({ port: number('port'), wallet: values.wallet, clock });
for (const file of files) exchange.history(file.slice(0, past));
let playing = ahead.length > 0;
const admin = await AdminServer.start(adminCommands(exchange, () => playing));
console.log(
  JSON.stringify({ url: exchange.url, admin: admin.url, apiKey: exchange.apiKey.key, secret: exchange.apiKey.secret }),
);

if (number('faults') > 0 && playing) {
  const symbols = Object.fromEntries([...new Set(ahead.map(({ symbol }) => symbol))].map((symbol) => [symbol, '0.01']));
  exchange.plan(faultPlan(number('seed'), number('faults'), { from: begins, to: ends, symbols }));
}
const stopped = new AbortController();
const stop = async (): Promise<void> => {
  stopped.abort();
  await admin.close();
  await exchange.close();
  process.exit(0);
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (values['until-stdin-ends']) process.stdin.once('end', stop).resume();

await play(exchange, ahead, { signal: stopped.signal });
playing = false;
