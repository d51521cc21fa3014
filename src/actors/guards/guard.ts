/**
 * A guard is a pure function that lets one signal pass or blocks it, and says why in numbers.
 *
 * All guards are asked of every signal, also after one has blocked it: only so can be told later what each of them saved or
 * cost. To add one: write a file beside this one that exports a `Guard`, add its limits to `limits.ts` and itself to
 * `catalogue.ts`. What a guard cannot know, it blocks: unknown is not green (DESIGN §1.6).
 */
import type { Direction, Features, Position, Signal, Verdict } from '../../machines/messages.ts';
import type { Instrument } from '../../ports/broker.ts';
import type { GuardLimits } from './limits.ts';

/** A signal that was approved. */
export interface Approval {
  readonly signalId: string;
  readonly symbol: string;
  readonly at: number;
}

/** An entry that was approved and is not a position yet: it takes its place already. */
export interface EntryUnderWay {
  readonly signalId: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly notionalUsd: number;
}

export interface GuardContext {
  readonly signal: Signal;
  readonly now: number;
  /** Cash and unrealised profit. `null` when the broker could not be asked. */
  readonly equityUsd: number | null;
  /** Realised and unrealised profit since midnight UTC, after fees. */
  readonly pnlTodayUsd: number;
  readonly openPositions: readonly Position[];
  readonly entriesUnderWay: readonly EntryUnderWay[];
  /** At least those of the last hour, in any order. */
  readonly approvals: readonly Approval[];
  /** The latest features of every symbol. */
  readonly features: ReadonlyMap<string, Features>;
  readonly instrument: Instrument;
  readonly limits: GuardLimits;
}

export interface Guard {
  /** As it stands in the records: `blocker_component`. */
  readonly name: string;
  /** Its verdict depends on what is held: the report tells it apart, since it judges the account as much as the signal. */
  readonly looksAtHoldings?: true;
  evaluate(context: GuardContext): Verdict;
}

/** The verdicts of all guards, in their order. */
export const askAll = (guards: readonly Guard[], context: GuardContext): Verdict[] =>
  guards.map((guard) => guard.evaluate(context));

/** Passes when nothing is breached; the reason names every breach, or says why it passes. */
export const verdict = (
  guard: string,
  breaches: readonly string[],
  otherwise: string,
  figures: Verdict['figures'],
): Verdict => ({
  guard,
  passes: breaches.length === 0,
  reason: breaches.length === 0 ? otherwise : breaches.join('; '),
  figures,
});

/** What is held or about to be held. */
export interface Holding {
  readonly signalId: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly notionalUsd: number;
}

/** Open positions at the latest known price, and entries under way that are not among them. */
export function holdings({ openPositions, entriesUnderWay, features }: GuardContext): Holding[] {
  const held = openPositions.map(({ signalId, symbol, direction, qty, entryPrice }) => ({
    signalId,
    symbol,
    direction,
    notionalUsd: qty * (features.get(symbol)?.price ?? entryPrice),
  }));
  const ids = new Set(held.map(({ signalId }) => signalId));
  return [...held, ...entriesUnderWay.filter(({ signalId }) => !ids.has(signalId))];
}

/** A fraction as per cent, for people. */
export const percent = (fraction: number, digits = 2): string => `${(fraction * 100).toFixed(digits)} %`;

/** A figure for the record: short, and the same on every machine. */
export const figure = (value: number): number => Number(value.toPrecision(6));
