import type { Finding, Invariant, Remedy } from './invariant.ts';
import type { Plan } from './plan.ts';

/** One try at a remedy, and what came of it. Times in ms on the bot's clock. */
export interface Attempt {
  readonly remedy: Remedy;
  readonly to: string;
  /** Made before the remedy was sent. */
  readonly plan: Plan;
  readonly at: number;
  readonly answeredAt: number | null;
  /** `unproven`: reported done, and the invariant still does not hold. `observed`: planned, and on purpose not sent. */
  readonly outcome: 'observed' | 'under way' | 'done' | 'refused' | 'silent' | 'unproven' | 'proven';
  readonly says: string;
}

/**
 * A broken invariant and what is done about it.
 * waiting (for an upstream one) → due → remedying → proving → healed, or due again a rung higher, or failed.
 * `cleared`: it came to hold again without a remedy of ours. `observing`: what would be done is written down, and not done.
 */
export interface Incident {
  readonly id: string;
  readonly invariant: Invariant;
  readonly phase: 'waiting' | 'due' | 'observing' | 'remedying' | 'proving' | 'failed' | 'healed' | 'cleared';
  /** The broken invariant upstream that it waits for now. */
  readonly waitsFor: string | null;
  /** The last invariant it waited for: stays when that one holds again. `null`: it is a root itself. */
  readonly rootCause: string | null;
  /** The incident of {@link rootCause}, where there is one. */
  readonly causedBy: string | null;
  /** Incidents that this one caused, as far as they were seen while it was open. */
  readonly symptoms: readonly string[];
  readonly brokenSince: number;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly before: Finding;
  readonly after: Finding | null;
  readonly rung: number;
  readonly attempts: readonly Attempt[];
  /** Not before this time is the next remedy sent, ms. */
  readonly dueAt: number;
  /** When silence or want of proof becomes failure, ms. */
  readonly deadline: number | null;
  /** Why it was given up, in words. */
  readonly verdict: string | null;
  /** Nothing is known: no remedy follows from that, and no end but knowledge. */
  readonly blind?: true;
  /** It was found to flap: told once. */
  readonly flaps?: true;
  /** How long it had held before it broke, as far as was seen, ms. */
  readonly heldMs?: number;
  /** It broke again soon after it was healed. */
  readonly relapse?: true;
  /** It holds since then, ms, and is to hold longer before that is proof. */
  readonly holdsSince?: number | null;
  /** A person wanted the last remedy sent, and who. The invariant need not have been broken. */
  readonly askedBy?: string;
}

export const isOpen = ({ phase }: Incident): boolean => phase !== 'healed' && phase !== 'cleared';
export const isActing = ({ phase }: Incident): boolean => phase === 'remedying' || phase === 'proving';

/** No other remedy of its actor may be sent: one is under way, and the invariant does not hold yet. */
export const isBusy = (incident: Incident): boolean => isActing(incident) && (incident.holdsSince ?? null) === null;

/** The incident with its last attempt changed. */
export const withLastAttempt = (incident: Incident, change: Partial<Attempt>): Incident => ({
  ...incident,
  attempts: incident.attempts.map((attempt, index) =>
    index === incident.attempts.length - 1 ? { ...attempt, ...change } : attempt,
  ),
});
