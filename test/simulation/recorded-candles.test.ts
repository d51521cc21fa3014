/** The whole bot as a user starts it, on recorded minutes: twice the same bytes, legal lives, books that agree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedFolder } from '../actors/recorded.ts';
import { freshFolder, kintsugi } from '../cli/cli.ts';

const { source, folder, btc } = recordedFolder();

const LEGAL = new Set([
  'generated>evaluating',
  'evaluating>approved',
  'approved>executing',
  'executing>executed',
  'executed>learned',
  'evaluating>blocked',
  'blocked>learned',
  'generated>expired',
  'evaluating>expired',
  'approved>expired',
  'executing>expired',
]);
const UNFINISHED = new Set(['generated', 'evaluating', 'approved', 'executing']);

const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();

/** Only its name for the directory may differ between two runs. */
const bytesOf = (dir: string, file: string): string => readFileSync(join(dir, file), 'utf8').replaceAll(dir, 'DIR');

interface BusRecord {
  readonly event_type: string;
  readonly signal_id: string;
  readonly ts: number;
  readonly seq: number;
  readonly state: string;
  readonly old_state: string;
  readonly new_state: string;
  readonly position: { readonly symbol: string; readonly direction: 'LONG' | 'SHORT'; readonly qty: number };
}
const busOf = (dir: string): BusRecord[] =>
  readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as BusRecord);

/** Longest time, in hours, that any signal rested in a state it must leave; illegal steps in words. */
function livesIn(records: readonly BusRecord[]): { readonly illegal: string[]; readonly longestHours: number } {
  const lives = new Map<string, { state: string; since: number }>();
  const illegal: string[] = [];
  let longest = 0;
  for (const record of records) {
    const { event_type, signal_id: id, ts } = record;
    const life = lives.get(id);
    if (event_type === 'signal_generated') lives.set(id, { state: record.state, since: ts });
    if (event_type !== 'state_change') continue;
    if (life?.state !== record.old_state || !LEGAL.has(`${record.old_state}>${record.new_state}`))
      illegal.push(`${id}: ${record.old_state} to ${record.new_state}, it was ${life?.state}`);
    if (life && UNFINISHED.has(life.state)) longest = Math.max(longest, ts - life.since);
    lives.set(id, { state: record.new_state, since: ts });
  }
  const end = records.at(-1)?.ts ?? 0;
  for (const { state, since } of lives.values()) if (UNFINISHED.has(state)) longest = Math.max(longest, end - since);
  return { illegal, longestHours: longest / 3_600 };
}

type Holdings = Record<string, number>;
const signed = (direction: 'LONG' | 'SHORT', qty: number): number => (direction === 'LONG' ? qty : -qty);
const heldByLog = (records: readonly BusRecord[]): Holdings => {
  const bySignal = new Map(
    records.filter(({ event_type }) => event_type === 'position_change').map((one) => [one.signal_id, one.position]),
  );
  return Object.fromEntries(
    [...bySignal.values()]
      .filter(({ qty }) => qty > 0)
      .map(({ symbol, direction, qty }) => [symbol, signed(direction, qty)]),
  );
};
const heldByFile = (dir: string): Holdings =>
  Object.fromEntries(
    JSON.parse(readFileSync(join(dir, 'logs/positions_futures.json'), 'utf8')).open_positions.map(
      (one: { symbol: string; direction: 'LONG' | 'SHORT'; qty: number }) => [
        one.symbol,
        signed(one.direction, one.qty),
      ],
    ),
  );
const heldByBroker = (dir: string): Holdings =>
  Object.fromEntries(
    Object.entries(
      JSON.parse(readFileSync(join(dir, 'state/paper_exchange.json'), 'utf8')).positions as Record<
        string,
        { qty: number }
      >,
    ).map(([symbol, { qty }]) => [symbol, qty]),
  );

describe(`the whole bot on recorded candles (${source})`, () => {
  for (const [what, path, days] of [
    // All of it takes a minute alone, and two at a time beside other tests much more; README says how it is run whole.
    ['one file', btc, 2],
    ['a folder of them, merged by time', folder, 1],
  ] as const) {
    it(`${what}: twice the same bytes, legal lives, open positions = log = broker`, async () => {
      const dirs = [freshFolder(), freshFolder()] as const;
      const runs = await Promise.all(
        dirs.map((dir) =>
          kintsugi(['run', '--dir', dir, '--feed', `replay:${path}`, '--speed', 'max', '--json', '--for', `${days}d`]),
        ),
      );
      for (const { code, err } of runs) expect({ code, err }).toMatchObject({ code: 0 });
      const [one, two] = dirs;
      expect(filesBelow(one)).toEqual(filesBelow(two));
      expect(filesBelow(one).filter((file) => bytesOf(one, file) !== bytesOf(two, file))).toEqual([]);

      const summary = JSON.parse(runs[0]?.out ?? '');
      expect(summary.ticks).toBeGreaterThan(1_400 * days);
      expect(summary.trades.closed).toBeGreaterThan(5);
      expect(summary.incidents.total).toBe(0);

      const records = busOf(one);
      expect(records.every(({ seq }, index) => seq === index + 1)).toBe(true);
      const { illegal, longestHours } = livesIn(records);
      expect(illegal).toEqual([]);
      expect(longestHours).toBeLessThan(2);
      expect(heldByFile(one)).toEqual(heldByLog(records));
      expect(heldByBroker(one)).toEqual(heldByLog(records));

      const doctor = await kintsugi(['doctor', '--dir', one]);
      expect(doctor).toMatchObject({ code: 0 });
    }, 300_000);
  }
});
