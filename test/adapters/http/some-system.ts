import { assign, createActor, setup } from 'xstate';

/** A secret that is known by the key it stands under, and one that is known by its value. */
export const BY_KEY = 'canary-under-a-telling-key-93f1';
export const BY_VALUE = 'canary of a/registered value 5c7d';

type DoorEvent =
  | { type: 'OPEN'; note?: string; password?: string }
  | { type: 'CLOSE' }
  | { type: 'BREAK' }
  | { type: 'RETIRE' };

const door = setup({
  types: { context: {} as { apiKey: string; note: string; opened: number }, events: {} as DoorEvent },
  actions: {
    count: assign({ opened: ({ context }) => context.opened + 1 }),
    fail: () => {
      throw new Error(`the hinge is broken, ${BY_VALUE}`);
    },
  },
  guards: { unlocked: () => true },
}).createMachine({
  id: 'door',
  description: `opens and closes, ${BY_VALUE}`,
  context: { apiKey: BY_KEY, note: `said ${BY_VALUE}`, opened: 0 },
  initial: 'closed',
  on: { BREAK: { actions: 'fail' }, RETIRE: '.gone' },
  states: {
    closed: { on: { OPEN: { target: 'open.wide', guard: 'unlocked', actions: 'count' } } },
    open: {
      initial: 'ajar',
      states: { ajar: {}, wide: { after: { 60000: 'ajar' } } },
      on: { CLOSE: 'closed' },
    },
    gone: { type: 'final' },
  },
});

const house = setup({ actors: { door } }).createMachine({
  id: 'house',
  initial: 'standing',
  states: {
    standing: {
      invoke: { src: 'door', id: 'front', systemId: 'frontDoor' },
      // A broken door does not bring the house down.
      on: { 'xstate.error.actor.*': {}, 'xstate.done.actor.*': {} },
    },
  },
});

/** A house with a front door, running. */
export function startedHouse() {
  const root = createActor(house, { systemId: 'house' });
  root.start();
  const front = root.system.get('frontDoor');
  return { root, front, send: (event: DoorEvent) => front.send(event) };
}
