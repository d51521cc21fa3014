/** Faults of actors: they end, they stand still, they throw. */
import { type ActorId, actorOf, COMPONENTS } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import { type FaultRule, pick, type Stage } from './fault.ts';

const anyActor = (chance: Chance): ActorId => actorOf(pick(chance, COMPONENTS));

/** Does something to an actor of the living process, if there is one. */
const meeting = ({ host }: Stage, actor: ActorId, strike: (life: NonNullable<typeof host.life>) => void) => {
  const { life } = host;
  if (!life) return [];
  strike(life);
  return [actor];
};

export const ACTOR_FAULTS: readonly FaultRule[] = [
  {
    kind: 'actor-ends',
    strikes: 'a component: it stops, and nobody wanted it to',
    inflict: (stage, chance) => {
      const actor = anyActor(chance);
      return meeting(stage, actor, ({ bot }) => bot.mailboxes.ref(actor)?.send({ type: 'STOP' }));
    },
  },
  {
    kind: 'actor-wedged',
    strikes: 'a component: its mail is accepted and never processed',
    inflict: (stage, chance) => {
      const actor = anyActor(chance);
      return meeting(stage, actor, ({ bot }) => bot.mailboxes.stall(actor));
    },
  },
  {
    kind: 'actor-throws',
    strikes: 'a component: what it does with a message throws',
    inflict: (stage, chance) => {
      const actor = pick<ActorId>(chance, ['featureStore', 'exitGates', 'shadowEngine']);
      return meeting(stage, actor, ({ bot }) => bot.mailboxes.ref(actor)?.send({ type: 'TICK', tick: null }));
    },
  },
];
