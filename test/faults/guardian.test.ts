/** Real processes: a bot that trades, the guardian above it, and everything that can end either. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { positionsDocument } from '../../src/actors/positions-file.ts';
import { type BusRecord, POSITIONS_FILE, readRecord, SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { paperState } from '../../src/adapters/paper-state.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { noticeRecord } from '../../src/ports/alerts.ts';
import { botFolder, type GuardedBot, guardedBot } from './guarded-bot.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const KINTSUGI = resolve(import.meta.dirname, '../../src/cli/kintsugi.ts');

interface Held {
  readonly symbol: string;
  readonly direction: string;
  readonly qty: number;
  readonly entry: number;
}

/** What the log alone tells: each signal's state, what is held, what was ordered. */
function told(lines: readonly string[]) {
  const states = new Map<string, string>();
  const held = new Map<string, Held>();
  const orders: string[] = [];
  const fills: string[] = [];
  for (const line of lines) {
    const record: BusRecord | null = line.trim() === '' ? null : readRecord(JSON.parse(line));
    if (record === null) continue;
    const id = record.signal_id;
    if (record.event_type === 'signal_generated') states.set(id, 'generated');
    if (record.event_type === 'state_change') {
      states.set(id, record.new_state);
      const intent = record.metadata.intent as { clientOrderId: string } | undefined;
      if (record.new_state === 'executing' && intent) orders.push(intent.clientOrderId);
    }
    if (record.event_type === 'order_intent') orders.push(record.intent.clientOrderId);
    if (record.event_type !== 'position_change') continue;
    fills.push(record.fill_id);
    const { symbol, direction, qty, entryPrice: entry } = record.position;
    if (record.change === 'closed') held.delete(id);
    else held.set(id, { symbol, direction, qty, entry });
  }
  const byState: Record<string, number> = {};
  for (const state of states.values()) byState[state] = (byState[state] ?? 0) + 1;
  return { states, held, orders, fills, byState };
}

const whole = (dir: string, path: string): unknown => JSON.parse(readFileSync(join(dir, path), 'utf8'));

/** Positions of the bot's own file. */
const booked = (dir: string): Map<string, Held> => {
  const { open_positions: open } = positionsDocument.parse(whole(dir, POSITIONS_FILE));
  return new Map(
    open.map(({ signal_id, symbol, direction, qty, entry_price: entry }) => [
      signal_id,
      { symbol, direction, qty, entry },
    ]),
  );
};

const trades = (bot: GuardedBot): Promise<readonly string[]> =>
  bot.until('the bot trades: positions, exits, blocked signals', () => {
    const lines = bot.lines(SIGNAL_BUS_FILE);
    const { held, orders, states } = told(lines);
    return held.size >= 3 && orders.length >= 8 && states.size >= 12 ? lines : null;
  });

/** The bot's memory is what its log says: asked of the running bot, in a moment in which the log did not grow. */
const remembers = (bot: GuardedBot): Promise<true> =>
  bot.until('the bot remembers what the log holds', async () => {
    const before = bot.lines(SIGNAL_BUS_FILE);
    const report = await bot.status();
    if (report === null || bot.lines(SIGNAL_BUS_FILE).length !== before.length) return null;
    const { byState, held } = told(before);
    const known = Object.entries(report.pipeline.by_state).filter(([, count]) => count > 0);
    if (JSON.stringify(known.sort()) !== JSON.stringify(Object.entries(byState).sort())) return null;
    return JSON.stringify([...booked(bot.dir)].sort()) === JSON.stringify([...held].sort()) ? true : null;
  });

/** After a clean stop: the log, the positions file and the exchange agree, and nothing was ordered or filled twice. */
function booksAgree(bot: GuardedBot, before: readonly string[]): void {
  const lines = bot.lines(SIGNAL_BUS_FILE);
  expect(lines.slice(0, before.length)).toEqual(before);
  const { held, orders, fills } = told(lines);
  expect(new Set(orders).size).toBe(orders.length);
  expect(new Set(fills).size).toBe(fills.length);
  expect(booked(bot.dir)).toEqual(held);
  const exchange = paperState.parse(whole(bot.dir, 'state/paper_exchange.json'));
  const net: Record<string, number> = {};
  const add = (symbol: string, qty: number): void => {
    net[symbol] = (net[symbol] ?? 0) + qty;
  };
  for (const { symbol, direction, qty } of held.values()) add(symbol, direction === 'LONG' ? qty : -qty);
  const stoppedAt = Date.parse(
    (
      JSON.parse(bot.lines('logs/bot_out.log').findLast((line) => line.includes('stopping: ')) ?? '{}') as {
        time: string;
      }
    ).time,
  );
  for (const [id, order] of Object.entries(exchange.orders)) {
    expect(orders).toContain(id);
    expect(order.fills.reduce((sum, fill) => sum + fill.qty, 0)).toBeLessThanOrEqual(order.qty + 1e-9);
    for (const { fillId, symbol, side, qty, at } of order.fills) {
      if (fills.includes(fillId)) continue;
      // An order that was under way at the clean stop goes on at the exchange; it is asked for at the next start.
      expect(at).toBeGreaterThan(stoppedAt - 1_000);
      add(symbol, side === 'BUY' ? qty : -qty);
    }
  }
  for (const symbol of new Set([...Object.keys(net), ...Object.keys(exchange.positions)]))
    expect(net[symbol] ?? 0).toBeCloseTo(exchange.positions[symbol]?.qty ?? 0, 6);
}

const doctorFinds = (dir: string): string =>
  execFileSync(NODE, [KINTSUGI, 'doctor', '--dir', dir], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

interface Fault {
  readonly name: string;
  readonly commit: (pid: number, dir: string) => void;
  readonly ended: object;
}
const inStrategy = (what: string) => (_: number, dir: string) => writeFileSync(`${dir}.fault`, what);
const HUNG = { code: null, signal: 'SIGKILL', hung: 'its event loop gave no sign of life for 10 s' };
const FAULTS: readonly Fault[] = [
  {
    name: 'SIGKILL',
    commit: (pid) => process.kill(pid, 'SIGKILL'),
    ended: { code: null, signal: 'SIGKILL', hung: null },
  },
  { name: 'SIGSTOP', commit: (pid) => process.kill(pid, 'SIGSTOP'), ended: HUNG },
  { name: 'a while(true) in a strategy', commit: inStrategy('loop'), ended: HUNG },
  { name: 'an exit in a strategy', commit: inStrategy('exit'), ended: { code: 3, signal: null, hung: null } },
  { name: 'out of memory', commit: inStrategy('memory'), ended: { code: null, signal: 'SIGABRT', hung: null } },
];

describe.concurrent('a guarded bot comes back within 15 s with the positions and signals it had, and no order is sent twice', () => {
  it.each(FAULTS)('after $name', async ({ commit, ended }) => {
    const began = performance.now();
    const bot = guardedBot();
    try {
      await bot.until('the bot is up', async () => (await bot.status())?.pid ?? null);
      // What a start takes longer than a second and a half is this machine's: others run on it as well.
      const slowMs = Math.max(0, performance.now() - began - 1_500);
      await trades(bot);
      const pid = await bot.until('it says who it is', async () => (await bot.status())?.pid ?? null);
      const before = bot.lines(SIGNAL_BUS_FILE);
      const at = performance.now();
      commit(pid, bot.dir);
      const next = await bot.until('another bot', async () => {
        const report = await bot.status();
        return report?.pid && report.pid !== pid ? report.pid : null;
      });
      const backMs = performance.now() - at;
      await remembers(bot);
      expect(bot.restarts()).toMatchObject([{ event: 'restart', pid, restart: 1, guardian_pid: bot.pid, ...ended }]);
      expect(bot.lines('logs/bot_out.log').join('\n')).toContain(`[GUARDIAN] restart 1: the bot (process ${pid})`);
      expect(bot.said()).toMatch(new RegExp(`guardian {2}the bot \\(process ${pid}\\) .*It starts again in`));
      expect(backMs - slowMs).toBeLessThan(15_000);
      // It goes on where it was, with new signals.
      await bot.until('new signals', () => bot.lines(SIGNAL_BUS_FILE).length > before.length + 10);
      bot.kill('SIGINT');
      expect(await bot.outcome).toEqual({ code: 0, signal: null });
      expect(isAlive(next)).toBe(false);
      booksAgree(bot, before);
      expect(doctorFinds(bot.dir)).toContain('sound');
    } finally {
      await bot.end();
    }
  });
});

describe.concurrent('a guardian', () => {
  it('that is killed leaves a bot that stops cleanly by itself and gives its directory back', async () => {
    const bot = guardedBot();
    const before = await trades(bot);
    const pid = await bot.until('it says who it is', async () => (await bot.status())?.pid ?? null);
    bot.kill('SIGKILL');
    await bot.until('the bot is gone', () => !isAlive(pid));
    expect(await bot.status()).toBeNull();
    // What was under way at that moment may have its word after it.
    expect(bot.lines('logs/bot_out.log').join('\n')).toContain('stopping: its guardian has died');
    booksAgree(bot, before);
    expect(doctorFinds(bot.dir)).toContain('sound');
  });

  it('gives up on a crash loop: red, a CRITICAL alert that stands on a line of its own, an exit code', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'dies');
    appendFileSync(join(dir, 'logs/operator_alerts.jsonl'), '{"level":"HIGH","torn');
    const policy = { backoff: { firstMs: 100, capMs: 200 }, restarts: { most: 2, withinMs: 60_000 } };
    const bot = guardedBot({ dir, entry: 'puppet.ts', policy });
    expect(await bot.outcome).toEqual({ code: EXIT.crashLoop, signal: null });
    const end = { code: 3, signal: null, hung: null, says: 'the bot ended by itself with exit code 3' };
    expect(bot.restarts()).toMatchObject([
      { event: 'restart', restart: 1, ...end },
      { event: 'restart', restart: 2, ...end },
      { event: 'gave_up', restart: 2, wait_ms: null, ...end },
    ]);
    expect(bot.said()).toContain('✖ red');
    const [torn, alert = '', ...more] = bot.lines('logs/operator_alerts.jsonl');
    expect([torn, more]).toEqual(['{"level":"HIGH","torn', []]);
    expect(JSON.parse(alert)).toMatchObject({ level: 'CRITICAL', category: 'GUARDIAN_CRASH_LOOP' });
    // It is an alert like those of the bot: a bot that runs again resolves it.
    expect(noticeRecord.safeParse(JSON.parse(alert))).toMatchObject({ success: true });
  });

  it('sends the alert of a crash loop itself, where no bot is left to do it, and leaves its secrets unsaid', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'dies');
    const received: string[] = [];
    const service = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => received.push(`${request.url} ${chunk}`));
      request.on('end', () => response.writeHead(received.length > 1 ? 200 : 500).end(request.url));
    });
    await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
    const { port } = service.address() as AddressInfo;
    const webhooks = [
      { url: 'env:CANARY_HOOK', shape: 'slack' },
      { url: `http://127.0.0.1:${port}`, shape: 'alertmanager' },
    ];
    const bot = guardedBot({
      dir,
      entry: 'puppet.ts',
      policy: { backoff: { firstMs: 100, capMs: 200 }, restarts: { most: 1, withinMs: 60_000 } },
      env: {
        BOT_CONFIG: JSON.stringify({ alerts: { webhooks } }),
        CANARY_HOOK: `http://127.0.0.1:${port}/CANARY-hook-of-the-guardian`,
      },
    });
    expect(await bot.outcome).toEqual({ code: EXIT.crashLoop, signal: null });
    service.close();
    expect(received).toHaveLength(2);
    for (const one of received) expect(one).toContain('GUARDIAN_CRASH_LOOP');
    // One of them refused: it waits for the next start.
    const { waiting } = JSON.parse(bot.lines('state/alerts.json').join('\n'));
    const left = Object.values<unknown[]>(waiting).map((queue) => queue.length);
    expect(left.reduce((sum, length) => sum + length)).toBe(1);
    expect(bot.said() + bot.lines('logs/bot_out.log').join() + JSON.stringify(waiting)).not.toContain('CANARY-hook');
    expect(bot.lines('logs/operator_alerts.jsonl')).toHaveLength(1);
  });

  it('starts a bot that reaches nobody until it does, tells of it until that has arrived, and then no more', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'reaches nobody');
    const received: string[] = [];
    const service = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => received.push(String(chunk)));
      request.on('end', () => response.end());
    });
    const listen = (port: number) =>
      new Promise<void>((listening) => service.listen(port, '127.0.0.1', () => listening()));
    await listen(0);
    const { port } = service.address() as AddressInfo;
    // The network that is down is the one it would be told by.
    await new Promise((closed) => service.close(closed));
    const webhooks = [{ url: `http://127.0.0.1:${port}`, shape: 'slack' }];
    const bot = guardedBot({
      dir,
      entry: 'puppet.ts',
      policy: { backoff: { firstMs: 100, capMs: 200 }, restarts: { most: 2, withinMs: 600_000 } },
      env: { BOT_CONFIG: JSON.stringify({ alerts: { webhooks } }) },
    });
    await bot.until('it was started again and again', () => bot.restarts().length >= 2);
    await listen(port);
    const news = () => received.filter((one) => one.includes('GUARDIAN_OUTAGE'));
    await bot.until('word has arrived', () => news().length > 0);
    const before = bot.restarts().length;
    await bot.until('it goes on beyond every budget', () => bot.restarts().length >= Math.max(5, before + 3));
    service.close();
    expect(news()).toHaveLength(1);
    const end = { event: 'restart', code: 68, says: 'the bot could not reach the exchange (exit code 68)' };
    for (const one of bot.restarts()) expect(one).toMatchObject(end);
    expect(bot.lines('logs/operator_alerts.jsonl').map((line) => JSON.parse(line).category)).toEqual([
      'GUARDIAN_OUTAGE',
    ]);
    writeFileSync(`${dir}.puppet`, 'well');
    const told = bot.restarts().length;
    await new Promise((passed) => setTimeout(passed, 2_000));
    expect(bot.restarts().length - told).toBeLessThan(3);
    bot.kill('SIGTERM');
    expect(await bot.outcome).toEqual({ code: EXIT.done, signal: null });
  });

  it('ends at once with a bot whose first start fails for what will last', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'refuses');
    const bot = guardedBot({ dir, entry: 'puppet.ts' });
    expect(await bot.outcome).toEqual({ code: 1, signal: null });
    expect(bot.restarts()).toEqual([]);
  });

  it('ends a bot that beats and whose healer does not sweep', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'sick');
    const policy = { sweepAtLeastMs: 1_500, lateMs: 500, restarts: { most: 0, withinMs: 60_000 } };
    const bot = guardedBot({ dir, entry: 'puppet.ts', policy });
    expect(await bot.outcome).toEqual({ code: EXIT.crashLoop, signal: null });
    expect(bot.restarts()).toMatchObject([{ event: 'gave_up', hung: 'its healer made no sweep for 2 s' }]);
  });

  it('lets a bot end that stops of itself, though its healer sweeps no more', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'leaves');
    const bot = guardedBot({ dir, entry: 'puppet.ts', policy: { sweepAtLeastMs: 500, lateMs: 300 } });
    expect(await bot.outcome).toEqual({ code: 0, signal: null });
    expect(bot.restarts()).toEqual([]);
  });

  it('takes no time for a hang in which it was stopped itself, as by Ctrl-Z', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'well');
    const bot = guardedBot({ dir, entry: 'puppet.ts', policy: { silenceMs: 1_500, graceMs: 1_500, lateMs: 1_500 } });
    await bot.until('the bot is up', () => existsSync(`${dir}.up`));
    bot.killAll('SIGSTOP');
    await new Promise((resolved) => setTimeout(resolved, 5_000));
    bot.killAll('SIGCONT');
    await new Promise((resolved) => setTimeout(resolved, 3_000));
    bot.kill('SIGTERM');
    expect(await bot.outcome).toEqual({ code: 0, signal: null });
    expect(bot.restarts()).toEqual([]);
  });

  it('takes one Ctrl-C, which reaches both processes, as one: the bot stops cleanly', async () => {
    const bot = guardedBot();
    await trades(bot);
    bot.killAll('SIGINT');
    expect(await bot.outcome).toEqual({ code: 0, signal: null });
    expect(bot.said().match(/stopping cleanly/g)).toHaveLength(1);
    expect(bot.said()).toContain('What this run came to');
  });

  it.each([
    ['SIGINT', EXIT.interrupted],
    ['SIGTERM', EXIT.terminated],
  ] as const)('ends at once on a second %s, also a bot that does not heed it', async (signal, code) => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'deaf');
    const bot = guardedBot({ dir, entry: 'puppet.ts', policy: { insistMs: 300 } });
    await bot.until('the bot is up', () => existsSync(`${dir}.up`));
    bot.kill(signal);
    await new Promise((resolved) => setTimeout(resolved, 1_200));
    bot.kill(signal);
    expect(await bot.outcome).toEqual({ code, signal: null });
    expect(bot.said()).toMatch(/^guardian {2}the bot \(process \d+\) was ended by SIGKILL$/m);
  });

  it('ends with the exit code its bot ends with when it was asked to stop', async () => {
    const dir = botFolder();
    writeFileSync(`${dir}.puppet`, 'fails to stop');
    const bot = guardedBot({ dir, entry: 'puppet.ts' });
    await bot.until('the bot is up', () => existsSync(`${dir}.up`));
    bot.kill('SIGTERM');
    expect(await bot.outcome).toEqual({ code: 5, signal: null });
    expect(bot.restarts()).toEqual([]);
  });
});
