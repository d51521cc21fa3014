/**
 * Plants one bug after the other and lets the simulator look for it: `npm run sim:planted`.
 * Prints the table, and ends with 1 where a bug survives, or a law is broken without one.
 *
 *     node test/simulation/planted/table.ts [--only ID or its beginning]... [--seeds N] [--from N] [--hours H]
 */
import { parseArgs } from 'node:util';
import { BUGS } from './catalogue.ts';
import { hunt, runSeeds } from './hunt.ts';
import { heading, rowOf } from './rows.ts';

/** Within so many seeds every bug is to be caught. */
const SEEDS = 40;
const HOURS = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: String(SEEDS) },
    from: { type: 'string', default: '1' },
    hours: { type: 'string', default: String(HOURS) },
  },
});
const { only } = values;
const bugs = BUGS.filter(({ id }) => only.length === 0 || only.some((wanted) => id.startsWith(wanted)));
const hours = Number(values.hours);
const first = Number(values.from);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
if (bugs.length === 0 || seeds.length === 0 || !(hours > 0)) {
  console.error(
    `nothing to do: of ${BUGS.length} bugs none is called ${only.join(' or ')}, or there are no seeds or hours`,
  );
  process.exit(2);
}

const control = await runSeeds({ bug: null, seeds, hours, untilBroken: false }, ({ seed, wrong }) => {
  for (const { law, says } of wrong) console.log(`without a bug, seed ${seed} breaks ${law}: ${says}`);
});
const sound = control.filter(({ wrong }) => wrong.length === 0);
const spent = control.reduce((sum, { seconds }) => sum + seconds, 0);
console.log(
  `${sound.length} of ${seeds.length} seeds (${seeds[0]} to ${seeds.at(-1)}, ${hours} simulated hours each) break no law without a bug; ${spent.toFixed(0)} s\n`,
);
if (sound.length === 0) process.exit(1);

console.log(heading);
let survivors = 0;
for (const bug of bugs) {
  const found = await hunt(bug, hours, control);
  if (found.caught === null) survivors++;
  console.log(rowOf(bug, found));
}
console.log(`\n${bugs.length - survivors} of ${bugs.length} planted bugs were caught`);
process.exit(survivors > 0 || sound.length < seeds.length ? 1 : 0);
