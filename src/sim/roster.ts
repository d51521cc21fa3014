import { type ActorId, actorOf, COMPONENTS } from '../machines/messages.ts';

/** Every actor of a bot that a fault can meet. */
export const ACTORS: readonly ActorId[] = [
  ...COMPONENTS.map(actorOf),
  'marketFeed',
  'healingOperator',
  'architectureHealing',
];
