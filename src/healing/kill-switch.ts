import { z } from 'zod';

/** `feature_store/healing_escalation_state.json`: field names of the Python bot, fields added. Survives restarts. */
export const escalationState = z.looseObject({
  soft_kill_switch_active: z.boolean(),
  escalation_status: z.enum(['normal', 'soft_kill_switch', 'critical']),
  /** Why entries are blocked, in words. */
  reason: z.string().nullable(),
  /** Invariants whose incidents tripped it. */
  tripped_by: z.array(z.string()).optional(),
  /** A person put it on: no quiet hour takes it off. */
  paused_by_hand: z.boolean().optional(),
  /** ISO-8601. */
  last_escalation: z.string().nullable(),
  /** Remedies by actor and kind, times in ms: the budgets as they stand. */
  budgets: z.record(z.string(), z.array(z.number())),
  /** Incidents by invariant, times in ms: what makes one recurring. */
  recurrences: z.record(z.string(), z.array(z.number())),
  /** The last record of the ledger that was acknowledged: what is missing at the ledger's end shows. */
  ledger_head: z.object({ chain: z.number(), hash: z.string() }).nullable().optional(),
  /** Ids of incidents whose records were acknowledged lately. */
  recent_incidents: z.array(z.string()).optional(),
  /** When each component was last healed, ms: it is watched on over a restart. */
  last_healed: z.record(z.string(), z.number()).optional(),
  last_updated: z.string(),
});
export type EscalationState = z.infer<typeof escalationState>;

export interface KillSwitch {
  readonly active: boolean;
  readonly reason: string | null;
  readonly trippedAt: number | null;
  /** Ids of the invariants whose incidents tripped it. */
  readonly by: readonly string[];
  /** A person put it on, too: only a person takes it off. */
  readonly byHand: boolean;
  /** When there last was an open or failed incident, ms: quiet is counted from here. */
  readonly lastTroubleAt: number | null;
  /** When somebody last looked whether there is trouble, ms. */
  readonly lookedAt: number | null;
}

/** What this process knows of it, over all incarnations of its keeper: a disk that refuses has it as it was before. */
export interface KnownSwitch {
  /** `null` before its keeper has read what the process before left. */
  present: KillSwitch | null;
  /** What a healer has posted to its keeper, and that has not taken yet. */
  untaken: { readonly reason: string; readonly by: readonly string[] } | null;
}

export const QUIET_HOUR_MS = 3_600_000;
/** More looks than these left out, and the time between two was watched by nobody. */
const LOOKS_LEFT_OUT = 2;

export const killSwitchOff: KillSwitch = {
  active: false,
  reason: null,
  trippedAt: null,
  by: [],
  byHand: false,
  lastTroubleAt: null,
  lookedAt: null,
};

/** Trips. The first reason stays: it is the one to be looked into. Every invariant that tripped it is kept. */
export const trip = (
  kill: KillSwitch,
  reason: string,
  now: number,
  by: readonly string[] = [],
  byHand = false,
): KillSwitch =>
  kill.active
    ? { ...kill, by: [...new Set([...kill.by, ...by])], byHand: kill.byHand || byHand, lastTroubleAt: now }
    : { active: true, reason, trippedAt: now, by, byHand, lastTroubleAt: now, lookedAt: kill.lookedAt };

/**
 * Resets after a quiet hour, unless a person put it on; trouble begins the hour anew. Time in which nobody looked, while the machine
 * slept or its clock was set forward, is no part of that hour.
 *
 * @param everyMs how often somebody looks
 */
export function afterTime(kill: KillSwitch, trouble: boolean, now: number, everyMs: number): KillSwitch {
  if (trouble) return { ...kill, lastTroubleAt: now, lookedAt: now };
  const apart = now - (kill.lookedAt ?? now);
  const unwatched = apart > everyMs * (1 + LOOKS_LEFT_OUT) ? apart : 0;
  const quietSince = (kill.lastTroubleAt ?? now) + unwatched;
  if (!kill.active || kill.byHand || now - quietSince < QUIET_HOUR_MS)
    return { ...kill, lastTroubleAt: kill.lastTroubleAt === null ? null : quietSince, lookedAt: now };
  return { ...killSwitchOff, lastTroubleAt: kill.lastTroubleAt, lookedAt: now };
}
