import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runningClock } from '../fake-exchange/engine/exchange-clock.ts';
import { FakeExchange } from '../fake-exchange/fake-exchange.ts';
import { freshFolder, kintsugi, PATIENT, startForTest, statusOf } from './cli.ts';

const MINUTE = 60_000;
const SPEED = 20;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];

/** Makes a bot say when it loads ccxt. */
const telling = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  let told = false;
  registerHooks({
    load(url, context, next) {
      if (!told && url.includes('/node_modules/ccxt/')) console.error('CCXT IS LOADED');
      told ||= url.includes('/node_modules/ccxt/');
      return next(url, context);
    },
  });
`)}`;

/** An exchange at which something is traded all the time, as much faster than the world as the bot. */
async function busyExchange(): Promise<FakeExchange> {
  // Its clock need not stand where ours does.
  const now = Date.UTC(2025, 4, 5, 12);
  const exchange = await FakeExchange.start({ clock: runningClock({ timeScale: SPEED, origin: now }) });
  const open = Math.floor(now / MINUTE) * MINUTE;
  for (const symbol of SYMBOLS) {
    const bars = Array.from({ length: 300 }, (_, i) => {
      const price = 1_000 + Math.sin(i / 9) * 5;
      return {
        symbol,
        ts: open - (300 - i) * MINUTE,
        open: price,
        high: price + 2,
        low: price - 2,
        close: price,
        volume: 5,
      };
    });
    exchange.history(bars);
  }
  let trades = 0;
  const timer = setInterval(() => {
    trades++;
    for (const symbol of SYMBOLS) exchange.price(symbol, (1_000 + (trades % 7) / 10).toFixed(1), { volume: '0.5' });
  }, 50);
  timer.unref();
  const close = exchange.close.bind(exchange);
  exchange.close = () => {
    clearInterval(timer);
    return close();
  };
  return exchange;
}

test('a bot on live prices trades on paper, is green, and its process ends when its time is over', async () => {
  const exchange = await busyExchange();
  const dir = freshFolder();
  const args = ['run', '--dir', dir, '--feed', 'ccxt:binanceusdm', '--symbols', SYMBOLS.join(',')];
  const bot = startForTest(
    [...args, '--speed', String(SPEED), '--for', '6m', '--no-guardian', '--port', '0', '--json'],
    {
      KINTSUGI_EXCHANGE_URL: exchange.url,
      NODE_OPTIONS: telling,
    },
  );
  await expect.poll(async () => (await statusOf(dir))?.status, PATIENT).toBe('green');
  const port = readFileSync(join(dir, 'run/inspector_port'), 'utf8').trim();
  // Prices are real, and money is not.
  const overview = (await (await fetch(`http://127.0.0.1:${port}/api/overview`)).json()) as { paper: boolean };
  expect(overview.paper).toBe(true);
  const { code, out, err } = await bot.outcome;
  expect(err).toContain('live prices of binanceusdm');
  expect(err).toContain('CCXT IS LOADED');
  expect(code, err).toBe(0);
  const summary = JSON.parse(out) as { ticks: number; pnl_usd: { equity: number }; incidents: { total: number } };
  expect(summary.ticks).toBeGreaterThanOrEqual(3);
  expect(summary.pnl_usd.equity).toBe(10_000);
  expect(exchange.audit.report().received).toEqual([]);
  const log = readFileSync(join(dir, 'logs/bot_out.log'), 'utf8');
  expect(log).toContain('"orders":"on paper"');
  expect(log).not.toContain('gap in');
  await exchange.close();
});

test('a bot on another market does not load ccxt', async () => {
  const args = ['run', '--dir', freshFolder(), '--speed', 'max', '--for', '10m', '--no-guardian', '--json'];
  const { code, err } = await kintsugi(args, { NODE_OPTIONS: telling });
  expect(code, err).toBe(0);
  expect(err).not.toContain('CCXT IS LOADED');
});

describe('what cannot be is said before anything is written', () => {
  test.each([
    [['--feed', 'ccxt:bybitt'], {}, 64, /Did you mean ccxt:bybit\?/],
    [['--feed', 'ccxt:binanceusdm', '--speed', 'max'], {}, 64, /a live market knows real time only/],
    [['--feed', 'ccxt:binanceusdm', '--speed', '2'], {}, 64, /a live market knows real time only/],
    [['--feed', 'ccxt:binanceusdm'], { KINTSUGI_EXCHANGE_URL: 'http://example.com' }, 78, /http:\/\/127.0.0.1/],
  ] as const)('%j', async (args, env, code, words) => {
    const outcome = await kintsugi(['run', '--dir', freshFolder(), '--no-guardian', ...args], { ...env });
    expect(outcome.err).toMatch(words);
    expect(outcome.code).toBe(code);
  });
});
