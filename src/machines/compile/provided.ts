import { type AnyStateMachine, StateMachine } from 'xstate';

/**
 * The same as `machine.provide(implementations)`, and shares the states of the machine: XState would make them anew, and whoever has
 * learned what these states come to (skeletons, moves) would have to learn it again for every actor.
 */
export function provided<Machine extends AnyStateMachine>(
  machine: Machine,
  { actions, guards, actors, delays }: Parameters<Machine['provide']>[0],
): Machine {
  const { implementations } = machine;
  const own: AnyStateMachine = Object.create(machine, {
    implementations: {
      value: {
        actions: { ...implementations.actions, ...actions },
        guards: { ...implementations.guards, ...guards },
        actors: { ...implementations.actors, ...actors },
        delays: { ...implementations.delays, ...delays },
      },
    },
  });
  // Bound by XState to the machine they were made for: whose implementations these would be.
  for (const name of ['transition', 'getInitialSnapshot', 'restoreSnapshot'] as const)
    Object.defineProperty(own, name, {
      value: StateMachine.prototype[name].bind(own),
      configurable: true,
      writable: true,
    });
  return own as Machine;
}
