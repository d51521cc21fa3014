/** Supervision and healing for any XState v5 system: nothing here knows of trading. */
import { ownChance } from '../adapters/own-chance.ts';
import { wallClock } from '../adapters/wall-clock.ts';
import { given } from './parts.ts';
import { type Supervised, type SuperviseOptions, superviseOn } from './supervise.ts';

/** {@link superviseOn} in real time: clock and chance may be left out. */
export const supervise = (
  options: Omit<SuperviseOptions, 'clock' | 'chance'> & Partial<Pick<SuperviseOptions, 'clock' | 'chance'>>,
): Supervised => superviseOn({ clock: wallClock(), chance: ownChance(), ...given(options) });

export { seededChance } from '../adapters/seeded-chance.ts';
export { VirtualClock } from '../adapters/virtual-clock.ts';
export type { ActorStatus, AppStatus, Insight } from './app-status.ts';
export { ACTOR_BACKOFF, type Backoff, backoffMs } from './backoff.ts';
export { type Intensity, isSpent, RESTART_INTENSITY, usesWithin } from './budget.ts';
export { type Child, type ChildSpec, withDependants } from './child.ts';
export type { Exit } from './exit.ts';
export { type GuardianContext, type GuardianEvent, type GuardianPolicy, guardian } from './guardian.ts';
export type { Incident } from './incident.ts';
export type { Finding, Invariant, Remedy, Severity, View } from './invariant.ts';
export { inMemory, Keepsake, type SnapshotStore } from './keepsake.ts';
export type { IncidentRecord } from './ledger.ts';
export { heal, healing } from './loop.ts';
export { type DeadLetter, Mailboxes, type MailProgress } from './mailbox.ts';
export type { Group, Part } from './parts.ts';
export type { Plan } from './plan.ts';
export { type Command, type Impulse, type Policy, type Round, restful } from './round.ts';
export { settled } from './settled.ts';
export type { Rules, Strategy } from './strategy.ts';
export { supervisable } from './supervisable.ts';
export type { Supervised, SuperviseOptions } from './supervise.ts';
export { type Happening, SupervisorGaveUp } from './supervision.ts';
export { type SupervisorContext, type SupervisorEvent, type SupervisorOptions, supervisor } from './supervisor.ts';
export { invariantOf, type Law, type Seen } from './vital.ts';
export { follow, type Sight, watch } from './watch.ts';
