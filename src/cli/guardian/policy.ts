import type { GuardianPolicy } from '../../healing/guardian.ts';
import { EXIT } from '../exit-codes.ts';

/** DESIGN §6: no word for 10 s is a hang; the wait before a restart doubles up to 300 s, and is short again after a calm minute. */
export const POLICY: GuardianPolicy = {
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
  restarts: { most: 5, withinMs: 600_000 },
  outageCodes: [EXIT.unreachable],
  finalCodes: [
    EXIT.done,
    EXIT.usage,
    EXIT.notGreen,
    EXIT.ownedElsewhere,
    EXIT.refused,
    EXIT.config,
    EXIT.interrupted,
    EXIT.terminated,
  ],
};
