/** Supervision and healing for any XState v5 system: nothing here knows of trading. */
export { ACTOR_BACKOFF, type Backoff, backoffMs } from './backoff.ts';
export { type Intensity, isSpent, RESTART_INTENSITY, usesWithin } from './budget.ts';
export { type Child, type ChildSpec, withDependants } from './child.ts';
export { type GuardianContext, type GuardianEvent, type GuardianPolicy, guardian } from './guardian.ts';
export type { Incident } from './incident.ts';
export type { Finding, Invariant, Remedy, Severity, View } from './invariant.ts';
export { heal, healing } from './loop.ts';
export { type DeadLetter, Mailboxes, type MailProgress } from './mailbox.ts';
export type { Plan } from './plan.ts';
export { type Command, type Impulse, type Policy, type Round, restful } from './round.ts';
export { settled } from './settled.ts';
export { supervisable } from './supervisable.ts';
export { type SupervisorContext, type SupervisorEvent, type SupervisorOptions, supervisor } from './supervisor.ts';
export { type Sight, watch } from './watch.ts';
