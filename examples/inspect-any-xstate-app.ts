/**
 * A coffee machine of plain XState, to be watched: its statecharts alive, events, time travel, with one line of code. Open the
 * address it prints. Run: node examples/inspect-any-xstate-app.ts [seconds]
 */
import { assign, createActor, fromCallback, sendTo, setup } from 'xstate';
import { createInspector } from '../src/inspector/index.ts'; // elsewhere: 'kintsugi/inspector'

const grinder = setup({ types: { events: {} as { type: 'GRIND' } } }).createMachine({
  id: 'grinder',
  initial: 'idle',
  states: {
    idle: { on: { GRIND: 'grinding' } },
    grinding: { description: 'The beans become powder.', after: { 300: 'idle' } },
  },
});

const coffeeMachine = setup({
  types: { context: {} as { cups: number; water: number }, events: {} as { type: 'ORDER' } | { type: 'REFILL' } },
  actors: {
    grinder,
    guests: fromCallback(({ sendBack }) => {
      const timer = setInterval(() => sendBack({ type: 'ORDER' }), 700);
      return () => clearInterval(timer);
    }),
  },
  actions: {
    grind: sendTo('grinder', { type: 'GRIND' }),
    pour: assign({ cups: ({ context }) => context.cups + 1, water: ({ context }) => context.water - 1 }),
    fill: assign({ water: 4 }),
  },
  guards: { hasWater: ({ context }) => context.water > 0 },
}).createMachine({
  id: 'coffee',
  context: { cups: 0, water: 4 },
  type: 'parallel',
  invoke: [
    { src: 'grinder', id: 'grinder', systemId: 'grinder' },
    { src: 'guests', id: 'guests' },
  ],
  states: {
    brewing: {
      initial: 'ready',
      states: {
        ready: { on: { ORDER: { guard: 'hasWater', target: 'busy', actions: 'grind' } } },
        busy: {
          initial: 'heating',
          states: { heating: { after: { 200: 'pouring' } }, pouring: { exit: 'pour' } },
          after: { 500: 'ready' },
        },
      },
    },
    tank: {
      initial: 'full',
      states: {
        full: { always: { guard: ({ context }) => context.water < 1, target: 'empty' } },
        empty: { on: { REFILL: 'full' }, exit: 'fill', after: { 2000: 'full' } },
      },
    },
  },
});

const inspector = createInspector({ name: 'Coffee machine', port: 0, allowSend: true });
const machine = createActor(coffeeMachine, { systemId: 'coffee', inspect: inspector.inspect }).start();
setTimeout(() => machine.stop(), Number(process.argv[2] ?? 3_600) * 1_000);
