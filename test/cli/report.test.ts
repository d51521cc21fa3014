import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { recordedFolder } from '../actors/recorded.ts';
import { recount } from '../report/recount.ts';
import { freshFolder, kintsugi, startForTest } from './cli.ts';

/** All of the recording takes minutes: `KINTSUGI_REPORT_DAYS=60 npx vitest run test/cli/report.test.ts`. */
const DAYS = Number(process.env.KINTSUGI_REPORT_DAYS ?? 4);
const { source, btc } = recordedFolder();
const REAL = 'logs/shadow_real_exits.jsonl';
const DECISIONS = 'logs/signal_decisions.jsonl';
type Told = Report & { readonly damage: readonly unknown[]; readonly missing: readonly string[] };
let dir: string;

const copy = (): string => {
  const to = freshFolder();
  cpSync(dir, to, { recursive: true });
  return to;
};
const reportOf = async (of: string): Promise<Told> => {
  const { code, out, err } = await kintsugi(['report', '--dir', of, '--json']);
  expect({ code, err }).toMatchObject({ code: 0 });
  return JSON.parse(out) as Told;
};

beforeAll(async () => {
  dir = freshFolder();
  const run = await kintsugi([
    'run',
    '--dir',
    dir,
    '--feed',
    `replay:${btc}`,
    '--speed',
    'max',
    '--for',
    `${DAYS}d`,
    '--json',
  ]);
  expect(run).toMatchObject({ code: 0 });
}, 240_000);

describe(`kintsugi report on ${DAYS} days of recorded candles (${source})`, () => {
  it('is what the files say, to the cent', async () => {
    const report = await reportOf(dir);
    const counted = recount(dir);
    expect(counted.trades).toBeGreaterThan(DAYS * 10);
    expect(report.all).toMatchObject({ trades: counted.trades });
    expect(report.all.net_usd).toBeCloseTo(counted.net, 2);
    expect(report.approved.net_usd).toBeCloseTo(counted.approved, 2);
    expect(report.signals.approved + report.signals.blocked + report.signals.expired).toBe(counted.decided);
    expect(report.signals.ended + report.signals.open + report.signals.unresolved).toBe(
      report.signals.approved + report.signals.blocked,
    );
    expect(report.guards.map(({ guard }) => guard).sort()).toEqual(counted.guards.map(({ guard }) => guard).sort());
    for (const own of counted.guards) {
      const told = report.guards.find(({ guard }) => guard === own.guard);
      expect(told).toMatchObject({
        blocked: own.blocked,
        sole: own.sole,
        co_blocked: own.ended - own.sole,
        of_blocked: { trades: own.ended },
      });
      expect(told?.saved.usd).toBeCloseTo(own.saved, 2);
      expect(told?.saved.loss_avoided_usd).toBeCloseTo(own.avoided, 2);
      expect(told?.saved.profit_missed_usd).toBeCloseTo(own.missed, 2);
      expect(told?.marginal.saved_usd).toBeCloseTo(own.marginal, 2);
      if (own.ended > 0) expect(told?.of_blocked.win_rate).toBeCloseTo(own.won / own.ended, 3);
      if (told?.selectivity.r !== null) expect(told?.selectivity.r).toBeCloseTo(own.selectivity, 3);
      const [low, high] = told?.saved.interval_usd ?? [own.saved, own.saved];
      expect(low).toBeLessThanOrEqual(own.saved + 0.01);
      expect(high).toBeGreaterThanOrEqual(own.saved - 0.01);
    }
    expect(counted.guards.filter(({ ended }) => ended > 0).length).toBeGreaterThan(3);
    for (const slice of report.by.symbol) expect(slice.net_usd).toBeCloseTo(counted.bySymbol(slice.key), 2);
    for (const slices of Object.values(report.by))
      expect(slices.reduce((sum, { trades }) => sum + trades, 0)).toBe(counted.trades);
    expect(report.calibration.reduce((sum, { trades }) => sum + trades, 0)).toBe(counted.trades);
    report.overlap.guards.forEach((guard, i) => {
      expect(report.overlap.both[i]?.[i]).toBe(counted.guards.find((own) => own.guard === guard)?.ended);
    });
  });

  it('pairs what was traded with its shadow, and says how far they are apart', async () => {
    const { gap } = await reportOf(dir);
    expect(gap.pairs).toBeGreaterThan(5);
    const [low, high] = gap.interval_bp ?? [Number.NaN, Number.NaN];
    expect(low).toBeLessThanOrEqual(gap.mean_bp ?? Number.NaN);
    expect(high).toBeGreaterThanOrEqual(gap.mean_bp ?? Number.NaN);
    expect(gap.is_suspended).toBe(low > gap.tolerance_bp || high < -gap.tolerance_bp);
  });

  it('is the same twice, to the byte, and changes nothing in the directory', async () => {
    const seen = () =>
      readdirSync(dir, { recursive: true })
        .map((name) => join(dir, String(name)))
        .filter((path) => statSync(path).isFile())
        .map((path) => `${path} ${statSync(path).mtimeMs} ${statSync(path).size}`)
        .sort();
    const before = seen();
    const [one, two] = [
      await kintsugi(['report', '--dir', dir, '--json']),
      await kintsugi(['report', '--dir', dir, '--json']),
    ];
    expect(one.out).toBe(two.out);
    expect(seen()).toEqual(before);
  });

  it('is told in tables for people, with a verdict a guard in one of three words', async () => {
    const { code, out } = await kintsugi(['report', '--dir', dir]);
    expect(code).toBe(0);
    const report = await reportOf(dir);
    for (const { guard, verdict } of report.guards) {
      expect(['saves', 'costs', 'no evidence']).toContain(verdict.word);
      expect(out).toMatch(new RegExp(`${guard} +${verdict.word}`));
      if (!verdict.has_enough_data)
        expect(verdict).toMatchObject({ word: 'no evidence', says: expect.stringMatching(/^not enough data/) });
    }
    expect(out).toContain('not enough data');
    expect(out).toContain('nothing here changes a parameter');
  });

  it('is a page that needs nothing from anywhere', async () => {
    const file = join(freshFolder(), 'report.html');
    const { code, err } = await kintsugi(['report', '--dir', dir, '--html', file]);
    expect({ code, err }).toMatchObject({ code: 0 });
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\son\w+=/i);
    expect(page).toContain("default-src 'none'");
    for (const { guard } of (await reportOf(dir)).guards) expect(page).toContain(guard);
    expect(page.match(/<svg /g)?.length).toBeGreaterThan(3);
    // A second one takes the place of the first, and leaves nothing beside it.
    await kintsugi(['report', '--dir', dir, '--html', file]);
    expect(readdirSync(join(file, '..'))).toEqual(['report.html']);
  });
});

describe('kintsugi report', () => {
  it('leaves damaged lines out, and counts and names them', async () => {
    const whole = await reportOf(dir);
    const of = copy();
    appendFileSync(
      join(of, REAL),
      'not a record\n{"event_type":"shadow_real_exit","signal_id":"x"}\n{"event_type":"shad',
    );
    appendFileSync(join(of, DECISIONS), '\0\0\0\n');
    const { code, out, err } = await kintsugi(['report', '--dir', of, '--json']);
    expect(code).toBe(0);
    expect(err).toContain(`${REAL}: 2 lines could not be read`);
    expect(err).toContain(`${REAL}: its last line has no end`);
    expect(err).toContain(`${DECISIONS}: 1 line could not be read`);
    const { damage, ...told } = JSON.parse(out) as Told;
    expect(damage).toHaveLength(2);
    expect(told).toEqual({ ...whole, damage: undefined });
  });

  it('says what is missing, and tells the rest', async () => {
    const of = copy();
    rmSync(join(of, DECISIONS));
    const { code, out, err } = await kintsugi(['report', '--dir', of, '--json']);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining(`${DECISIONS} is missing`) });
    const told = JSON.parse(out) as Told;
    expect(told.all).toEqual((await reportOf(dir)).all);
    expect(told.missing).toEqual([DECISIONS]);
  });

  it('of outcomes that were written in another order, or twice, is the same', async () => {
    const of = copy();
    const lines = readFileSync(join(of, REAL), 'utf8').trim().split('\n');
    writeFileSync(join(of, REAL), `${[...lines.toReversed(), ...lines.slice(0, 5)].join('\n')}\n`);
    expect(await reportOf(of)).toEqual(await reportOf(dir));
  });

  it('takes names in records for names, and for no markup', async () => {
    const of = copy();
    const file = join(of, REAL);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"ema_cross"', '"<script>alert(1)</script>"'));
    const page = join(of, 'page.html');
    await kintsugi(['report', '--dir', of, '--html', page]);
    expect(readFileSync(page, 'utf8')).not.toContain('<script>');
    expect(readFileSync(page, 'utf8')).toContain('&lt;script&gt;');
  });

  it('suspends all verdicts where trades do not do what their shadows do', async () => {
    const of = copy();
    const file = join(of, REAL);
    const shifted = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const one = JSON.parse(line) as { net_usd: number; notional_usd: number; original_decision: string };
        return JSON.stringify({ ...one, net_usd: one.net_usd + 0.005 * one.notional_usd });
      });
    writeFileSync(file, `${shifted.join('\n')}\n`);
    const early = await reportOf(of);
    expect(early.gap).toMatchObject({ is_suspended: false, says: expect.stringContaining('if it is so on Monday') });
    // What the week brought is judged when it is over.
    const last = JSON.parse(shifted.at(-1) ?? '') as { readonly ts: number };
    const later = { event_type: 'signal_decision', signal_id: 'later', decision: 'EXPIRED', ts: last.ts + 7 * 86_400 };
    appendFileSync(join(of, DECISIONS), `${JSON.stringify(later)}\n`);
    const { gap, guards } = await reportOf(of);
    expect(gap).toMatchObject({ is_suspended: true, says: expect.stringMatching(/^verdicts are suspended/) });
    for (const { verdict } of guards) expect(verdict).toMatchObject({ word: 'no evidence', says: gap.says });
  });

  it('tells capacity with the places the bot had, and where no record says how many, with those of the settings', async () => {
    const of = copy();
    const bus = join(of, 'logs/signal_bus.jsonl');
    expect((await reportOf(of)).portfolio.places).toBe(4);
    const figures = (most: number) => ({ metadata: { blocker: 'RiskGuard', figures: { max_open_positions: most } } });
    const blocked = { event_type: 'state_change', event_id: 'e', signal_id: 's', ...figures(7) };
    appendFileSync(bus, `${JSON.stringify(blocked)}\n`);
    expect((await reportOf(of)).portfolio.places).toBe(7);
    rmSync(bus);
    process.env.KINTSUGI_GUARDS_RISK_MAX_OPEN_POSITIONS = '2';
    onTestFinished(() => {
      delete process.env.KINTSUGI_GUARDS_RISK_MAX_OPEN_POSITIONS;
    });
    const { places, with_limits: limited, signals } = (await reportOf(of)).portfolio;
    expect({ places, isLess: limited.trades < signals }).toEqual({ places: 2, isLess: true });
    process.env.KINTSUGI_GUARDS_RISK_MAX_OPEN_POSITIONS = 'many';
    const { code, out, err } = await kintsugi(['report', '--dir', of, '--json']);
    expect({ code, places: (JSON.parse(out) as Report).portfolio.places }).toEqual({ code: 0, places: 4 });
    expect(err).toContain('the settings cannot be read');
  });

  it('of a bot that has decided nothing says that it is not enough', async () => {
    const of = freshFolder();
    mkdirSync(join(of, 'logs'));
    for (const file of [REAL, DECISIONS]) writeFileSync(join(of, file), '');
    const { code, out } = await kintsugi(['report', '--dir', of]);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('not enough data') });
    expect(await reportOf(of)).toMatchObject({ schema: 1, guards: [], period: { from: null, to: null } });
    const page = join(of, 'page.html');
    expect(await kintsugi(['report', '--dir', of, '--html', page])).toMatchObject({ code: 0 });
    expect(readFileSync(page, 'utf8')).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('ends with what to do where there is nothing to tell, and with the exit codes it promises', async () => {
    const empty = freshFolder();
    const nowhere = await kintsugi(['report', '--dir', join(empty, 'nobody')]);
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('there is no such directory') });
    const bare = await kintsugi(['report', '--dir', empty]);
    expect(bare).toMatchObject({ code: 1, err: expect.stringContaining('holds no decisions') });
    expect(await kintsugi(['report', '--dir', dir, '--html', ''])).toMatchObject({ code: 64 });
    const nofile = await kintsugi(['report', '--dir', dir, '--html', join(empty, 'no', 'folder.html')]);
    expect(nofile).toMatchObject({ code: 1, err: expect.stringContaining('could not be written (ENOENT)') });
    expect(await kintsugi(['report', '--json', '--nonsense'])).toMatchObject({ code: 64 });
    expect(existsSync(join(empty, 'logs'))).toBe(false);
    const of = copy();
    rmSync(join(of, REAL));
    mkdirSync(join(of, REAL));
    const folder = await kintsugi(['report', '--dir', of]);
    expect(folder).toMatchObject({ code: 1, err: expect.stringContaining('cannot be read (EISDIR)') });
  });

  it('reads beside a running bot, and does not disturb it', async () => {
    const of = freshFolder();
    const bot = startForTest(['run', '--dir', of, '--speed', '600', '--no-http', '--no-guardian', '--for', '1d']);
    await bot.said('runs in');
    await expect
      .poll(async () => (await kintsugi(['report', '--dir', of, '--json'])).code, { timeout: 60_000 })
      .toBe(0);
    const told = await reportOf(of);
    expect(told.schema).toBe(1);
    bot.kill('SIGINT');
    expect(await bot.outcome).toMatchObject({ code: 0 });
    expect(await kintsugi(['doctor', '--dir', of])).toMatchObject({ code: 0 });
  }, 120_000);
});
