/** A bot's world on real files in a temporary directory and in virtual time, and mail that is recorded and delivered. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Actor, type AnyActorRef, type AnyStateMachine, createActor } from 'xstate';
import { BusHistory } from '../../src/actors/bus-history.ts';
import type { Habitat } from '../../src/actors/effects.ts';
import { EXIT_DEFAULTS, type ExitSettings } from '../../src/actors/exits/exit-rules.ts';
import { GivenNames } from '../../src/actors/given-names.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import type { Settings } from '../../src/actors/settings.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { PaperBroker, type PaperBrokerOptions } from '../../src/adapters/paper-broker.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import { withFastPath } from '../../src/machines/compile/fast-path.ts';
import type { RemedyOrder } from '../../src/machines/life.ts';
import type { ActorId, Candle, Tick } from '../../src/machines/messages.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import type { Files } from '../../src/ports/files.ts';
import type { World } from '../../src/ports/world.ts';

/** 2026-01-05, a Monday. */
export const START = Date.UTC(2026, 0, 5);

type Message = { readonly type: string; readonly [field: string]: unknown };
export interface Post {
  readonly to: ActorId;
  readonly event: Message;
}
interface Place {
  actor: Actor<AnyStateMachine> | null;
  incarnation: number;
  ready: boolean;
  held: Message[];
}

export interface HabitatOptions {
  /** Where an earlier one stood; a new folder, if not given. */
  readonly dir?: string;
  /** Instead of the defaults. */
  readonly exits?: Partial<ExitSettings>;
  readonly seed?: number;
  readonly symbols?: readonly string[];
  readonly onSubmit?: PaperBrokerOptions['onSubmit'];
  readonly funding?: PaperBrokerOptions['funding'];
  readonly world?: Partial<World>;
  /** Wraps the files, to make them fail. */
  readonly files?: (files: Files) => Files;
  readonly pace?: Partial<World['pace']>;
  readonly settings?: Partial<Settings>;
  /** Told of the clock before anything is begun. */
  readonly begun?: (clock: VirtualClock) => void;
}

export type TestHabitat = Awaited<ReturnType<typeof testHabitat>>;

/** The fields of a bar that matter to a test; flat at `close` where nothing else is said. */
export const bar = (symbol: string, close: number, at: number, change: Partial<Candle> = {}): Candle => ({
  symbol,
  ts: at - 60_000,
  open: close,
  high: close,
  low: close,
  close,
  volume: 1_000,
  ...change,
});

export async function testHabitat(options: HabitatOptions = {}) {
  const { seed = 1, symbols = ['BTCUSDT'], onSubmit } = options;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'kintsugi-')));
  const clock = new VirtualClock(START);
  options.begun?.(clock);
  const chance = seededChance(seed);
  const real = nodeFiles(dir, { durability: 'written' });
  const files = options.files?.(real) ?? real;
  const quarantine = fileQuarantine(files, clock);
  const logs = jsonlLogs(files, quarantine);
  const pending = new PendingWork();
  const prices = new Map<string, Candle[]>();
  const lines: { level: string; message: string }[] = [];
  const note = (level: string) => (message: string) => {
    lines.push({ level, message });
  };
  const broker = await PaperBroker.open({
    clock,
    chance: chance.fork('broker'),
    startEquityUsd: 10_000,
    store: { load: async () => null, save: () => pending.track(Promise.resolve()) },
    ...(onSubmit ? { onSubmit } : {}),
    ...(options.funding ? { funding: options.funding } : {}),
  });
  let epoch = 1;
  const world: World = {
    clock,
    chance: chance.fork('bot'),
    files,
    logs,
    bus: logs.log(SIGNAL_BUS_FILE, { sequenced: true }),
    store: wholeFileStore(files),
    quarantine,
    feed: {
      symbols,
      intervalMs: 60_000,
      recorded: false,
      start: () => () => undefined,
      newest: async () => null,
      recent: (symbol, count) => (prices.get(symbol) ?? []).slice(-count),
    },
    broker,
    alerts: { raise: async () => undefined, resolve: async () => undefined, firing: () => [], toldSince: () => 0 },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    lease: {
      partition: 'test',
      get epoch() {
        return epoch;
      },
      release: async () => undefined,
    },
    pending,
    pace: {
      ...{ lookMs: 2_000, changeMs: 50, checkMs: 1_000, saveMs: 1_000, judgeMs: 0, sweepMs: 60_000 },
      showMs: options.pace?.saveMs ?? 1_000,
      ...options.pace,
    },
    vitals: null,
    ...options.world,
  };

  let givenNames = new GivenNames();
  const posts: Post[] = [];
  const places = new Map<ActorId, Place>();
  const listeners = new Set<(path: string) => void>();
  const place = (id: ActorId): Place => {
    const known = places.get(id);
    if (known) return known;
    const fresh: Place = { actor: null, incarnation: 0, ready: false, held: [] };
    places.set(id, fresh);
    return fresh;
  };
  const deliver = (id: ActorId, event: Message): void => {
    const to = places.get(id);
    if (!to) return;
    if (to.ready && to.actor) to.actor.send(event);
    else to.held.push(event);
  };
  const habitat: Habitat = {
    world,
    history: new BusHistory(world),
    get givenNames() {
      return givenNames;
    },
    killSwitch: { present: null, untaken: null },
    changes: {
      listen: (changed) => {
        listeners.add(changed);
        return () => listeners.delete(changed);
      },
    },
    settings: { guards: GUARD_LIMITS, leverage: 3, exits: { ...EXIT_DEFAULTS, ...options.exits }, ...options.settings },
    mail: {
      post: (to, event) => {
        posts.push({ to, event });
        deliver(to, event);
      },
      leave: (id, self) => {
        const to = place(id);
        if (to.actor === (self as AnyActorRef)) to.ready = false;
      },
      announce: (id, incarnation, as, self) => {
        const to = place(id);
        if (to.actor !== (self as AnyActorRef) || to.incarnation !== incarnation || as !== 'ready') return;
        to.ready = true;
        for (let event = to.held.shift(); event; event = to.held.shift()) to.actor?.send(event);
      },
    },
  };

  /** Lets everything happen that waits for nothing but the disk and the broker. */
  const settle = () => clock.advanceAsync(0, () => pending.idle() ?? new Promise((resolve) => setImmediate(resolve)));
  const advance = async (ms: number) => {
    await settle();
    await clock.advanceAsync(ms, () => pending.idle());
    await settle();
  };

  /** Starts an actor; mail to it is delivered from now on, in order, when it is ready. */
  const start = async (id: ActorId, make: (habitat: Habitat) => AnyStateMachine, order: RemedyOrder | null = null) => {
    const to = place(id);
    to.incarnation++;
    const actor = createActor(withFastPath(make(habitat)), {
      systemId: id,
      clock,
      input: { incarnation: to.incarnation, restartedBy: order },
    });
    to.actor = actor;
    to.ready = false;
    actor.subscribe({ error: (error) => lines.push({ level: 'error', message: `${id} failed: ${String(error)}` }) });
    actor.start();
    await settle();
    return actor;
  };
  const actorOf = (id: ActorId): Actor<AnyStateMachine> => {
    const { actor } = place(id);
    if (!actor) throw new Error(`the test has not started ${id}`);
    return actor;
  };
  /** Stops an actor cleanly; mail to it is kept. */
  const stop = async (id: ActorId) => {
    place(id).ready = false;
    if (actorOf(id).getSnapshot().status === 'active') actorOf(id).send({ type: 'STOP' });
    await settle();
  };
  /** Ends an actor where it stands, as by force; mail to it is kept. */
  const cut = (id: ActorId) => {
    place(id).ready = false;
    actorOf(id).stop();
  };

  return {
    dir,
    habitat,
    world,
    clock,
    broker,
    posts,
    lines,
    settle,
    advance,
    /** Exactly so long, without a look at what was posted meanwhile. */
    later: (ms: number) => clock.advanceAsync(ms, () => pending.idle()),
    start,
    stop,
    cut,
    snapshot: (id: ActorId) => actorOf(id).getSnapshot(),
    /** What starts from now on is another process: nothing in memory is left. */
    reborn: () => {
      epoch++;
      givenNames = new GivenNames();
      habitat.history.unlogged.clear();
    },
    /** What was on its way to an actor that does not run is lost, as with a process. */
    forget: (id: ActorId) => {
      place(id).held = [];
    },
    /** Sends as others would: recorded and delivered. */
    post: async (to: ActorId, event: Message) => {
      habitat.mail.post(to, event);
      await settle();
    },
    /** What was posted to an actor, of one type. */
    sent: (to: ActorId, type: string): Message[] =>
      posts.filter((post) => post.to === to && post.event.type === type).map(({ event }) => event),
    /** Closes bars at the present moment: the exchange learns first, then whoever is told. */
    tick: async (candles: readonly Candle[], to: readonly ActorId[] = ['exitGates']) => {
      for (const candle of candles) prices.set(candle.symbol, [...(prices.get(candle.symbol) ?? []), candle]);
      const tick: Tick = { at: clock.now(), candles };
      broker.mark(tick);
      for (const id of to) habitat.mail.post(id, { type: 'TICK', tick });
      await settle();
    },
    /** Tells everybody that a file was changed, as inotify would. */
    changed: async (path: string) => {
      for (const listener of [...listeners]) listener(path);
      await settle();
    },
    records: async (path: string): Promise<LogRecord[]> => {
      const found: LogRecord[] = [];
      const log = path === SIGNAL_BUS_FILE ? world.bus : logs.log(path, { sequenced: false });
      for await (const record of log.replay()) found.push(record);
      return found;
    },
    end: async () => {
      for (const { actor } of places.values()) actor?.stop();
      await settle();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
