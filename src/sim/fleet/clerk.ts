/**
 * The bot of one partition in a simulated fleet: the product's log, history and trade execution over the product's files, between a
 * strategy and a state machine that are as small as can be. The whole bot costs eighty milliseconds to start, and five hundred
 * seeds start six thousand.
 */
import { createActor } from 'xstate';
import { BusHistory } from '../../actors/bus-history.ts';
import type { Habitat } from '../../actors/effects.ts';
import { GivenNames } from '../../actors/given-names.ts';
import { SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { tradeExecutionActor } from '../../actors/trade-execution.ts';
import { fencedBroker } from '../../adapters/fenced-broker.ts';
import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { jsonlLogs } from '../../adapters/jsonl-logs.ts';
import { PendingWork } from '../../adapters/pending-work.ts';
import { wholeFileStore } from '../../adapters/whole-file-store.ts';
import type { BotOptions, HostedPartition, RunningBot, Summary } from '../../cli/bot.ts';
import { notRunning } from '../../cli/bot-status.ts';
import type { Chance } from '../../ports/chance.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Mail, World } from '../../ports/world.ts';
import { CLERK_SETTINGS, NOTHING_TO_SUM_UP, SILENT } from './clerk-settings.ts';
import type { FleetExchange } from './fleet-exchange.ts';
import type { FleetObserver, Owner } from './fleet-observer.ts';
import { Journal } from './journal.ts';
import type { Sabotage } from './sabotage.ts';
import { Signals } from './signals.ts';
import type { SimProcess } from './sim-process.ts';

/** A position is left after so many slots, and there is an entry in every so many. */
const HELD_SLOTS = 3;
const ENTRY_SLOTS = 3;
/** Where the log takes nothing, there are no more ideas. */
const MOST_WAITING = 50;
/** Books that differ for so long are set right, as a healer would have it, ms. */
const DIFFER_MS = 3_000;
const PACE: World['pace'] = {
  lookMs: 5_000,
  changeMs: 50,
  checkMs: 1_000,
  saveMs: 1_000,
  showMs: 1_000,
  judgeMs: 0,
  sweepMs: 60_000,
};
/** So that a log is rotated now and then. */
export const SEGMENT_BYTES = 48 * 1024;

export interface ClerkParts {
  readonly process: SimProcess;
  readonly exchange: FleetExchange;
  readonly observer: Required<FleetObserver>;
  readonly sabotage: ReadonlySet<Sabotage>;
  readonly chance: Chance;
  readonly slotMs: number;
}

function worldOf(
  options: BotOptions,
  { files, lease, holds }: HostedPartition,
  owner: Owner,
  parts: ClerkParts,
): World {
  const { process, exchange, sabotage, chance } = parts;
  const unseen = { ...lease, remainingMs: () => Number.POSITIVE_INFINITY };
  const seen = sabotage.has('no-look-before-sending') ? unseen : lease;
  const { clock } = process;
  const symbols = options.symbols ?? [];
  const quarantine = fileQuarantine(files, clock);
  const logs = jsonlLogs(files, quarantine, null, SEGMENT_BYTES);
  const candle = (symbol: string) => {
    const price = exchange.priceOf(symbol);
    return { symbol, ts: clock.now(), open: price, high: price, low: price, close: price, volume: 1 };
  };
  return {
    ...SILENT,
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
      recent: (symbol) => [candle(symbol)],
    },
    broker: fencedBroker(exchange.connect(owner, process, chance.fork('wire')), seen, symbols),
    lease,
    pending: new PendingWork(),
    pace: PACE,
    vitals: null,
    holds,
  };
}

/** Starts it, as `startBot` does a whole one. Rejects where its files cannot be read. */
export async function startClerk(options: BotOptions, parts: ClerkParts): Promise<RunningBot> {
  const { partition } = options;
  if (partition === undefined) throw new RangeError('a clerk works on a partition');
  const { process, observer, slotMs, exchange } = parts;
  const { clock } = process;
  const owner: Owner = { partition: partition.lease.partition, epoch: partition.lease.epoch, process: process.name };
  const world = worldOf(options, partition, owner, parts);
  const history = new BusHistory(world);
  const signals = new Signals();
  let booksAgree = false;
  let isOver = false;

  await world.bus.open({ create: 'always' });
  await history.catchUp();
  observer.opened(owner, await world.bus.verify({ full: true }));
  for await (const record of world.bus.replay()) signals.replay(record);

  const move = (id: string, to: string, reason: string | null, metadata: object): void => {
    const old_state = signals.move(id, to);
    journal.write('state_change', id, { old_state, new_state: to, reason, metadata });
  };
  const decide = (id: string, symbol: string): void => {
    move(id, 'evaluating', null, {});
    const isFree = !signals.open().some((position) => position.symbol === symbol);
    const passes = isFree && entriesOpen() && Number(id.split('_')[1]) % (ENTRY_SLOTS * slotMs) === 0;
    move(id, passes ? 'approved' : 'blocked', passes ? null : 'one at a time, now and then', {});
  };
  const told = (record: LogRecord): void => {
    observer.acknowledged(owner, record);
    const born = signals.born(record);
    if (born) decide(born.signalId, born.symbol);
    if (isOver) return;
    const { event_type, new_state } = record;
    // Of what the bus tells it, trade execution heeds no more.
    if (event_type === 'order_intent' || new_state === 'executing') actor.send({ type: 'BUS.RECORD', record });
    const signal = new_state === 'approved' ? signals.signal(String(record.signal_id)) : null;
    if (signal) actor.send({ type: 'EXECUTE', signal });
  };
  const journal = new Journal(world, history, told);

  const held = (): string | null => (parts.sabotage.has('deaf-to-the-switch') ? null : partition.holds.why());
  const entriesOpen = (): boolean => booksAgree && held() === null;
  const tellEntries = (): void => {
    const why = held() ?? (booksAgree ? '' : 'the books were not compared yet');
    actor.send({ type: 'ENTRIES', open: entriesOpen(), why });
  };
  let ready: () => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    ready = resolve;
    failed = reject;
  });
  const mail: Mail = {
    leave: () => undefined,
    announce: (_, __, as) => (as === 'ready' ? ready() : failed(new Error('trade execution could not open'))),
    post: (to, event) => {
      if (to === 'tradeExecution') actor.send(event);
      else if (to === 'signalBus' && event.type === 'APPEND') {
        const { event_type, signal_id, ...rest } = event.record as LogRecord;
        journal.write(String(event_type), String(signal_id), rest);
      } else if (to === 'stateMachine' && event.type === 'TRANSITION')
        move(String(event.signalId), String(event.to), event.reason as string | null, event.metadata as object);
      else if (to === 'safetyLayer' && event.type === 'RECONCILED') {
        booksAgree = event.ok === true;
        tellEntries();
      } else if (to === 'safetyLayer' && event.type === 'POSITION.CHANGED') {
        const { change, fill, position, gate } = event as unknown as Parameters<typeof signals.changed>[0] & {
          readonly fill: { readonly fillId: string; readonly at: number };
        };
        signals.changed({ change, fillId: fill.fillId, position, gate, at: fill.at });
      }
    },
  };
  const habitat: Habitat = {
    ...{ world, mail, history, settings: CLERK_SETTINGS },
    givenNames: new GivenNames(),
    changes: { listen: () => () => undefined },
    killSwitch: { present: null, untaken: null },
  };
  const actor = createActor(tradeExecutionActor(habitat), {
    systemId: 'tradeExecution',
    clock,
    input: { incarnation: 1, restartedBy: null },
  });

  const leave = (slot: number): void => {
    for (const { signalId, qty, openedAt } of signals.open())
      if (slot - Math.floor(openedAt / slotMs) >= HELD_SLOTS)
        actor.send({ type: 'EXIT', signalId, gate: 'time_stop', qty, reason: 'held long enough', price: 0 });
  };
  const heal = (): void => {
    const { divergedSince } = actor.getSnapshot().context;
    if (divergedSince === null || clock.now() - divergedSince < DIFFER_MS) return;
    const order = { incident: 'sim', reason: 'the books differ', from: 'healingOperator' };
    actor.send({ type: 'REPAIR', target: 'reconcile', evidence: { says: '', figures: {} }, ...order });
  };
  let timer = 0;
  const work = (): void => {
    timer = clock.setTimeout(work, slotMs - (clock.now() % slotMs));
    const slot = Math.floor(clock.now() / slotMs);
    heal();
    leave(slot);
    for (const symbol of options.symbols ?? []) {
      const idea = journal.waiting < MOST_WAITING ? signals.idea(symbol, slot, slotMs, exchange.priceOf(symbol)) : null;
      if (idea) journal.write('signal_generated', idea.id, idea.rest, idea.at);
    }
  };
  const deaf = partition.holds.onChange(tellEntries);
  const end = (): void => {
    clock.clearTimeout(timer);
    deaf();
  };
  const ended = new Promise<void>((resolve) => {
    actor.subscribe({
      complete: resolve,
      error: (error) => {
        observer.broke(process.name, error);
        resolve();
      },
    });
  });
  actor.start();
  try {
    await opened;
  } catch (error) {
    end();
    actor.stop();
    throw error;
  }
  for (const id of signals.undecided()) move(id, 'expired', 'its owner is gone', {});
  tellEntries();
  work();
  const finish = async (): Promise<Summary> => {
    await ended;
    end();
    await journal.close();
    if (journal.waiting === 0 && partition.lease.remainingMs() > 0) await history.save().catch(() => undefined);
    return NOTHING_TO_SUM_UP;
  };
  return {
    finished: finish(),
    address: null,
    command: null,
    stop: () => {
      if (isOver) return;
      isOver = true;
      end();
      actor.send({ type: 'STOP' });
    },
    status: () => ({ ...notRunning(null), status: isOver ? 'yellow' : 'green' }),
    proof: () => ({ ready: true, leaving: isOver, sweptAt: null, sweepEveryMs: 0 }),
  };
}
