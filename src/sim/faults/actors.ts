/** Faults of actors: they end, they stand still, they throw. */
import type { AnyActorRef } from 'xstate';
import { type ActorId, actorOf, COMPONENTS } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import { type FaultRule, pick, type Stage } from './fault.ts';
import { poisonFor } from './poison.ts';

const COMPONENT_ACTORS: readonly ActorId[] = COMPONENTS.map(actorOf);
const HEALERS: readonly ActorId[] = ['healingOperator', 'architectureHealing'];
const anyComponent = (chance: Chance): ActorId => pick(chance, COMPONENT_ACTORS);
const anyHealer = (chance: Chance): ActorId => pick(chance, HEALERS);

/** Does something to a living actor. */
function meeting({ host }: Stage, actor: ActorId, strike: (ref: AnyActorRef) => void): readonly ActorId[] {
  const ref = host.life?.bot.mailboxes.ref(actor);
  if (ref?.getSnapshot().status !== 'active') return [];
  strike(ref);
  return [actor];
}

/** As an inspector that threw leaves it (research/xstate.md §0.5): it is active, takes everything, and does nothing. */
function wedge(ref: AnyActorRef): void {
  const { mailbox } = ref as unknown as { mailbox: { _current: unknown; _last: unknown } };
  const stuck = { value: { type: 'never taken' }, next: null };
  mailbox._current = stuck;
  mailbox._last = stuck;
}

const strike = (ref: AnyActorRef, actor: ActorId, chance: Chance): void => {
  // It is the actor itself that fails, in a step of its own: past its mailbox.
  for (const poison of poisonFor(actor, chance)) if (ref.getSnapshot().status === 'active') ref.send(poison);
};

export const ACTOR_FAULTS: readonly FaultRule[] = [
  {
    kind: 'actor-ends',
    strikes: 'a component: it stops, and nobody wanted it to',
    meets: COMPONENT_ACTORS,
    inflict: (stage, chance) => meeting(stage, anyComponent(chance), (ref) => ref.send({ type: 'STOP' })),
  },
  {
    kind: 'actor-wedged',
    strikes: 'a component: its mail is accepted and never processed',
    meets: COMPONENT_ACTORS,
    inflict: (stage, chance) => {
      const actor = anyComponent(chance);
      const isDeaf = chance.next() < 0.5;
      return meeting(stage, actor, (ref) => (isDeaf ? stage.host.life?.bot.mailboxes.stall(actor) : wedge(ref)));
    },
  },
  {
    kind: 'actor-throws',
    strikes: 'a component: a step of its own throws',
    meets: COMPONENT_ACTORS,
    inflict: (stage, chance) => {
      const actor = anyComponent(chance);
      return meeting(stage, actor, (ref) => strike(ref, actor, chance));
    },
  },
  {
    kind: 'healer-ends',
    strikes: 'a healer: it stops, or throws',
    meets: HEALERS,
    inflict: (stage, chance) => {
      const actor = anyHealer(chance);
      const stops = chance.next() < 0.5;
      return meeting(stage, actor, (ref) => (stops ? ref.send({ type: 'STOP' }) : strike(ref, actor, chance)));
    },
  },
  {
    kind: 'healer-wedged',
    strikes: 'a healer: it is active, takes everything, and does nothing',
    meets: HEALERS,
    inflict: (stage, chance) => meeting(stage, anyHealer(chance), wedge),
  },
];
