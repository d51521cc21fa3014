/** Bars of five minutes and of an hour: what is late, silent or unknown is told by the length of a bar, and a whole bot is quiet on them. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Bot, createBot } from '../../src/actors/bot.ts';
import { simMarket } from '../../src/adapters/sim-market.ts';
import { statusOf } from '../../src/cli/bot-status.ts';
import { paceFor } from '../../src/cli/pace.ts';
import type { Invariant, View } from '../../src/healing/invariant.ts';
import { catalogue } from '../../src/healing/invariants/catalogue.ts';
import { type ActorId, actorOf, COMPONENTS } from '../../src/machines/messages.ts';
import type { FeedListener } from '../../src/ports/market-feed.ts';
import type { World } from '../../src/ports/world.ts';
import type { Setting } from '../../src/sim/script.ts';
import { settingsOf } from '../../src/sim/world/setup.ts';
import { type TestHabitat, testHabitat } from '../actors/habitat.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const SETTING: Setting = {
  ...{ symbols: SYMBOLS.length, speed: 1, stops: false, restless: false, tickMs: MINUTE },
  ...{ durability: 'written', mirror: false },
};
const LENGTHS = [
  ['five minutes', 5 * MINUTE],
  ['an hour', HOUR],
] as const;

type Told = { readonly level: string; readonly subject: string };

interface LongBot {
  readonly bot: Bot;
  readonly told: readonly Told[];
  readonly advance: (ms: number) => Promise<void>;
  readonly incidents: () => Promise<readonly string[]>;
  readonly health: () => Record<string, string>;
  readonly killed: () => boolean;
  /** The connection brings nothing more until it is opened anew. */
  readonly silence: () => void;
}

const open: { bot: Bot; h: TestHabitat }[] = [];
afterEach(async () => {
  for (const { bot, h } of open.splice(0)) {
    bot.stop();
    await h.advance(10_000);
    await bot.stopped;
    await h.end();
  }
});

async function longBot(barMs: number, restless = false): Promise<LongBot> {
  // Looks as far apart as the length of a bar has room for.
  const pace = { ...paceFor(barMs < HOUR ? 8 : 40), sweepMs: MINUTE };
  const h = await testHabitat({ symbols: SYMBOLS, pace });
  const told: Told[] = [];
  const market = simMarket({
    symbols: SYMBOLS,
    intervalMs: barMs,
    clock: h.clock,
    chance: h.world.chance.fork('market'),
  });
  let mute = false;
  const world: World = {
    ...h.world,
    feed: {
      ...market,
      start: (listener: FeedListener) => {
        mute = false;
        return market.start({
          ...listener,
          tick: (tick) => {
            if (mute) return;
            h.broker.mark(tick);
            listener.tick(tick);
          },
        });
      },
    },
    alerts: {
      ...h.world.alerts,
      raise: async ({ level, subject }: Told) => {
        told.push({ level, subject });
      },
    },
  };
  const settings = settingsOf({ ...SETTING, restless });
  const bot = createBot({
    world,
    invariants: catalogue({ barMs, recorded: false, ...world.pace }, SYMBOLS),
    settings: { ...settings, guards: { ...settings.guards, barMs } },
  });
  open.push({ bot, h });
  bot.start();
  const advance = async (ms: number) => {
    // So that nothing waits for the disk for as long as a bar.
    for (let left = ms; left > 0; left -= MINUTE) await h.advance(Math.min(left, MINUTE));
  };
  return {
    bot,
    told,
    advance,
    silence: () => {
      mute = true;
    },
    incidents: async () =>
      (await h.records('logs/healing.jsonl')).map(({ invariant, status }) => `${invariant} ${status}`),
    health: () =>
      Object.fromEntries(
        Object.entries(statusOf(bot, world, 0).components).map(([name, { status }]) => [name, status]),
      ),
    killed: () => statusOf(bot, world, 0).kill_switch.active,
  };
}

const contextOf = ({ bot }: LongBot, actor: ActorId) => bot.mailboxes.ref(actor)?.getSnapshot().context;
const workOf = ({ bot }: LongBot, actor: ActorId) => bot.mailboxes.ref(actor)?.getSnapshot().value.running.work;

describe.each(LENGTHS)('a bot on bars of %s', (_, barMs) => {
  it('has no incident in quiet operation, before the first bar least of all', async () => {
    const t = await longBot(barMs);
    await t.advance(barMs - MINUTE);
    expect(Object.entries(t.health()).filter(([, status]) => status === 'red')).toEqual([]);
    expect(contextOf(t, 'heartbeat').lastProgressAt).toBe(null);
    await t.advance(HOUR + barMs);
    expect(contextOf(t, 'heartbeat').beats).toBeGreaterThan(0);
    expect(await t.incidents()).toEqual([]);
    expect(t.told).toEqual([]);
    expect(t.killed()).toBe(false);
  }, 60_000);

  it('shows a feed that is live and a heart that beats, all the time between two bars', async () => {
    const t = await longBot(barMs);
    await t.advance(barMs + 5_000);
    for (let seen = 0; seen < 5; seen++) {
      expect([workOf(t, 'marketFeed'), workOf(t, 'heartbeat')]).toEqual(['live', 'beating']);
      await t.advance((barMs - 10_000) / 5);
    }
  }, 60_000);

  it('breaks nothing when any of its components is started anew between two bars, with positions open', async () => {
    const t = await longBot(barMs, true);
    while ((contextOf(t, 'exitGates')?.watch.open ?? 0) === 0) await t.advance(barMs);
    await t.advance(barMs / 2);
    expect(await t.incidents()).toEqual([]);
    // Nobody has asked the supervisor: that they end is an incident of each.
    const others = async () => (await t.incidents()).filter((line) => !/\/alive (open|healed|cleared)$/.test(line));
    for (const actor of [...COMPONENTS.map(actorOf), 'marketFeed'] as const)
      t.bot.mailboxes.ref(actor)?.send({ type: 'RESTART', incident: 'by hand', reason: 'a test', from: 'bot' });
    await t.advance(barMs / 2 - MINUTE);
    expect(await others()).toEqual([]);
    expect(Object.entries(t.health()).filter(([, status]) => status === 'red')).toEqual([]);
    await t.advance(barMs * 2);
    expect(contextOf(t, 'exitGates').lastTickAt).not.toBe(null);
    expect(await others()).toEqual([]);
    expect(t.told).toEqual([]);
    expect(t.killed()).toBe(false);
  }, 120_000);

  it.each(['featureStore', 'signalEngine', 'heartbeat', 'exitGates'] as const)(
    'finds a %s that stands still, and heals it',
    async (actor) => {
      const t = await longBot(barMs);
      await t.advance(barMs * 2 + barMs / 2);
      t.bot.mailboxes.stall(actor);
      await t.advance(Math.max(2 * MINUTE, barMs / 10));
      const seen = await t.incidents();
      expect(seen.filter((line) => line.endsWith(' healed'))).toEqual([expect.stringMatching(/\/mail-drains healed$/)]);
      expect(seen.filter((line) => line.includes('failed'))).toEqual([]);
      await t.advance(barMs * 2);
      expect(await t.incidents()).toEqual(seen);
      expect(t.killed()).toBe(false);
    },
    60_000,
  );

  it('finds a feed that has gone silent after three bars, and opens it anew', async () => {
    const t = await longBot(barMs);
    await t.advance(barMs * 2 + 5_000);
    t.silence();
    await t.advance(barMs * 2 + barMs / 2);
    expect(await t.incidents()).toEqual([]);
    await t.advance(barMs * 2);
    const seen = await t.incidents();
    // Whichever looked first is the one behind which the feed is started anew.
    expect(seen).toContainEqual(
      expect.stringMatching(/^(market_feed\/fresh|exit_gates\/no-position-is-blind|heartbeat\/progress) healed$/),
    );
    expect(seen.filter((line) => line.includes('failed'))).toEqual([]);
    expect(contextOf(t, 'marketFeed').life.incarnation).toBe(2);
    await t.advance(barMs);
    expect(workOf(t, 'marketFeed')).toBe('live');
    expect(t.killed()).toBe(false);
  }, 60_000);
});

describe.each([['a minute', MINUTE] as const, ...LENGTHS])('on bars of %s', (_, barMs) => {
  const now = Date.UTC(2026, 0, 5);
  const tickAt = now - barMs * 0.75;
  const all = catalogue({ barMs, recorded: false, lookMs: 2_000, checkMs: 1_000, sweepMs: MINUTE }, SYMBOLS);
  const find = (id: string): Invariant => {
    const found = all.find((one) => one.id === id);
    if (!found) throw new Error(`there is no ${id}`);
    return found;
  };
  /** As if all had gone well until the last bar, but for this. */
  const seen = (change: Partial<Record<ActorId, object>>): View => {
    const contexts: Partial<Record<string, object>> = {
      marketFeed: { lastTickAt: tickAt },
      featureStore: { updatedAt: tickAt },
      signalEngine: { lastFeaturesAt: tickAt },
      heartbeat: { lastProgressAt: tickAt, what: '' },
      ...change,
    };
    return {
      now,
      sight: (id) => {
        const context = contexts[id];
        const snapshot = { context, value: { running: { work: 'live' } }, hasTag: () => true } as never;
        return context && { id, status: 'active', error: undefined, snapshot, since: 0 };
      },
      mail: () => ({ accepted: 0, processed: 0, held: 0, unprocessedSince: null }),
    };
  };
  const progress = find('heartbeat/progress');
  const restarted = (view: View): unknown => {
    const [remedy] = progress.remedies;
    return remedy?.type === 'RESTART' && typeof remedy.to === 'function' ? remedy.to(view) : null;
  };

  it('a heart that was just started anew is not held for one that never beats', () => {
    expect(progress.holds(seen({ heartbeat: { lastProgressAt: null, what: '' } })).holds).toBe(null);
  });

  it.each([
    ['featureStore', { featureStore: { updatedAt: tickAt - barMs * 10 } }],
    ['signalEngine', { signalEngine: { lastFeaturesAt: tickAt - barMs * 10 } }],
    ['heartbeat', {}],
    ['marketFeed', { marketFeed: { lastTickAt: tickAt - barMs * 10 } }],
  ] as const)(
    'of those behind which nothing goes on, a %s that stands still is the one started anew',
    (actor, change) => {
      const view = seen({ ...change, heartbeat: { lastProgressAt: tickAt - barMs * 10, what: '' } });
      expect(progress.holds(view).holds).toBe(false);
      expect(restarted(view)).toBe(actor);
    },
  );
});
