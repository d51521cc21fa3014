/**
 * A turnstile of plain XState, run as it is and compiled: the same snapshots after every event, and a second of each tells what
 * that costs. Run: node examples/compile-any-xstate-machine.ts
 */
import { type ActorRefFrom, assign, createActor, setup } from 'xstate';
import { CannotCompile, compile } from '../src/machines/index.ts'; // elsewhere: 'kintsugi/machines'

const turnstile = setup({
  types: {
    context: {} as { coins: number; passed: number },
    events: {} as { type: 'COIN'; value: number } | { type: 'PUSH' },
  },
  guards: { pays: ({ context, event }) => event.type === 'COIN' && context.coins + event.value >= 3 },
  actions: {
    take: assign({ coins: ({ context, event }) => context.coins + (event.type === 'COIN' ? event.value : 0) }),
    pass: assign(({ context }) => ({ coins: 0, passed: context.passed + 1 })),
  },
}).createMachine({
  id: 'turnstile',
  context: { coins: 0, passed: 0 },
  initial: 'locked',
  states: {
    locked: { on: { COIN: [{ guard: 'pays', target: 'open', actions: 'take' }, { actions: 'take' }] } },
    open: { on: { PUSH: { target: 'locked', actions: 'pass' } } },
  },
});

const EVENTS = [{ type: 'COIN', value: 1 }, { type: 'COIN', value: 2 }, { type: 'PUSH' }] as const;

const plain = createActor(turnstile).start();
const compiled = createActor(compile(turnstile)).start();
for (const event of EVENTS)
  for (const [name, actor] of Object.entries({ plain, compiled })) {
    actor.send(event);
    const { value, context } = actor.getSnapshot();
    console.log(event.type.padEnd(5), name.padEnd(9), String(value).padEnd(7), JSON.stringify(context));
  }

/** Events a second, measured for one. */
function rate(actor: ActorRefFrom<typeof turnstile>): number {
  const began = performance.now();
  let sent = 0;
  for (; performance.now() - began < 1_000; sent += 3_000)
    for (let i = 0; i < 1_000; i++) for (const event of EVENTS) actor.send(event);
  return (sent / (performance.now() - began)) * 1_000;
}
const rates = { plain: rate(plain), compiled: rate(compiled) };
for (const [name, perSecond] of Object.entries(rates))
  console.log(`${name}: ${Math.round(perSecond).toLocaleString('en-US')} events a second`);
console.log(`compiled: ${(rates.compiled / rates.plain).toFixed(0)} times as many`);

try {
  compile(setup({}).createMachine({ id: 'doors', type: 'parallel', states: { left: {}, right: {} } }));
} catch (error) {
  if (!(error instanceof CannotCompile)) throw error;
  console.log(error.message);
}
