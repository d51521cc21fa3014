/**
 * A print queue, made of plain XState, whose worker hangs on some jobs: no error, no end, and its heart goes on beating.
 * `supervise` finds it by an invariant, restarts it, and shows the proof. Run: node examples/heal-any-xstate-app.ts
 * (In your own project: import { supervise } from 'kintsugi/healing'.)
 */
import { assign, fromCallback, setup } from 'xstate';
import { supervise } from '../src/healing/index.ts';

type Job = { type: 'PRINT'; name: string };
const printed: string[] = [];
let jams = 1;

/** Prints one job after the other, 20 ms each. The first time it gets `report.pdf` the paper jams, and it waits for ever. */
const printer = setup({
  types: {
    context: {} as { queue: string[]; beats: number; startedAt: number },
    events: {} as Job | { type: 'PRINTED' | 'BEAT' },
  },
  actors: {
    paper: fromCallback<{ type: 'NONE' }, string>(({ input, sendBack }) => {
      if (input === 'report.pdf' && jams-- > 0) return undefined;
      const timer = setTimeout(() => sendBack({ type: 'PRINTED' }), 20);
      return () => clearTimeout(timer);
    }),
    heart: fromCallback(({ sendBack }) => {
      const timer = setInterval(() => sendBack({ type: 'BEAT' }), 50);
      return () => clearInterval(timer);
    }),
  },
  actions: {
    enqueue: assign({
      queue: ({ context, event }) => (event.type === 'PRINT' ? [...context.queue, event.name] : context.queue),
    }),
    eject: ({ context }) => void printed.push(context.queue[0] ?? ''),
    next: assign({ queue: ({ context }) => context.queue.slice(1) }),
    start: assign({ startedAt: () => Date.now() }),
    beat: assign({ beats: ({ context }) => context.beats + 1 }),
  },
}).createMachine({
  context: { queue: [], beats: 0, startedAt: 0 },
  invoke: { src: 'heart' },
  on: { PRINT: { actions: 'enqueue' }, BEAT: { actions: 'beat' } },
  initial: 'idle',
  states: {
    idle: { always: { guard: ({ context }) => context.queue.length > 0, target: 'printing' } },
    printing: {
      entry: 'start',
      invoke: { src: 'paper', input: ({ context }) => context.queue[0] ?? '' },
      on: { PRINTED: { target: 'idle', actions: ['eject', 'next'] } },
    },
  },
});

const app = supervise({
  children: [{ id: 'printer', logic: printer, restore: true }],
  invariants: [
    {
      id: 'printer/prints',
      actor: 'printer',
      broken: ({ snapshot, context: { queue, beats, startedAt }, now }) =>
        snapshot.matches('printing') && now - startedAt >= 500
          ? { says: `nothing was printed for ${now - startedAt} ms`, figures: { waiting: queue.length, beats } }
          : null,
    },
  ],
});
app.incidents.subscribe(({ status, invariant, evidence_before, evidence_after, remedies }) => {
  console.log(
    `[${status}] ${invariant}: ${evidence_before.says} (its heart had beaten ${evidence_before.beats} times)`,
  );
  for (const { type, to, outcome, says } of remedies) console.log(`    ${type} ${to}: ${outcome}: ${says}`);
  if (evidence_after) console.log(`    then: ${evidence_after.says}`);
});
for (const name of ['letter.txt', 'report.pdf', 'photo.jpg']) app.post('printer', { type: 'PRINT', name });

setTimeout(async () => {
  const { status, actors, incidents } = app.status();
  console.log(`printed: ${printed.join(', ')}`);
  console.log(`${status}, ${incidents.healed} healed, the printer was restarted ${actors.printer?.restarts} time(s)`);
  await app.stop();
  process.exitCode = printed.length === 3 && incidents.healed === 1 ? 0 : 1;
}, 2_500);
