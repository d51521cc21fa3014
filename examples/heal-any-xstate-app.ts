/**
 * A print queue of plain XState whose first printer jams: no error, no end, and its heart goes on beating. `supervise` finds
 * it by an invariant, restarts it, and shows the proof. Run: node examples/heal-any-xstate-app.ts
 */
import { assign, fromCallback, setup } from 'xstate';
import { supervise } from '../src/healing/index.ts'; // elsewhere: 'kintsugi/healing'

const spool: string[] = [];
const printed: string[] = [];

const printer = (jams: boolean) =>
  setup({
    types: {
      context: {} as { beats: number; movedAt: number },
      events: {} as { type: 'PRINT'; name: string } | { type: 'BEAT' },
    },
    actors: {
      heart: fromCallback(({ sendBack }) => {
        const timer = setInterval(() => sendBack({ type: 'BEAT' }), 50);
        return () => clearInterval(timer);
      }),
    },
    actions: {
      enqueue: ({ event }) => void (event.type === 'PRINT' && spool.push(event.name)),
      beat: assign({ beats: ({ context }) => context.beats + 1 }),
      print: () => void printed.push(spool.shift() ?? ''),
      move: assign({ movedAt: () => Date.now() }),
    },
    guards: { paperMoves: () => spool.length > 0 && !(jams && spool[0] === 'report.pdf') },
  }).createMachine({
    context: () => ({ beats: 0, movedAt: Date.now() }),
    invoke: { src: 'heart' },
    on: {
      PRINT: { actions: 'enqueue' },
      BEAT: [{ guard: 'paperMoves', actions: ['beat', 'print', 'move'] }, { actions: 'beat' }],
    },
  });

const app = supervise({
  children: [{ id: 'printer', logic: ({ incarnation }) => printer(incarnation === 1) }],
  invariants: [
    {
      id: 'printer/prints',
      actor: 'printer',
      // A new incarnation is young, and has printed nothing yet.
      provenAfterMs: 600,
      broken: ({ context: { movedAt, beats }, now }) =>
        spool.length > 0 && now - movedAt > 500
          ? { says: `${spool.length} jobs wait, and no paper moved for half a second`, figures: { beats } }
          : null,
    },
  ],
});
app.incidents.subscribe(({ status, invariant, evidence_before: before, evidence_after: after, remedies }) => {
  console.log(`[${status}] ${invariant}: ${before.says}, though its heart beat ${before.beats} times`);
  for (const { type, to, outcome, says } of remedies) console.log(`    ${type} ${to}: ${outcome}: ${says}`);
  if (after) console.log(`    then: ${after.says}`);
});
for (const name of ['letter.txt', 'report.pdf', 'photo.jpg']) app.post('printer', { type: 'PRINT', name });

setTimeout(async () => {
  const { status, actors, incidents } = app.status();
  console.log(`printed: ${printed.join(', ')}`);
  console.log(`${status}, ${incidents.healed} healed, the printer was restarted ${actors.printer?.restarts} time(s)`);
  await app.stop();
  process.exitCode = printed.length === 3 && incidents.healed === 1 ? 0 : 1;
}, 2_500);
