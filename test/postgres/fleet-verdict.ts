/** What a fleet left behind, read with no bot running, and everything in it that must not be. */
import { LIFECYCLE_TABLE } from '../../src/actors/signal-registry.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import type { Connection } from '../../src/adapters/postgres/connection.ts';
import { FencedCommits } from '../../src/adapters/postgres/fenced-commits.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import { filesIn } from '../../src/cli/fleet/copy-files.ts';
import { partitionsOf } from '../../src/cli/fleet/partitions.ts';
import type { Files } from '../../src/ports/files.ts';
import type { Arrival } from './exchange-server.ts';
import { ACCOUNT, PARTITIONS, SYMBOLS } from './fleet-world.ts';
import type { Noted } from './notary.ts';

const EDGES = new Set(
  LIFECYCLE_TABLE.states.flatMap((from, place) =>
    LIFECYCLE_TABLE.events.flatMap((_, event) => {
      const to = LIFECYCLE_TABLE.states[LIFECYCLE_TABLE.next(place, event)];
      return to === undefined ? [] : [`${from.split('.')[0]} → ${to.split('.')[0]}`];
    }),
  ),
);
const PARTITION_OF = new Map(
  partitionsOf(ACCOUNT, SYMBOLS, PARTITIONS).flatMap(({ name, symbols }) => symbols.map((one) => [one, name] as const)),
);

type Line = Readonly<Record<string, unknown>>;
const linesOf = (bytes: Uint8Array | null): readonly string[] =>
  Buffer.from(bytes ?? [])
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '');
const parsed = (line: string): Line => JSON.parse(line) as Line;

/** No change is ever made through these: the epoch is nobody's. */
export function filesOf(owner: Connection, partition: string): Files {
  const commits = new FencedCommits({
    connection: owner,
    partition,
    epoch: -1,
    token: '',
    rev: -1,
    lost: () => undefined,
  });
  return pgFiles({ connection: owner, partition, commits, durability: 'synced' });
}

async function badLogs(files: Files, name: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  const quarantine = fileQuarantine(files, wallClock({ speed: 1, origin: null, follows: true }));
  for (const path of (await filesIn(files)).filter((one) => one.endsWith('.jsonl'))) {
    const sequenced = path.startsWith('logs/signal_bus');
    const log = jsonlLogs(files, quarantine, null, Number.MAX_SAFE_INTEGER).log(path, { sequenced });
    for (const { line, reason } of (await log.verify({ full: true })).bad)
      wrong.push(`${name}: ${path}, line ${line}: ${reason}`);
  }
  return wrong;
}

/** Every signal is born once, and goes every step of its life once; every intent is written once. */
function badLives(name: string, lines: readonly string[]): { readonly wrong: readonly string[]; signals: number } {
  const wrong: string[] = [];
  const states = new Map<string, string>();
  const intents = new Set<string>();
  for (const [index, record] of lines.map(parsed).entries()) {
    const signal = String(record.signal_id);
    if (record.seq !== index + 1) wrong.push(`${name}: number ${String(record.seq)} stands where ${index + 1} should`);
    if (record.event_type === 'signal_generated') {
      if (states.has(signal)) wrong.push(`${name}: ${signal} was generated twice`);
      states.set(signal, 'generated');
    } else if (record.event_type === 'state_change') {
      const [from, to] = [String(record.old_state), String(record.new_state)];
      if (states.get(signal) !== from) wrong.push(`${name}: ${signal} left ${from}, and was in ${states.get(signal)}`);
      if (!EDGES.has(`${from} → ${to}`)) wrong.push(`${name}: ${signal} went from ${from} to ${to}`);
      states.set(signal, to);
    } else if (record.event_type === 'order_intent') {
      const id = JSON.stringify(record).match(/"k-[^"]+-E"/)?.[0];
      if (id !== undefined && intents.has(id)) wrong.push(`${name}: the intent ${id} was written twice`);
      if (id !== undefined) intents.add(id);
    }
  }
  return { wrong, signals: states.size };
}

/** A commit under an epoch that is no longer the newest: somebody wrote into what was another's. */
function badCommits(notes: readonly Noted[]): readonly string[] {
  const newest = new Map<string, number>();
  return notes.flatMap(({ partition, epoch, what }) => {
    if (what === 'claim') {
      newest.set(partition, epoch);
      return [];
    }
    const now = newest.get(partition);
    return now === epoch ? [] : [`${partition}: a commit of epoch ${epoch} landed in epoch ${String(now)}`];
  });
}

/** Whose the partition of a symbol was at a time. */
const ownerAt = (notes: readonly Noted[], symbol: string, at: number): string | null =>
  notes.filter((one) => one.what === 'claim' && one.partition === PARTITION_OF.get(symbol) && one.at <= at).at(-1)
    ?.owner ?? null;

export interface Zombie {
  readonly name: string;
  /** When it was let go on, as the database and the exchange count. */
  readonly from: number;
}

export interface Evidence {
  readonly acknowledged: readonly string[];
  readonly arrivals: readonly Arrival[];
  readonly held: readonly { readonly symbol: string; readonly qty: number }[];
  readonly notes: readonly Noted[];
  readonly zombie: Zombie | null;
}

export interface Verdict {
  readonly signals: number;
  /** Acknowledged records that are in no log. */
  readonly lost: number;
  /** What must not be, in words. */
  readonly wrong: readonly string[];
  /** What one that was stopped did under what it had owned before, once it went on. */
  readonly zombie: { readonly commits: number; readonly orders: number };
}

export async function judge(owner: Connection, evidence: Evidence): Promise<Verdict> {
  const { acknowledged, arrivals, notes, zombie } = evidence;
  const wrong: string[] = [...badCommits(notes)];
  let [signals, lost] = [0, 0];
  const books = new Map<string, number>();
  for (const { name } of await new FleetStore(owner).partitions()) {
    const files = filesOf(owner, name);
    const lines = linesOf(await files.read('logs/signal_bus.jsonl'));
    const there = new Set(lines);
    lost += acknowledged.filter(
      (line) => line.startsWith(`${name}\t`) && !there.has(line.slice(name.length + 1)),
    ).length;
    const lives = badLives(name, lines);
    signals += lives.signals;
    wrong.push(...lives.wrong, ...(await badLogs(files, name)));
    const document = await files.read('logs/positions_futures.json');
    const { open_positions: open } = parsed(Buffer.from(document ?? '{"open_positions":[]}').toString()) as {
      readonly open_positions: readonly { readonly symbol: string; readonly direction: string; readonly qty: number }[];
    };
    for (const { symbol, direction, qty } of open)
      books.set(symbol, (books.get(symbol) ?? 0) + (direction === 'LONG' ? qty : -qty));
  }
  const times = new Map<string, number>();
  for (const { id, taken } of arrivals) if (taken) times.set(id, (times.get(id) ?? 0) + 1);
  for (const [id, count] of times) if (count > 1) wrong.push(`order ${id} was sent ${count} times`);
  const strangers = arrivals.filter(({ symbol, at, worker }) => ownerAt(notes, symbol, at) !== worker);
  for (const { id, worker, symbol } of strangers)
    wrong.push(`${worker} sent ${id} for ${symbol}, which was not its own`);
  for (const symbol of new Set([...books.keys(), ...evidence.held.map((one) => one.symbol)])) {
    const qty = evidence.held.find((one) => one.symbol === symbol)?.qty ?? 0;
    if (Math.abs((books.get(symbol) ?? 0) - qty) > 1e-9)
      wrong.push(`${symbol}: the exchange holds ${qty}, the books ${books.get(symbol) ?? 0}`);
  }
  const before = new Set(
    notes
      .filter((one) => zombie !== null && one.what === 'claim' && one.owner === zombie.name && one.at < zombie.from)
      .map(({ partition, epoch }) => `${partition} ${epoch}`),
  );
  const since = <T extends { readonly at: number }>(all: readonly T[]): readonly T[] =>
    all.filter(({ at }) => zombie !== null && at >= zombie.from);
  return {
    signals,
    lost,
    wrong: [...new Set(wrong)],
    zombie: {
      commits: since(notes).filter((one) => one.what !== 'claim' && before.has(`${one.partition} ${one.epoch}`)).length,
      orders: since(strangers).filter(({ worker }) => worker === zombie?.name).length,
    },
  };
}
