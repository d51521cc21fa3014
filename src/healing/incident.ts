import type { Finding, Invariant, Remedy } from './invariant.ts';

/** One try at a remedy, and what came of it. Times in ms on the bot's clock. */
export interface Attempt {
  readonly remedy: Remedy;
  readonly to: string;
  readonly at: number;
  readonly answeredAt: number | null;
  /** `unproven`: it was reported done, and the invariant still does not hold. */
  readonly outcome: 'under way' | 'done' | 'refused' | 'silent' | 'unproven' | 'proven';
  readonly says: string;
}

/**
 * A broken invariant and what is done about it.
 * waiting (for an upstream one) → due → remedying → proving → healed, or due again a rung higher, or failed.
 * `cleared`: it came to hold again without a remedy of ours.
 */
export interface Incident {
  readonly id: string;
  readonly invariant: Invariant;
  readonly phase: 'waiting' | 'due' | 'remedying' | 'proving' | 'failed' | 'healed' | 'cleared';
  readonly waitsFor: string | null;
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
  /** It was found to flap: told once. */
  readonly flaps?: true;
}

export const isOpen = ({ phase }: Incident): boolean => phase !== 'healed' && phase !== 'cleared';
export const isActing = ({ phase }: Incident): boolean => phase === 'remedying' || phase === 'proving';

/** The incident with its last attempt changed. */
export const withLastAttempt = (incident: Incident, change: Partial<Attempt>): Incident => ({
  ...incident,
  attempts: incident.attempts.map((attempt, index) =>
    index === incident.attempts.length - 1 ? { ...attempt, ...change } : attempt,
  ),
});
