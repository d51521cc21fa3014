import type { Finding } from './invariant.ts';
import type { OperatorRecord } from './ledger.ts';

/** A person wants the kill switch off. */
export interface ResumeRequest {
  readonly reason: string;
  /** Who says so: `name (process 4711)`. Not proven; that the asker may, is. */
  readonly by: string;
  /** Also while an invariant that tripped it does not hold. */
  readonly force: boolean;
}

export interface ResumeAnswer {
  readonly resumed: boolean;
  /** What was done, or why not, in words. */
  readonly says: string;
  /** Invariants that tripped the kill switch and do not hold. */
  readonly not_holding: readonly string[];
}

/** An invariant that does not hold, and what the evidence says. */
export interface NotHolding {
  readonly id: string;
  readonly says: string;
}

/** Those that tripped the kill switch and are not proven to hold. Unknown is not green. */
export const notHolding = (
  trippedBy: readonly string[],
  findings: ReadonlyMap<string, Pick<Finding, 'holds' | 'says'>>,
): readonly NotHolding[] =>
  trippedBy.flatMap((id) => {
    const finding = findings.get(id);
    return finding?.holds === true ? [] : [{ id, says: finding?.says ?? 'there is no evidence' }];
  });

export const refusal = (broken: readonly NotHolding[]): ResumeAnswer => ({
  resumed: false,
  says: `the kill switch stays on: ${broken.map(({ id, says }) => `${id} does not hold (${says})`).join('; ')}. Mend that first (kintsugi explain ${broken[0]?.id}), or insist with --force`,
  not_holding: broken.map(({ id }) => id),
});

/** A person wants entries blocked. */
export interface PauseRequest {
  readonly reason: string;
  /** As in {@link ResumeRequest}. */
  readonly by: string;
}

export interface PauseAnswer {
  readonly paused: boolean;
  /** What was done, or why not, in words. */
  readonly says: string;
}

export interface FlattenAnswer {
  /** The exchange says that nothing is held. */
  readonly flat: boolean;
  /** What was done, or what is left, in words. */
  readonly says: string;
}

/** Why the kill switch is on, in the words that status and safety layer repeat. */
export const pausedBecause = ({ by, reason }: PauseRequest): string => `${by} paused: ${reason}`;

/** The line of the ledger. `now` in ms. */
export const pauseRecordOf = ({ reason, by }: PauseRequest, was: string | null, now: number): OperatorRecord => ({
  event_type: 'operator',
  action: 'pause',
  reason,
  by,
  forced: false,
  was,
  not_holding: [],
  ts: now / 1000,
  timestamp: new Date(now).toISOString(),
});

/** The line of the ledger. `now` in ms. */
export const operatorRecordOf = (
  { reason, by, force }: ResumeRequest,
  was: string | null,
  broken: readonly NotHolding[],
  now: number,
): OperatorRecord => ({
  event_type: 'operator',
  action: 'resume',
  reason,
  by,
  forced: force && broken.length > 0,
  was,
  not_holding: broken.map(({ id }) => id),
  ts: now / 1000,
  timestamp: new Date(now).toISOString(),
});
