/** Messages a CPU second to a stateful nact actor, in bursts of N: `node nact.mjs N`. */
import { dispatch, query, spawn, start } from 'nact';

const size = Number(process.argv[2]);
const system = start();
const actor = spawn(
  system,
  (state = 'ordered', message) => {
    if (message.type === 'ASK') dispatch(message.to, state);
    if (state === 'ordered' && message.type === 'LOSE') return 'reconciling';
    if (state === 'reconciling' && message.type === 'FIND') return 'ordered';
    return state;
  },
  'signal',
);
const LOSE = { type: 'LOSE' };
const FIND = { type: 'FIND' };
async function burst() {
  for (let i = 0; i < size; i += 2) {
    dispatch(actor, LOSE);
    dispatch(actor, FIND);
  }
  await query(actor, (to) => ({ type: 'ASK', to }), 60_000);
}
for (let i = 0; i < 10; i++) await burst();
const began = process.cpuUsage();
const bursts = 40;
for (let i = 0; i < bursts; i++) await burst();
const { user, system: kernel } = process.cpuUsage(began);
console.log((bursts * size * 1e6) / (user + kernel));
process.exit(0);
