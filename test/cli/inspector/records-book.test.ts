/** What a real bot left, read back, against the bot's own summary and against a recount that shares no code. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../../src/cli/bot.ts';
import { RecordsBook } from '../../../src/cli/inspector/records/records-book.ts';
import type { TradingView } from '../../../src/inspector/contract.ts';
import type { Report } from '../../../src/report/report.ts';
import { freshFolder, kintsugi } from '../cli.ts';
import { cascade, sealed } from '../ledgers.ts';
import { aRunBot, HOUR_MS } from './bot-records.ts';

const BUS = 'logs/signal_bus.jsonl';
let dir: string;
let summary: Summary;

/** A book that looks at the files whenever it is told to. */
function bookOf(of: string) {
  let now = 0;
  const book = new RecordsBook(of, { now: () => now });
  const look = (): RecordsBook => {
    now += 1_000;
    book.look();
    return book;
  };
  look();
  return { book, look };
}
const copy = (): string => {
  const to = freshFolder();
  cpSync(dir, to, { recursive: true });
  return to;
};
interface Line {
  readonly event_type: string;
  readonly signal_id: string;
  readonly new_state: string;
  readonly ts: number;
  readonly position: { readonly signalId: string; readonly symbol: string; readonly qty: number };
}
const linesOf = (of: string, path = BUS): readonly Line[] =>
  readFileSync(join(of, path), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Line);
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
const trading = (book: RecordsBook): TradingView => {
  const view = book.trading();
  if (view === null) throw new Error('nothing was read');
  return view;
};

beforeAll(async () => {
  ({ dir, summary } = await aRunBot(2));
}, 300_000);

describe('trading, of a bot that ran for two hours', () => {
  it('counts what the summary counts: states, trades, profit, and equity to the cent', () => {
    const view = trading(bookOf(dir).book);
    expect(view.by_state).toEqual(summary.signals_by_state);
    expect(view.trades).toMatchObject({ closed: summary.trades.closed, won: summary.trades.won });
    expect(view.trades.realised_usd).toBeCloseTo(summary.pnl_usd.realised, 2);
    expect(view.trades.fees_usd).toBeCloseTo(summary.pnl_usd.fees, 2);
    expect(view.equity.at(-1)?.[1]).toBeCloseTo(summary.pnl_usd.equity ?? Number.NaN, 2);
    expect(view.positions).toHaveLength(summary.trades.open);
    expect(view.real.at(-1)?.[1]).toBeCloseTo(summary.pnl_usd.realised, 2);
    for (const { guard, blocked } of view.guards) expect(blocked).toBe(summary.decisions_by_guard[guard] ?? 0);
  });

  it('has a funnel whose losses are said in numbers that add up, from the first signal to the last trade', () => {
    const { funnel, by_state: states, guards, why_not: whyNot, trades } = trading(bookOf(dir).book);
    for (const [index, { count, lost }] of funnel.entries()) {
      const said = [...(lost ?? '').matchAll(/(?:^|, )([\d,]+) /g)].map(([, n = '']) => Number(n.replaceAll(',', '')));
      const before = funnel[index - 1]?.count;
      if (before !== undefined) expect(said.reduce((a, b) => a + b, 0)).toBe(before - count);
    }
    const count = (stage: string) => funnel.find((one) => one.stage === stage)?.count;
    expect(count('Signals')).toBe(sum(states));
    expect(count('Closed')).toBe(trades.closed);
    expect(count('Passed guards')).toBe(summary.decisions_by_guard.APPROVED);
    const blocked = guards.reduce((all, one) => all + one.blocked, 0);
    expect(count('Signals')).toBe(blocked + (count('Passed safety') ?? 0));
    expect(whyNot.reduce((all, one) => all + one.count, 0)).toBe(blocked);
    expect(whyNot.map((one) => one.count)).toEqual(whyNot.map((one) => one.count).sort((a, b) => b - a));
    for (const { reason } of whyNot) expect(reason).not.toMatch(/\d/);
  });

  it('says what a guard saved only where enough shadows have ended, and takes no side that kintsugi report does not take', async () => {
    const { guards } = trading(bookOf(dir).book);
    const outcomes = readFileSync(join(dir, 'logs/shadow_trade_outcomes.jsonl'), 'utf8').trim().split('\n');
    const ended = outcomes.map((line) => JSON.parse(line) as { blocker_component: string | null; net_pct: number });
    const { out } = await kintsugi(['report', '--dir', dir, '--json']);
    const report = JSON.parse(out) as Report;
    for (const { guard, shadows, saved_usd: saved, interval, verdict } of guards) {
      const judged = report.guards.find((one) => one.guard === guard)?.verdict;
      expect(verdict).toBe(judged?.has_enough_data ? judged.word : 'not enough data');
      const own = ended.filter((one) => one.blocker_component === guard);
      expect(shadows).toBe(own.length);
      if (shadows < 30) expect({ saved, interval }).toEqual({ saved: null, interval: null });
      else {
        expect(saved).toBeCloseTo(-1_000 * own.reduce((all, one) => all + one.net_pct, 0), 1);
        const [low, high] = interval ?? [Number.NaN, Number.NaN];
        expect(low).toBeLessThanOrEqual(saved ?? Number.NaN);
        expect(high).toBeGreaterThanOrEqual(saved ?? Number.NaN);
      }
    }
    expect(guards.some(({ saved_usd: saved }) => saved !== null)).toBe(true);
    expect(trading(bookOf(dir).book).guards).toEqual(guards);
  });

  it('draws curves that are short, in order, and end now; drawdown is never below zero', () => {
    const { at, equity, drawdown, real, shadow, max_drawdown: most } = trading(bookOf(dir).book);
    for (const curve of [equity, drawdown, real, shadow]) {
      expect(curve.length).toBeGreaterThan(1);
      expect(curve.length).toBeLessThanOrEqual(1_000);
      expect(curve.map(([time]) => time)).toEqual(curve.map(([time]) => time).toSorted((a, b) => a - b));
      expect(curve.at(-1)?.[0]).toBe(at);
    }
    expect(Math.min(...drawdown.map(([, value]) => value))).toBeGreaterThanOrEqual(0);
    expect(most).toBe(Math.max(...drawdown.map(([, value]) => value)));
  });

  it('knows the equity of an account of an exchange by what the bot wrote of it, and tells no drawdown where it wrote nothing', () => {
    const onPaper = trading(bookOf(dir).book);
    const real = copy();
    rmSync(join(real, 'state/paper_exchange.json'));
    const known = trading(bookOf(real).book);
    expect(known.equity.at(-1)?.[1]).toBeCloseTo(summary.pnl_usd.equity ?? Number.NaN, 2);
    expect(known.max_drawdown).toBeGreaterThan(0);
    expect(known.max_drawdown).toBeCloseTo(onPaper.max_drawdown ?? Number.NaN, 6);
    rmSync(join(real, 'logs/positions_futures.json'));
    const unknown = trading(bookOf(real).book);
    expect(unknown).toMatchObject({ max_drawdown: null, drawdown: [] });
    expect(unknown.equity.at(-1)?.[1]).toBeCloseTo((summary.pnl_usd.equity ?? Number.NaN) - 10_000, 2);
  });

  it('calls nothing stuck that rests, and what is unfinished for more than an hour stuck', () => {
    const view = trading(bookOf(dir).book);
    expect(view.stuck).toBe(0);
    const stuckIn = copy();
    const at = view.at - 2 * HOUR_MS;
    appendFileSync(
      join(stuckIn, BUS),
      `${JSON.stringify({ event_type: 'signal_generated', event_id: 'e', signal_id: `BTCUSDT_${at}_00000000`, ts: at / 1000, timestamp: new Date(at).toISOString(), source: 'test', state: 'generated', signal: { symbol: 'BTCUSDT', direction: 'LONG', ts: at / 1000 } })}\n`,
    );
    const stuck = trading(bookOf(stuckIn).book);
    expect(stuck.stuck).toBe(1);
    expect(stuck.oldest_unfinished_ms).toBe(2 * HOUR_MS);
    expect(stuck.ages.at(-1)?.by_state).toEqual({ generated: 1 });
  });
});

describe('signals', () => {
  it('are listed newest first, and pages put together are the whole', () => {
    const { book } = bookOf(dir);
    const all = book.signals({ limit: 1_000_000 });
    expect(all.total).toBe(sum(summary.signals_by_state));
    const seen: string[] = [];
    for (let before: number | undefined; ; ) {
      const page = book.signals({ limit: 300, ...(before === undefined ? {} : { before }) });
      if (page.signals.length === 0) break;
      seen.push(...page.signals.map(({ id }) => id));
      before = page.signals.at(-1)?.at;
    }
    expect(new Set(seen).size).toBe(all.total);
    expect(seen).toHaveLength(all.total);
  });

  it('are found by state, symbol and words', () => {
    const { book } = bookOf(dir);
    for (const [state, count] of Object.entries(summary.signals_by_state))
      expect(book.signals({ state, limit: 1 }).total).toBe(count);
    const found = book.signals({ symbol: 'ETHUSDT', search: 'regimefilter LONG', limit: 5 });
    expect(found.total).toBeGreaterThan(0);
    for (const one of found.signals)
      expect(one).toMatchObject({ symbol: 'ETHUSDT', direction: 'LONG', blocked_by: 'RegimeFilter' });
  });

  it('are told step by step, with what every guard said, why they were not traded, and what would have been', () => {
    const { book } = bookOf(dir);
    const blocked = book.signals({ state: 'learned', search: 'RegimeFilter', limit: 1 }).signals[0];
    const detail = book.signal(blocked?.id ?? '');
    expect(detail?.steps.map(({ to }) => to)).toEqual(['generated', 'evaluating', 'blocked', 'learned']);
    expect(detail?.verdicts.find(({ guard }) => guard === 'RegimeFilter')).toMatchObject({ passed: false });
    expect(detail?.why_not).toMatch(/^RegimeFilter blocked it: the market is /);
    expect(detail?.shadow?.exit_reason).toMatch(/take_profit|stop_loss|timeout/);
    const traded = linesOf(dir).find(({ new_state: to }) => to === 'executed')?.signal_id ?? '';
    const trade = book.signal(traded);
    expect(trade?.why_not).toBe(null);
    expect(trade?.blocked_by).toBe(null);
    expect(trade?.verdicts.every(({ passed }) => passed)).toBe(true);
    expect(trade?.verdicts.length).toBeGreaterThan(5);
    expect(book.signal('nobody')).toBe(null);
  });
});

describe('a moment', () => {
  it('is what the log says up to it, whatever the moment', () => {
    const { book } = bookOf(dir);
    const lines = linesOf(dir);
    const { from, to } = book.history();
    expect(from).not.toBe(null);
    for (let n = 0; n <= 20; n++) {
      const at = (from ?? 0) + (((to ?? 0) - (from ?? 0)) * n) / 20;
      const states = new Map<string, string>();
      const open = new Map<string, { symbol: string; qty: number }>();
      let upTo = 0;
      for (const line of lines) {
        if (line.ts * 1000 > at) break;
        upTo++;
        if (line.event_type === 'signal_generated') states.set(line.signal_id, 'generated');
        if (line.event_type === 'state_change') states.set(line.signal_id, line.new_state);
        if (line.event_type !== 'position_change') continue;
        if (line.position.qty > 0) open.set(line.signal_id, line.position);
        else open.delete(line.signal_id);
      }
      const counts: Record<string, number> = {};
      for (const state of states.values()) counts[state] = (counts[state] ?? 0) + 1;
      const moment = book.moment(at);
      expect(moment.by_state).toEqual(counts);
      expect(moment.positions.map(({ symbol, qty }) => [symbol, Math.abs(qty)])).toEqual(
        [...open.values()].map(({ symbol, qty }) => [symbol, qty]),
      );
      expect(moment.records).toEqual(lines.slice(Math.max(0, upTo - 10), upTo + 10));
      const before = moment.log.filter((line) => line.at <= at);
      expect(before.length).toBeLessThanOrEqual(20);
      expect(moment.log.length - before.length).toBeLessThanOrEqual(20);
    }
  });

  it('has the incidents as the ledger had them then, and each component as it was', () => {
    const of = freshFolder();
    const records = cascade();
    mkdirSync(join(of, 'logs'));
    writeFileSync(
      join(of, 'logs/healing.jsonl'),
      sealed(records)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const { book } = bookOf(of);
    const [first] = records;
    const last = records.at(-1);
    const then = book.moment((first?.ts ?? 0) * 1000);
    expect(then.incidents.every(({ status }) => status === 'open')).toBe(true);
    expect(then.components.find(({ id }) => id === 'market_feed')?.health).toBe('yellow');
    expect(then.components.find(({ id }) => id === 'signal_bus')?.health).toBe('green');
    // It was open before the ledger had its first word on it.
    const opened = book.moment(Date.parse(first?.opened_at ?? ''));
    expect(opened.incidents).toContainEqual(
      expect.objectContaining({ incident_id: first?.incident_id, status: 'open', closed_at: null }),
    );
    expect(opened.invariants.find(({ id }) => id === first?.invariant)?.holds).toBe(false);
    const end = book.moment((last?.ts ?? 0) * 1000);
    expect(end.components.find(({ id }) => id === 'signal_bus')).toMatchObject({
      health: 'red',
      incident: last?.incident_id,
    });
    expect(end.invariants.find(({ id }) => id === 'market_feed/fresh')?.holds).toBe(true);
    expect(book.incidents({ limit: 10 })[0]?.incident_id).toBe(last?.incident_id);
    expect(book.incidents({ component: 'signal_bus', limit: 10 })).toHaveLength(1);
    const story = book.incident(last?.incident_id ?? '');
    expect(story?.story.map(({ title }) => title)).toContain('What broke');
    expect(book.history().marks.find(({ incident }) => incident === last?.incident_id)?.health).toBe('red');
  });
});

describe('records that are damaged, missing, or on the move', () => {
  it('are none at all: every question has an answer', () => {
    const { book } = bookOf(freshFolder());
    expect(book.trading()).toBe(null);
    expect(book.signals({ limit: 10 })).toMatchObject({ signals: [], total: 0 });
    expect(book.incidents({ limit: 10 })).toEqual([]);
    expect(book.log({ limit: 10 })).toEqual([]);
    expect(book.history()).toEqual({ from: null, to: null, steps_from: null, marks: [] });
    expect(book.steps({ from: 0, to: 1e15, limit: 10 })).toEqual({ steps: [], more: false });
    const moment = book.moment(1_000);
    expect(moment).toMatchObject({ by_state: {}, positions: [], actors: [], records: [], log: [] });
    expect(new Set(moment.components.map(({ health }) => health))).toEqual(new Set(['unknown']));
    expect(bookOf(join(freshFolder(), 'nowhere')).book.trading()).toBe(null);
  });

  it('are torn, rotten, empty, or not what they are called: what can be read is told, the rest is counted', () => {
    const of = copy();
    const bytes = readFileSync(join(of, BUS));
    bytes.fill(0xff, 2_000, 2_300);
    writeFileSync(join(of, BUS), bytes);
    truncateSync(join(of, BUS), bytes.length - 30);
    writeFileSync(join(of, 'logs/shadow_trade_outcomes.jsonl'), '');
    writeFileSync(join(of, 'state/paper_exchange.json'), '{"cashUsd": 1');
    writeFileSync(join(of, 'feature_store/BTCUSDT.json'), Buffer.from([0, 1, 2]));
    writeFileSync(join(of, 'logs/healing.jsonl'), 'not a ledger\n{"event_type":"incident"}\n');
    rmSync(join(of, 'logs/.bot_heartbeat'));
    rmSync(join(of, 'logs/bot_out.log'));
    mkdirSync(join(of, 'logs/bot_out.log'));
    const { book } = bookOf(of);
    const view = trading(book);
    expect(sum(view.by_state)).toBeGreaterThan(sum(summary.signals_by_state) - 5);
    expect(view.drawdown).toEqual([]);
    expect(view.real.at(-1)?.[1]).toBeCloseTo(summary.pnl_usd.realised, 2);
    expect(view.guards.every(({ verdict }) => verdict === 'not enough data')).toBe(true);
    expect(book.incidents({ limit: 10 })).toEqual([]);
    expect(book.revision.unread).toBeGreaterThanOrEqual(3);
    const mended = bytes.fill(0x20, 1_999, 2_300);
    writeFileSync(join(of, BUS), mended.subarray(0, bytes.length - 30));
    expect(sum(trading(bookOf(of).book).by_state)).toBe(sum(view.by_state));
  });

  it('grow, are sealed, and are made anew while they are read: the same as read at once', () => {
    const of = freshFolder();
    cpSync(dir, of, { recursive: true });
    const bytes = readFileSync(join(of, BUS));
    writeFileSync(join(of, BUS), '');
    const { book, look } = bookOf(of);
    const third = Math.floor(bytes.length / 3);
    appendFileSync(join(of, BUS), bytes.subarray(0, third));
    look();
    appendFileSync(join(of, BUS), bytes.subarray(third, 2 * third));
    const sealedAt = bytes.lastIndexOf(0x0a, 2 * third) + 1;
    truncateSync(join(of, BUS), sealedAt);
    renameSync(join(of, BUS), join(of, 'logs/signal_bus-000001.jsonl'));
    writeFileSync(join(of, BUS), bytes.subarray(sealedAt));
    look();
    const whole = bookOf(dir).book;
    expect(trading(book)).toEqual(trading(whole));
    const at = trading(whole).at - HOUR_MS;
    expect(book.moment(at)).toEqual(whole.moment(at));
    rmSync(join(of, 'logs/signal_bus-000001.jsonl'));
    rmSync(join(of, BUS));
    writeFileSync(join(of, BUS), bytes);
    look();
    expect(trading(book)).toEqual(trading(whole));
  });
});
