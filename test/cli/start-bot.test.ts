import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { AnyActorRef } from 'xstate';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { CliError } from '../../src/cli/exit-codes.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { type ProtectedBot, protectedBot } from '../actors/protected-bot.ts';
import { freshFolder } from './cli.ts';

const roots: AnyActorRef[] = [];
vi.mock('../../src/actors/bot.ts', async (original) => {
  const real = await original<typeof import('../../src/actors/bot.ts')>();
  return {
    ...real,
    createBot: (parts: Parameters<typeof real.createBot>[0]) => {
      const bot = real.createBot(parts);
      roots.push(bot.root);
      return bot;
    },
  };
});

it('a bot whose root actor fails has not ended well: its guardian starts it again', async () => {
  const bot = await startBot({
    dir: freshFolder(),
    feed: { kind: 'sim' },
    symbols: null,
    speed: 1,
    forMs: null,
    seed: 1,
    config: DEFAULT_CONFIG,
    onLine: () => undefined,
    onProgress: () => undefined,
  });
  const order = {
    type: 'RESTART_CHILD',
    get id(): string {
      throw new Error('a fault in the supervisor');
    },
  };
  roots[0]?.send(order);
  await expect(bot.finished).rejects.toThrow('the root actor of the bot failed');
});

it.each(['{"cash', '{"cashUsd":"much"}'])(
  'a paper exchange that cannot be read (%s) is named to a person, and left as it is',
  async (text) => {
    const dir = freshFolder();
    const file = join(dir, 'state/paper_exchange.json');
    mkdirSync(join(dir, 'state'));
    writeFileSync(file, text);
    const start = startBot({
      ...{ dir, feed: { kind: 'sim' }, symbols: null, speed: 'max', forMs: 60_000, seed: 1, config: DEFAULT_CONFIG },
      ...{ onLine: () => undefined, onProgress: () => undefined },
    });
    const error = await start.then(
      () => null,
      (refusal: unknown) => refusal,
    );
    expect(error).toBeInstanceOf(CliError);
    expect(String(error)).toMatch(/state\/paper_exchange\.json cannot be read.*Restore it, or move it away/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  },
);

describe('a symbol that is taken out while it is held', () => {
  const start = (dir: string, symbols: readonly string[]) =>
    startBot({
      ...{ dir, feed: { kind: 'sim' }, symbols, speed: 1, forMs: null, seed: 1, config: DEFAULT_CONFIG },
      ...{ onLine: () => undefined, onProgress: () => undefined },
    });
  const refusalOf = (dir: string, symbols: readonly string[]): Promise<unknown> =>
    start(dir, symbols).then(
      () => null,
      (error: unknown) => error,
    );
  /** The directory of a bot that held BTC, and did so much with ETH. */
  const left = async (eth: (t: ProtectedBot) => Promise<unknown>): Promise<string> => {
    const dir = freshFolder();
    const t = await protectedBot({ prices: { ETHUSDT: 2_000, BTCUSDT: 100_000 } });
    await t.enter('BTCUSDT', 'LONG', 100_000);
    await eth(t);
    await t.stop('signalBus');
    cpSync(join(t.dir, 'logs'), join(dir, 'logs'), { recursive: true });
    await t.end();
    return dir;
  };

  it('keeps the bot from starting, in words, and the directory is free again', async () => {
    const dir = await left((t) => t.enter('ETHUSDT', 'LONG', 2_000));
    const refusal = await refusalOf(dir, ['BTCUSDT']);
    expect(refusal).toBeInstanceOf(CliError);
    expect(String(refusal)).toMatch(
      /ETHUSDT is not among the symbols of this run \(BTCUSDT\).*LONG [\d.]+ ETHUSDT is held/,
    );
    expect(String(refusal)).not.toMatch(/BTCUSDT is held/);
    const bot = await start(dir, ['BTCUSDT', 'ETHUSDT']);
    bot.stop('enough');
    await bot.finished;
  });

  it('keeps it from starting while an entry in it may still fill', async () => {
    const dir = await left(async (t) => {
      t.exchange.script.submit = () => 'lost';
      await t.enter('ETHUSDT', 'LONG', 2_000);
    });
    expect(String(await refusalOf(dir, ['BTCUSDT']))).toMatch(/BUY [\d.]+ ETHUSDT may still fill/);
  });

  it('is none of its business any more when it was left', async () => {
    const dir = await left(async (t) => {
      await t.enter('ETHUSDT', 'LONG', 2_000);
      await t.move(1_960, 'ETHUSDT');
      await t.advance(5_000);
    });
    const bot = await start(dir, ['BTCUSDT']);
    bot.stop('enough');
    await bot.finished;
  });
});
