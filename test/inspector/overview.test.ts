import { describe, expect, it } from 'vitest';
import { knownOfApp } from '../../src/inspector/app-overview.ts';
import { overviewOf } from '../../src/inspector/overview.ts';
import { DAY_MS, RecentIncidents } from '../../src/inspector/recent-incidents.ts';
import { percentile } from '../../src/inspector/repairs.ts';
import { whyOf } from '../../src/inspector/why.ts';
import { appOf, counter } from '../healing/app.ts';
import { judgedBot, SWEEP_MS } from './judged-bot.ts';

const running = () => {
  const bot = judgedBot();
  bot.all(true);
  bot.look();
  bot.pass(60_000);
  bot.look();
  return bot;
};
const overview = (bot: ReturnType<typeof judgedBot>) => overviewOf(bot.known());
const view = (bot: ReturnType<typeof judgedBot>, id: string) => overview(bot).components.find((one) => one.id === id);

describe('the verdict', () => {
  const said = (bot: ReturnType<typeof judgedBot>) => {
    const { title, alert } = overview(bot).verdict;
    return `${title} | ${alert}`;
  };

  it('says of a bot that starts that nothing is known, and never that it is green', () => {
    expect(overview(judgedBot()).verdict).toMatchObject({
      health: 'unknown',
      title: 'Nothing is known yet: the bot is starting.',
    });
  });

  it('says that everything holds, and that nobody was alerted', () => {
    expect(said(running())).toBe('Everything holds. | No alert was sent: nothing needs a person.');
  });

  it('says what is being repaired, and whether somebody will be woken', () => {
    const bot = running();
    bot.set('state_machine/works', false);
    bot.look();
    expect(said(bot)).toBe(
      'State machine is being repaired. Trading may be affected. | No alert was sent. It is critical: if it cannot be repaired, the operator is alerted.',
    );
  });

  it('says what was repaired, when, and that it is watched', () => {
    const bot = running();
    bot.mend('signal_bus/works');
    bot.pass(40_000);
    bot.look();
    expect(overview(bot).verdict).toMatchObject({
      health: 'yellow',
      title: 'Signal bus was repaired 40 s ago and is being watched.',
      detail: 'The other 12 components are green.',
    });
  });

  it('says that trading is unaffected where no order depends on what could not be repaired', () => {
    const bot = running();
    bot.giveUp('shadow_engine/keeps-up');
    expect(said(bot)).toBe(
      'Shadow engine could not be repaired. Trading is unaffected. | Shadow engine is not critical: no alert was sent for that.',
    );
  });

  it('says that entries are blocked and why, and that the operator knows', () => {
    const bot = running();
    bot.giveUp('state_machine/works');
    expect(overview(bot).verdict.title).toBe('Entries are blocked: state_machine/works could not be healed: no.');
    expect(overview(bot).verdict.detail).toContain('State machine could not be repaired.');
    expect(overview(bot).verdict.alert).toBe(
      'The operator was alerted of State machine: what is broken there is critical. The operator was alerted that entries are blocked.',
    );
    bot.resume();
    expect(overview(bot).verdict.title).toBe('State machine could not be repaired. Trading may be affected.');
  });

  it('hears of the feed, which is no component', () => {
    const bot = running();
    bot.giveUp('market_feed/works');
    bot.resume();
    expect(overview(bot).verdict).toMatchObject({
      health: 'red',
      title: 'Market feed could not be repaired. Trading may be affected.',
    });
    expect(whyOf('market_feed', bot.known())).toMatchObject({
      health: 'red',
      incident: expect.stringContaining('INC'),
    });
  });

  it('takes nothing for green, and claims nothing of trading, when the healer does not judge', () => {
    const bot = running();
    bot.pass(SWEEP_MS * 3);
    expect(overview(bot).verdict).toMatchObject({
      health: 'red',
      title: 'The healer does not judge any more, so nothing is taken for green.',
      detail: expect.stringContaining('Whether trading is affected is not known.'),
    });
  });
});

describe('the figures of a day', () => {
  it('tell how fast repairs were, and how many of them held', () => {
    const bot = running();
    for (const ms of [1_000, 2_000, 3_000, 10_000]) {
      bot.mend('signal_bus/works', ms);
      bot.pass(700_000);
      bot.look();
    }
    expect(overview(bot).repairs).toMatchObject({ healed: 4, failed: 0, median_ms: 2_500, p95_ms: 10_000, held: 1 });
    bot.mend('signal_bus/works', 1_000);
    bot.pass(599_000);
    bot.mend('signal_bus/works', 1_000);
    // Of the last nobody knows yet whether it holds.
    expect(overview(bot).repairs.held).toBeCloseTo(4 / 5);
    expect(view(bot, 'signal_bus')?.mttr_ms).toBe(1_500);
    bot.pass(700_000);
    bot.look();
    expect(overview(bot).repairs.held).toBeCloseTo(5 / 6);
    expect(view(bot, 'shadow_engine')).toMatchObject({ mttr_ms: null, last_repair: null, strip: [] });
  });

  it('count as green only the time in which nothing was in trouble, where troubles overlap once', () => {
    const bot = running();
    expect(overview(bot).repairs.all_green).toBe(1);
    bot.mend('signal_bus/works', 60_000);
    bot.mend('shadow_engine/works', 60_000);
    bot.pass(1_200_000);
    bot.look();
    // A green minute; one of healing and eleven of the second, which is watched for ten; then green again.
    expect(overview(bot).repairs.all_green).toBeCloseTo(1 - 720_000 / 1_380_000);
  });

  it('say nothing of the time in which not all was judged: neither before the first judgement nor after the last', () => {
    expect(overview(judgedBot()).repairs).toMatchObject({ all_green: null, observed_ms: 0 });
    const bot = running();
    expect(overview(bot).repairs).toMatchObject({ all_green: 1, observed_ms: 60_000 });
    bot.pass(3 * SWEEP_MS);
    expect(overview(bot).verdict.health).toBe('red');
    expect(overview(bot).repairs).toMatchObject({ all_green: 1, observed_ms: 60_000 });
  });

  it('count what was given up without waking anybody as held back', () => {
    const bot = running();
    bot.giveUp('shadow_engine/keeps-up');
    expect(overview(bot).alerts).toEqual({ sent: 0, held_back: 1 });
    bot.giveUp('state_machine/works');
    expect(overview(bot).alerts).toEqual({ sent: 2, held_back: 1 });
  });

  it('forget what is older than a day, but never what is open', () => {
    const bot = running();
    bot.mend('signal_bus/works');
    bot.giveUp('shadow_engine/keeps-up');
    const kept = new RecentIncidents();
    for (const record of bot.records) kept.add(record);
    bot.pass(DAY_MS + 1_200_000);
    const { at } = bot.known();
    expect(new Set(kept.records(at).map(({ component }) => component))).toEqual(new Set(['shadow_engine']));
    expect(overview(bot).repairs.healed).toBe(0);
    expect(view(bot, 'signal_bus')?.strip).toEqual([]);
    expect(view(bot, 'shadow_engine')?.strip).toMatchObject([{ from: at - DAY_MS, to: null, health: 'red' }]);
  });

  it('take the smallest span that 95 % do not exceed', () => {
    expect(percentile([], 0.95)).toBeNull();
    expect(percentile([7], 0.95)).toBe(7);
    expect(
      percentile(
        Array.from({ length: 100 }, (_, i) => 100 - i),
        0.95,
      ),
    ).toBe(95);
  });
});

describe('the strip of a component', () => {
  it('is yellow while it is healed and watched, and ends with the watch', () => {
    const bot = running();
    const { at } = bot.known();
    bot.mend('signal_bus/works', 5_000);
    expect(view(bot, 'signal_bus')?.strip).toMatchObject([{ from: at, to: null, health: 'yellow' }]);
    bot.pass(700_000);
    bot.look();
    expect(view(bot, 'signal_bus')?.strip).toMatchObject([{ from: at, to: at + 605_000, health: 'yellow' }]);
  });

  it('is red from when it was given up until it is tried again', () => {
    const bot = running();
    bot.giveUp('signal_bus/works');
    bot.pass(300_000);
    bot.look();
    expect(view(bot, 'signal_bus')?.strip.map(({ health, to }) => [health, to === null])).toEqual([
      ['yellow', false],
      ['red', false],
      ['yellow', true],
    ]);
    expect(view(bot, 'signal_bus')).toMatchObject({ health: 'yellow', last_repair: { outcome: 'under way' } });
  });

  it('ends with the life of the bot that left it open', () => {
    const bot = running();
    bot.set('signal_bus/works', false);
    bot.look();
    const left = bot.records.map((record) => ({ ...record, incident_id: `OLD-${record.incident_id}` }));
    const known = bot.known();
    const since = known.at + 50_000;
    const later = { ...known, records: left, since, at: since + 60_000 };
    const strip = overviewOf(later).components.find(({ id }) => id === 'signal_bus')?.strip;
    expect(strip).toMatchObject([{ from: known.at, to: since, health: 'yellow' }]);
  });
});

describe('any app under supervise', () => {
  it('has the same overview: its actors, budgets, incidents and the reason', () => {
    let isWrong = false;
    const { app, clock, incidents } = appOf({
      children: [
        { id: 'orderDesk', logic: counter() },
        { id: 'printer', logic: counter() },
      ],
      sweepMs: 1_000,
      invariants: [{ id: 'printer/prints', actor: 'printer', broken: () => (isWrong ? 'it is jammed' : null) }],
    });
    const known = () => knownOfApp(app, { name: 'shop', records: incidents });
    clock.advance(2_000);
    expect(overviewOf(known())).toMatchObject({
      kind: 'app',
      verdict: { health: 'green', title: 'Everything holds.' },
    });
    isWrong = true;
    clock.advance(1_100);
    isWrong = false;
    clock.advance(6_000);
    const seen = overviewOf(known());
    expect(seen.components.map(({ id, actor, name, health }) => [id, actor, name, health])).toEqual([
      ['orderDesk', 'orderDesk', 'Order desk', 'green'],
      ['printer', 'printer', 'Printer', 'yellow'],
    ]);
    expect(seen.verdict.title).toMatch(/^Printer was repaired \d+ m?s ago and is being watched\.$/);
    expect(seen.components[1]?.budgets).toEqual([{ remedy: 'RESTART', left: 2, most: 3, within_ms: 60_000 }]);
    expect(seen.status.status).toBe(app.status().status);
    expect(whyOf('printer', known())?.steps.map(({ kind }) => kind)).toContain('proof');
    isWrong = true;
    clock.advance(120_000);
    expect(overviewOf(known()).verdict).toMatchObject({
      health: 'red',
      title: 'Printer could not be repaired.',
      alert: 'Printer was handed to a person: the app was told by its escalations.',
    });
  });

  it('is unknown before it is judged, and not running when it was stopped', async () => {
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter() }] });
    const overview = () => overviewOf(knownOfApp(app, { name: 'shop', records: [] }));
    expect(overview().verdict.health).not.toBe('green');
    clock.advance(1_000);
    const stopped = app.stop();
    clock.advance(10_000);
    await stopped;
    expect(overview()).toMatchObject({
      status: { status: 'not_running' },
      verdict: { health: 'red', title: 'The app is not running.' },
    });
  });
});
