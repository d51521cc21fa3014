/**
 * The whole bot on a simulated world: virtual time, a disk that loses power, a paper exchange that outlives it, faults from a seed.
 * Safety is checked while it runs and after every death; when the faults are over, it must come to rest.
 */
import { type Bot, createBot } from '../../src/actors/bot.ts';
import { EXIT_DEFAULTS } from '../../src/actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import { changeOf, PositionBook } from '../../src/actors/position-book.ts';
import { fundingPayment, positionChange, SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { LIFECYCLE_TABLE } from '../../src/actors/signal-registry.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { PaperBroker, type SubmitFault } from '../../src/adapters/paper-broker.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { simMarket } from '../../src/adapters/sim-market.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import { statusOf } from '../../src/cli/bot-status.ts';
import { openAlerts } from '../../src/cli/open-alerts.ts';
import { linesIn } from '../../src/cli/read-ledger.ts';
import { WATCHED_MS } from '../../src/healing/health.ts';
import { catalogue } from '../../src/healing/invariants/catalogue.ts';
import { checkLedger } from '../../src/healing/ledger-check.ts';
import { actorOf, COMPONENTS } from '../../src/machines/messages.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import type { World } from '../../src/ports/world.ts';
import { SimDisk } from './sim-disk.ts';

const START = Date.UTC(2026, 0, 5);
const BAR_MS = 60_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const PACE = { lookMs: 30_000, changeMs: 1_000, checkMs: 20_000, saveMs: 30_000, sweepMs: 60_000 };
/** Looser guards, so that the bot trades a lot. */
const GUARDS = {
  ...GUARD_LIMITS,
  barMs: BAR_MS,
  volatility: { min: 0.000001, max: 1, maxSpreadBps: 100 },
  hourly: { overall: 10_000, perSymbol: 10_000 },
  fees: { ...GUARD_LIMITS.fees, minMultiple: 0.001 },
  correlation: { ...GUARD_LIMITS.correlation, tolerated: 100 },
  regime: {
    ...GUARD_LIMITS.regime,
    allowed: { trend: ['trending', 'ranging', 'volatile'], reversion: ['trending', 'ranging', 'volatile'] },
  },
} as const satisfies typeof GUARD_LIMITS;

/** `generated → evaluating` and so on. */
const EDGES = new Set(
  LIFECYCLE_TABLE.states.flatMap((from, place) =>
    LIFECYCLE_TABLE.events.flatMap((_, event) => {
      const to = LIFECYCLE_TABLE.states[LIFECYCLE_TABLE.next(place, event)];
      return to === undefined ? [] : [`${from.split('.')[0]} → ${to.split('.')[0]}`];
    }),
  ),
);

export const FAULT_KINDS = [
  'crash',
  'power-cut',
  'actor-ends',
  'actor-wedged',
  'actor-throws',
  'log-deleted',
  'garbage-appended',
  'bytes-overwritten',
  'document-torn',
  'disk-full',
  'disk-errors',
  'feed-silent',
  'order-rejected',
  'order-unknown',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Scenario {
  readonly seed: number;
  /** For so long there are faults, ms of the bot's time. */
  readonly faultyMs: number;
  /** One fault in so long, on average, ms. */
  readonly everyMs: number;
  /** Which there are; each seed draws its own where it is left out. */
  readonly kinds?: readonly FaultKind[];
  /** A stop rests at the exchange behind every position. */
  readonly stops?: boolean;
}

export interface Outcome {
  readonly seed: number;
  /** What must not be; nothing, if all is well. */
  readonly wrong: readonly string[];
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly lives: number;
  readonly incidents: number;
  readonly signals: number;
  readonly fills: number;
  /** Of the event log, for comparing two runs of one seed. */
  readonly trace: string;
}

/** What lasts longer than a process. */
interface Outside {
  readonly disk: SimDisk;
  readonly exchange: { state: string };
  readonly acknowledged: string[];
  /** Records somebody else damaged: they may be in quarantine. */
  damaged: boolean;
  readonly submitted: Map<string, number>;
  readonly wrong: string[];
  now: number;
  epoch: number;
  orderFault: SubmitFault;
}

interface Life {
  readonly bot: Bot;
  readonly world: World;
  readonly clock: VirtualClock;
  readonly pending: PendingWork;
  readonly broker: PaperBroker;
  silence(): void;
}

async function beginLife(outside: Outside, { seed, stops = false }: Scenario): Promise<Life> {
  const { disk, exchange, submitted, wrong } = outside;
  const clock = new VirtualClock(outside.now);
  const chance = seededChance(seed * 1_009 + ++outside.epoch);
  const files = disk.files();
  const quarantine = fileQuarantine(files, clock);
  const logs = jsonlLogs(files, quarantine, null, 64 * 1024);
  const store = wholeFileStore(files);
  const pending = new PendingWork();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const market = simMarket({ symbols: SYMBOLS, intervalMs: BAR_MS, clock, chance: chance.fork('market') });
  const broker = await PaperBroker.open({
    clock,
    chance: chance.fork('broker'),
    startEquityUsd: 100_000,
    store: {
      load: async () => JSON.parse(exchange.state),
      save: async (state) => {
        exchange.state = JSON.stringify(state);
      },
    },
    onSubmit: () => {
      const fault = outside.orderFault;
      outside.orderFault = 'ok';
      return fault;
    },
  });
  const alerts = await openAlerts(logs, {
    clock,
    store,
    quarantine,
    pending,
    log,
    chance: chance.fork('alerts'),
    redactor: new Redactor(),
    sinks: [],
    repeatAfterMs: 4 * 3_600_000,
  });
  const bus = logs.log(SIGNAL_BUS_FILE, { sequenced: true });
  const append = bus.append.bind(bus);
  bus.append = async (record: LogRecord) => {
    const place = await append(record);
    outside.acknowledged.push(String(record.event_id));
    return place;
  };
  let mute = false;
  const life: { bot?: Bot } = {};
  const world: World = {
    clock,
    chance: chance.fork('bot'),
    files,
    logs,
    bus,
    store,
    quarantine,
    feed: {
      ...market,
      start: (listener) => {
        mute = false;
        return market.start({
          ...listener,
          tick: (tick) => {
            if (mute) return;
            broker.mark(tick);
            listener.tick(tick);
          },
        });
      },
    },
    broker: {
      instrument: (symbol) => broker.instrument(symbol),
      fate: (order) => broker.fate(order),
      cancel: (order) => broker.cancel(order),
      resting: () => broker.resting(),
      fillsSince: (symbol, since) => broker.fillsSince(symbol, since),
      onDoubt: () => broker.onDoubt(),
      onFunding: (listener) => broker.onFunding(listener),
      fundingSince: (since) => broker.fundingSince(since),
      positions: () => broker.positions(),
      equityUsd: () => broker.equityUsd(),
      onFill: (listener) => broker.onFill(listener),
      submit: (intent) => {
        // One that is proven to have been lost on the way may be sent again.
        const arrives = outside.orderFault !== 'timeout-before';
        const times = (submitted.get(intent.clientOrderId) ?? 0) + (arrives ? 1 : 0);
        submitted.set(intent.clientOrderId, times);
        if (times > 1) wrong.push(`order ${intent.clientOrderId} reached the exchange ${times} times`);
        return broker.submit(intent);
      },
    },
    alerts,
    log,
    lease: { partition: 'sim', epoch: outside.epoch, release: async () => undefined },
    pending,
    pace: PACE,
    vitals: null,
  };
  const bot = createBot({
    world,
    invariants: catalogue({ barMs: BAR_MS, recorded: false, ...PACE }, SYMBOLS),
    settings: {
      guards: GUARDS,
      leverage: 3,
      exits: EXIT_DEFAULTS,
      protection: { enabled: stops, beyondStop: 0.002 },
    },
    healing: 'act',
  });
  life.bot = bot;
  bot.start();
  return {
    bot,
    world,
    clock,
    pending,
    broker,
    silence: () => {
      mute = true;
    },
  };
}

/** Runs a life up to a time of its own, or to its death. @returns whether it lived */
async function runUntil({ clock, pending }: Life, disk: SimDisk, at: number): Promise<boolean> {
  const wake = clock.setTimeout(() => undefined, Math.max(1, at - clock.now()));
  const lived = clock.run({ until: () => clock.now() >= at, idle: () => pending.idle() }).then(() => true);
  const alive = await Promise.race([lived, disk.death.then(() => false)]);
  clock.clearTimeout(wake);
  return alive;
}

const LOGS = [
  'signals',
  'signal_decisions',
  'enriched_decisions',
  'exit_runtime_events',
  'shadow_trade_outcomes',
  'shadow_real_exits',
].map((name) => `logs/${name}.jsonl`);
const DOCUMENTS = [
  'logs/positions_futures.json',
  'feature_store/BTCUSDT.json',
  'feature_store/healing_escalation_state.json',
];

export async function simulate(scenario: Scenario): Promise<Outcome> {
  const { seed, faultyMs, everyMs, kinds, stops = false } = scenario;
  const chance = seededChance(seed);
  const random = (): number => chance.next();
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const drawn = kinds ?? FAULT_KINDS.filter(() => random() < 0.6);
  const disk = new SimDisk({ chance: random });
  disk.dieAt(Number.POSITIVE_INFINITY);
  const outside: Outside = {
    disk,
    exchange: { state: 'null' },
    acknowledged: [],
    damaged: false,
    submitted: new Map(),
    wrong: [],
    now: START,
    epoch: 0,
    orderFault: 'ok',
  };
  const faults: Partial<Record<FaultKind, number>> = {};
  let life = await beginLife(outside, scenario);
  let lives = 1;
  const reborn = async (): Promise<void> => {
    outside.now = life.clock.now() + 1_000 + Math.floor(random() * 60_000);
    disk.refusing = null;
    disk.recover();
    disk.dieAt(Number.POSITIVE_INFINITY);
    // The paper exchange lives in the process: what it had not saved of an order never happened.
    for (const id of outside.submitted.keys()) if (!outside.exchange.state.includes(id)) outside.submitted.delete(id);
    life = await beginLife(outside, scenario);
    lives++;
  };
  const later = (ms: number, work: () => void): void => void life.clock.setTimeout(work, ms);

  const inflict: Record<FaultKind, () => void> = {
    crash: () => disk.dieAt(1 + Math.floor(random() * 40)),
    'power-cut': () => disk.dieAt(1),
    'actor-ends': () => life.bot.mailboxes.ref(actorOf(pick(COMPONENTS)))?.send({ type: 'STOP' }),
    'actor-wedged': () => life.bot.mailboxes.stall(actorOf(pick(COMPONENTS))),
    'actor-throws': () =>
      life.bot.mailboxes.ref(pick(['featureStore', 'exitGates', 'shadowEngine']))?.send({ type: 'TICK', tick: null }),
    'log-deleted': () => disk.remove(pick(LOGS)),
    'garbage-appended': () =>
      disk.append(pick([...LOGS, SIGNAL_BUS_FILE]), Buffer.from(pick(['no record\n', '{"torn":', '\u0000\u0000\n']))),
    'bytes-overwritten': () => {
      const path = pick([...LOGS, SIGNAL_BUS_FILE]);
      const { length } = disk.bytes(path);
      if (length < 100) return;
      if (path === SIGNAL_BUS_FILE) outside.damaged = true;
      disk.damage(path, Math.floor(random() * (length - 10)), Buffer.from('#####'));
    },
    'document-torn': () => {
      const path = pick(DOCUMENTS);
      if (disk.bytes(path).length > 10) disk.damage(path, 2, Buffer.from('#####'));
    },
    'disk-full': () => {
      disk.refusing = 'ENOSPC';
      later(1_000 + random() * 120_000, () => {
        disk.refusing = null;
      });
    },
    'disk-errors': () => {
      disk.refusing = 'EIO';
      later(100 + random() * 20_000, () => {
        disk.refusing = null;
      });
    },
    'feed-silent': () => life.silence(),
    'order-rejected': () => {
      outside.orderFault = 'reject';
    },
    'order-unknown': () => {
      outside.orderFault = pick(['timeout-before', 'timeout-after'] as const);
    },
  };

  for (let at = START; at < START + faultyMs && drawn.length > 0; ) {
    at = Math.max(at, life.clock.now()) + Math.ceil(-Math.log(1 - random()) * everyMs);
    if (!(await runUntil(life, disk, at))) {
      await reborn();
      continue;
    }
    const kind = pick(drawn);
    faults[kind] = (faults[kind] ?? 0) + 1;
    inflict[kind]();
  }
  // The faults are over: what was begun may still kill it once.
  while (!(await runUntil(life, disk, life.clock.now() + 120_000))) await reborn();
  disk.refusing = null;
  disk.dieAt(Number.POSITIVE_INFINITY);
  outside.orderFault = 'ok';
  await runUntil(life, disk, life.clock.now() + WATCHED_MS + 3 * 3_600_000);
  const status = statusOf(life.bot, life.world, 0);
  const doubts = Object.values(status.components).flatMap(({ invariants }) =>
    invariants.filter(({ holds }) => holds !== true),
  );
  if (status.status === 'red') {
    const told = disk.bytes('logs/operator_alerts.jsonl').length > 0;
    if (!told)
      outside.wrong.push(`red, and nobody was told: ${doubts.map(({ id, evidence }) => `${id}: ${evidence.says}`)}`);
  }
  if (status.status !== 'green') {
    const actors = ['healingOperator', 'architectureHealing', ...COMPONENTS.map(actorOf)].flatMap((id) => {
      const snapshot = life.bot.mailboxes.ref(id)?.getSnapshot();
      const where = snapshot?.status === 'active' ? JSON.stringify(snapshot.value) : snapshot?.status;
      return snapshot?.hasTag('open') ? [] : [`${id} is ${where}`];
    });
    const { lastSweepAt } = life.bot.mailboxes.ref('healingOperator')?.getSnapshot().context ?? {};
    actors.push(`the last sweep was ${life.clock.now() - (lastSweepAt ?? START)} ms ago`);
    const open = life.bot.board
      .openIncidents()
      .map(({ invariant, phase, verdict }) => `${invariant.id} ${phase} ${verdict}`);
    outside.wrong.push(
      `${status.status} hours after the last fault: ${[...doubts.map(({ id, evidence }) => `${id}: ${evidence.says}`), ...open, ...actors].join('; ')}`,
    );
  }
  life.bot.stop();
  let stopped = false;
  life.bot.stopped.then(() => {
    stopped = true;
  });
  await life.clock.run({ until: () => stopped, idle: () => life.pending.idle() });

  const log = jsonlLogs(disk.files(), fileQuarantine(disk.files(), life.clock), null, 64 * 1024).log(SIGNAL_BUS_FILE, {
    sequenced: true,
  });
  await log.open({ create: 'always' });
  const verdict = await log.verify({ full: true });
  if (verdict.bad.length > 0) outside.wrong.push(`bad lines are left: ${verdict.bad[0]?.reason}`);
  if (verdict.duplicateSeq.length > 0) outside.wrong.push(`numbers given twice: ${verdict.duplicateSeq}`);
  if (verdict.gaps > 0) outside.wrong.push(`${verdict.gaps} numbers are missing without a trace`);
  const seen = new Set<string>();
  const states = new Map<string, string>();
  const book = new PositionBook();
  let [signals, fills] = [0, 0];
  let trace = '';
  for await (const record of log.replay()) {
    const id = String(record.event_id);
    trace += `${record.seq} ${record.event_type} ${record.signal_id}\n`;
    if (seen.has(id)) outside.wrong.push(`event ${id} is in the log twice`);
    seen.add(id);
    const signal = String(record.signal_id);
    if (record.event_type === 'signal_generated') {
      signals++;
      states.set(signal, 'generated');
    } else if (record.event_type === 'state_change') {
      const [from, to] = [String(record.old_state), String(record.new_state)];
      if (!outside.damaged && states.get(signal) !== from)
        outside.wrong.push(`signal ${signal} left ${from}, but it was in ${states.get(signal)}`);
      if (!EDGES.has(`${from} → ${to}`)) outside.wrong.push(`signal ${signal} went from ${from} to ${to}`);
      states.set(signal, to);
    } else if (record.event_type === 'position_change') {
      fills++;
      const parsed = positionChange.safeParse(record);
      if (parsed.success) book.take(changeOf(parsed.data));
    } else if (record.event_type === 'funding_payment') {
      const parsed = fundingPayment.safeParse(record);
      if (parsed.success) book.take(changeOf(parsed.data));
    }
  }
  const lost = outside.acknowledged.filter((id) => !seen.has(id));
  if (!outside.damaged && lost.length > 0) outside.wrong.push(`${lost.length} acknowledged events are gone`);
  const held = new Map((await life.broker.positions()).map(({ symbol, qty }) => [symbol, qty]));
  const net = book.net();
  for (const symbol of new Set([...held.keys(), ...net.keys()]))
    if (!outside.damaged && Math.abs((held.get(symbol) ?? 0) - (net.get(symbol) ?? 0)) > 1e-9)
      outside.wrong.push(`${symbol}: the log says ${net.get(symbol) ?? 0}, the exchange ${held.get(symbol) ?? 0}`);
  const resting = (await life.broker.resting()).filter(({ purpose }) => purpose === 'stop');
  for (const { symbol, signalId, qty } of stops && !outside.damaged ? book.open() : []) {
    const behind = resting.filter((stop) => stop.symbol === symbol).map((stop) => stop.qty);
    if (!behind.includes(qty)) outside.wrong.push(`${signalId}: ${qty} is held, and stops of ${behind} rest behind it`);
  }
  for (const { symbol, clientOrderId } of resting)
    if (!held.has(symbol)) outside.wrong.push(`the stop ${clientOrderId} rests, and no ${symbol} is held`);
  await log.close();
  // What was healed was proven, budgets were kept, transitions are legal: as `kintsugi verify` has it.
  const ledger = checkLedger(linesIn(disk.bytes('logs/healing.jsonl')), [], true);
  for (const { rule, reason } of ledger.findings) outside.wrong.push(`the ledger: ${rule}: ${reason}`);
  return { seed, wrong: outside.wrong, faults, lives, incidents: life.bot.board.counts.total, signals, fills, trace };
}
