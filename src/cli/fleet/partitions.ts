import { createHash } from 'node:crypto';

/** One partition of the work: what is done for these symbols of an account, by one owner at a time. */
export interface Partition {
  /** `account/3of12`. The count is in the name: partitions of another count are others, and nothing is ever moved in silence. */
  readonly name: string;
  readonly symbols: readonly string[];
}

/** Which of `count` partitions a symbol of an account belongs to: the same on every machine, for ever. */
export function partitionOf(account: string, symbol: string, count: number): number {
  return createHash('sha256').update(`${account}|${symbol}`).digest().readUInt32BE(0) % count;
}

/** Each partition has a chance of its own, from the one seed all workers are given. */
export const seedOf = (seed: number, name: string): number =>
  createHash('sha256').update(`${seed}|${name}`).digest().readUInt32BE(0);

/** Those that have something to do, in order. */
export function partitionsOf(account: string, symbols: readonly string[], count: number): readonly Partition[] {
  const bySlot = new Map<number, string[]>();
  for (const symbol of [...new Set(symbols)].sort()) {
    const slot = partitionOf(account, symbol, count);
    bySlot.set(slot, [...(bySlot.get(slot) ?? []), symbol]);
  }
  return [...bySlot.entries()]
    .sort(([a], [b]) => a - b)
    .map(([slot, members]) => ({ name: `${account}/${slot}of${count}`, symbols: members }));
}

const NAME = /^(?<account>.+)\/(?<slot>\d+)of(?<count>\d+)$/;

/** Of how many partitions one of this name is; `null` for a name of something else. */
export const countIn = (name: string): { readonly account: string; readonly count: number } | null => {
  const groups = NAME.exec(name)?.groups;
  return groups?.account === undefined ? null : { account: groups.account, count: Number(groups.count) };
};
