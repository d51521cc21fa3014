/** The guardian, told everything that it can be told, in every state. */
import { type GuardianContext, type GuardianPolicy, guardian } from '../../src/healing/guardian.ts';
import type { Told } from './walk.ts';

const POLICY: GuardianPolicy = {
  firstBeatMs: 30_000,
  silenceMs: 8_000,
  graceMs: 2_000,
  sweepsMissed: 3,
  sweepAtLeastMs: 30_000,
  lateMs: 10_000,
  calmMs: 60_000,
  stopMs: 300_000,
  insistMs: 2_000,
  backoff: { firstMs: 500, capMs: 300_000 },
  // No more than a walk has to pass through.
  restarts: { most: 1, withinMs: 600_000 },
  outageCodes: [68],
  finalCodes: [0],
};

export const GUARDIAN = guardian(POLICY, { now: () => 0, chance: () => 0.5 });

const beat = (ready: boolean, sweptAt: number | null): Told => ({ type: 'BEAT', ready, sweptAt, sweepEveryMs: 1 });

export const GUARDIAN_EVENTS: readonly Told[] = [
  beat(false, null),
  beat(true, null),
  beat(true, 1),
  beat(true, 2),
  { type: 'LEAVING' },
  { type: 'ASKED', signal: 'SIGINT' },
  { type: 'EXITED', code: 0, signal: null },
  { type: 'EXITED', code: 3, signal: null },
  { type: 'EXITED', code: 68, signal: null },
  { type: 'TOLD', delivered: true },
  { type: 'TOLD', delivered: false },
  { type: 'EXITED', code: null, signal: 'SIGTERM' },
  { type: 'EXITED', code: null, signal: 'SIGSEGV' },
];

/** What its guards look at. */
export const guardianRemembers = (context: Record<string, unknown>): unknown => {
  const { asked, everReady, sweptAt, restarts, outageTold } = context as unknown as GuardianContext;
  return [asked !== null, everReady, sweptAt, restarts.length, outageTold];
};
