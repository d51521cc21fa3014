/**
 * The whole bot on a simulated world: virtual time, a disk that loses power, an exchange and a market that outlive it, a guardian
 * that starts it again, and the faults of a script. Safety is checked while it runs; when the faults are over, it must come to rest.
 */
import { seededChance } from '../adapters/seeded-chance.ts';
import { VirtualClock } from '../adapters/virtual-clock.ts';
import { LAPSE_MS } from '../machines/vitals.ts';
import { Aims, aimedAt, type Waiting } from './aims.ts';
import type { FaultKind } from './fault-kinds.ts';
import { faultOf } from './faults/catalogue.ts';
import type { Stage } from './faults/fault.ts';
import { LAWS } from './laws/catalogue.ts';
import type { Scene } from './laws/law.ts';
import { whatIsLeft } from './left.ts';
import { Meetings, standingOf } from './meetings.ts';
import type { Observer } from './observer.ts';
import { together } from './observers.ts';
import type { Outcome } from './outcome.ts';
import { comeToRest } from './rest.ts';
import { ACTORS } from './roster.ts';
import type { Prompt, Script, ScriptedFault } from './script.ts';
import { SimDisk } from './sim-disk.ts';
import { Trace } from './trace.ts';
import { Exchange } from './world/exchange.ts';
import { Host } from './world/host.ts';
import { oneInstant } from './world/instant.ts';
import { BAR_MS, Market, SYMBOLS } from './world/market.ts';
import type { Outside } from './world/outside.ts';
import { Pager } from './world/pager.ts';
import { SWEEP_MS } from './world/setup.ts';
import { Writers } from './world/writers.ts';

const START = Date.UTC(2026, 0, 5);
/** How often the laws look at a living bot, ms. */
const LOOK_MS = 10_000;
/** The person that a script has do something. */
const SOMEBODY = 'somebody';

/** Lets whoever started a simulation see it from within. */
export interface Watch {
  /** Told what happens, as the laws are. */
  readonly observer?: Observer;
  /** Asked now and then; gives the caller's event loop a turn where it returns a promise. */
  readonly breathe?: (simulatedMs: number) => Promise<void> | undefined;
  /** Told all that the trace is the hash of, a line each. */
  readonly decided?: (line: string) => void;
  /** Told what is on the disk at the end, by path below the bot's directory. */
  readonly leaves?: (path: string, bytes: Uint8Array) => void;
}

const inOrder = ({ faults, prompts = [] }: Script): readonly Waiting[] =>
  prompts.length === 0 ? faults : [...prompts, ...faults].sort((a, b) => a.at - b.at);

/** Runs a script. The same script gives the same outcome, byte for byte, in any process. */
export async function simulate(script: Script, watch: Watch = {}): Promise<Outcome> {
  const { seed, setting, faultyMs } = script;
  const chance = seededChance(seed).fork('world');
  const clock = new VirtualClock(START);
  const disk = new SimDisk({
    chance: () => 0.5,
    sleep: (ms) => new Promise((resolve) => void clock.setTimeout(resolve, ms)),
  });
  const pager = new Pager(clock, chance.fork('pager'));
  disk.dieAt(Number.POSITIVE_INFINITY);
  const trace = new Trace(watch.decided);
  const wrong: { law: string; says: string }[] = [];
  const damaged = new Set<string>();
  const scene: Scene = {
    script,
    disk,
    pager,
    damaged,
    exchange: {
      held: () => exchange.held(),
      resting: () => exchange.resting(),
      get silent() {
        return exchange.silent;
      },
      get answers() {
        return exchange.answers;
      },
    },
    market: {
      lastTold: (symbol) => market.lastTold(symbol),
      get silent() {
        return market.silent;
      },
    },
  };
  const counts = { incidents: 0, fills: 0 };
  const writers = new Writers(
    (id, event) => {
      trace.note(`${clock.now() - START} ${id} ${event.type}`);
      observer.took(id, event);
    },
    // Not in the midst of what the actor does: whoever strikes from outside comes between two steps.
    (id) => void (aims.awaits(id) && Promise.resolve().then(() => strikeAimed(id))),
  );
  const meetings = new Meetings(() => clock.now());
  const own: Observer = {
    born: ({ bot }) => {
      bot.board.recorded.subscribe(({ incident_id, status }) => trace.note(`${incident_id} ${status}`));
    },
    died: ({ bot }) => {
      counts.incidents += bot.board.counts.total;
    },
    filled: ({ fillId, qty, price }) => {
      counts.fills++;
      trace.note(`${fillId} ${qty} ${price}`);
    },
    sent: ({ intent }) => trace.note(`sent ${intent.clientOrderId}`),
    called: ({ operation, path }, actor) => trace.note(`${actor} ${operation} ${path}`),
  };
  const observer = together([
    own,
    meetings.observer,
    ...LAWS.map((law) => law.watch(scene, (says) => void wrong.push({ law: law.id, says }))),
    ...(watch.observer ? [watch.observer] : []),
  ]);
  disk.onCall = (call) => observer.called(call, writers.present);
  const exchange = await Exchange.open(clock, chance.fork('exchange'), observer);
  const market = new Market({
    symbols: SYMBOLS.slice(0, setting.symbols),
    clock,
    chance: chance.fork('market'),
    tickMs: setting.tickMs,
    since: setting.pastBars === undefined ? Number.NEGATIVE_INFINITY : START - setting.pastBars * BAR_MS,
    mark: (tick) => exchange.broker.mark(tick),
    quote: (quote) => exchange.broker.quote(quote),
  });
  const outside: Outside = { script, clock, disk, market, exchange, pager, observer, ahead: 0, epoch: 0 };
  const host = new Host(outside, writers, chance.fork('host'));

  const step = (): Promise<boolean> => oneInstant(clock, host);
  const runUntil = async (at: number): Promise<void> => {
    const wake = clock.setTimeout(() => undefined, at - clock.now());
    while (clock.now() < at) await step();
    clock.clearTimeout(wake);
    await watch.breathe?.(clock.now() - START);
  };
  const look = (): void => {
    clock.setTimeout(() => {
      if (host.life) observer.looked(host.life);
      look();
    }, LOOK_MS);
  };
  const undo = new Set<() => void>();
  const stage: Stage = {
    disk,
    market,
    exchange,
    clock,
    host,
    setClock: (ms) => {
      outside.ahead += ms;
      const { life } = host;
      const behind = life ? clock.now() + outside.ahead - life.clock.now() : 0;
      // A process's own line follows forward, and never goes back.
      if (behind > LAPSE_MS) life?.clock.leap(behind);
    },
    damaged: (path) => void damaged.add(path),
    lasts: (ms, end) => {
      undo.add(end);
      clock.setTimeout(() => {
        if (undo.delete(end)) end();
      }, ms);
    },
  };

  const faults: Partial<Record<FaultKind, number>> = {};
  const aims = new Aims();
  const strike = (fault: ScriptedFault): boolean => {
    const { kind, chance: own, aim } = fault;
    const { life } = host;
    const chance = seededChance(own);
    // Where everybody stands before it changes by what is done to them.
    const before = new Map(ACTORS.map((actor) => [actor, standingOf(life, actor)]));
    const met = faultOf(kind).inflict(stage, aim ? aimedAt(aim.strikes ?? aim.actor, chance) : chance);
    if (met.length === 0) return false;
    faults[kind] = (faults[kind] ?? 0) + 1;
    meetings.strike(kind, met, (actor) => before.get(actor) ?? 'not started');
    trace.note(`${clock.now() - START} ${kind} ${met.join(' ')}`);
    return true;
  };
  const perform = (prompt: Prompt): boolean => {
    const { deed } = prompt;
    const bot = host.life?.bot;
    trace.note(`${clock.now() - START} ${deed.is}`);
    if (deed.is === 'line-broken') market.breakLine();
    else if (deed.is === 'deleted') {
      damaged.add(deed.path);
      disk.remove(deed.path);
    } else if (deed.is === 'resumed') void bot?.resume({ reason: 'a script says so', by: SOMEBODY, force: true });
    // What is refused is asked for again. Nobody answers in a process that dies meanwhile.
    else
      void bot
        ?.askRemedy({ invariant: deed.invariant, remedy: 'REPAIR', by: SOMEBODY })
        .then(({ sent }) => sent || aims.wait(prompt));
    return true;
  };
  const happenNow = (one: Waiting): boolean => ('kind' in one ? strike(one) : perform(one));
  const happen = (one: Waiting): boolean => {
    const laterMs = one.aim?.laterMs ?? 0;
    if (laterMs === 0) return happenNow(one);
    const isInTime = clock.now() + laterMs < START + faultyMs;
    if (isInTime) clock.setTimeout(() => void happenNow(one), laterMs);
    return isInTime;
  };
  const strikeAimed = (actor: string): void => {
    if (host.life) aims.meet(actor, host.life, happen);
  };
  host.powerOn();
  look();
  for (const one of inOrder(script)) {
    await runUntil(START + one.at);
    if (one.aim) aims.wait(one);
    else happen(one);
    if (one.aim) strikeAimed(one.aim.actor);
  }
  await runUntil(START + faultyMs);
  aims.forget();

  // The faults are over, and what they left behind that only their cause can undo.
  host.spare();
  for (const end of undo) end();
  undo.clear();
  exchange.wire.order = 'ok';
  exchange.wire.underWayMs = null;
  // It waits for a tick, however long none comes.
  market.line.swap = false;
  pager.steady();
  await comeToRest({ outside, host, step, runUntil, found: (law, says) => void wrong.push({ law, says }) });
  // An order that was under way has its answer by then, and a bar has come.
  await runUntil(clock.now() + SWEEP_MS);
  if (host.life) observer.rested(host.life);
  await host.stop(step);
  const left = await whatIsLeft(outside);
  observer.ended(left);
  for (const path of [...disk.paths(/./)].sort()) {
    trace.bytes(path, disk.bytes(path));
    watch.leaves?.(path, disk.bytes(path));
  }
  return {
    seed,
    wrong,
    faults,
    meetings: meetings.verdicts(),
    lives: host.lives,
    incidents: counts.incidents,
    signals: left.bus.filter(({ event_type }) => event_type === 'signal_generated').length,
    fills: counts.fills,
    simulatedMs: clock.now() - START,
    trace: trace.end(),
  };
}
