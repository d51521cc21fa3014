/** `npm run models`: what live actors show of every machine. Exits with 1 where something is missing that no excuse names. */
import { BEYOND_REACH } from './beyond-reach.ts';
import { EVERY_MACHINE, show } from './every-machine.ts';

const columns = ['machine', 'states', 'transitions', 'guards both ways', 'steps compared', 'beyond reach'];
const widths = [20, 8, 12, 17, 15, 13];
const row = (cells: readonly string[]) =>
  cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' ');
const sums = { states: [0, 0], transitions: [0, 0], guards: [0, 0] };
const reasons: string[] = [];
let [all, failed] = [0, 0];

console.log(row(columns));
for (const machine of EVERY_MACHINE) {
  const { coverage, steps } = show(machine);
  const missing = coverage.missing();
  const excuses = BEYOND_REACH[machine.id] ?? [];
  const part = (of: keyof typeof sums): string => {
    sums[of][0] = (sums[of][0] ?? 0) + coverage.seen[of];
    sums[of][1] = (sums[of][1] ?? 0) + coverage.size[of];
    return `${coverage.seen[of]}/${coverage.size[of]}`;
  };
  all += steps;
  console.log(row([machine.id, part('states'), part('transitions'), part('guards'), `${steps}`, `${excuses.length}`]));
  for (const { what, why } of excuses) {
    reasons.push(`${machine.id}: ${what}\n  ${why}`);
    if (missing.includes(what)) continue;
    failed++;
    reasons.push(`  STALE: it was reached`);
  }
  for (const what of missing.filter((one) => !excuses.some((excuse) => excuse.what === one))) {
    failed++;
    reasons.push(`${machine.id}: MISSING ${what}`);
  }
}
const whole = ([seen, size]: readonly number[]) => `${seen}/${size}`;
console.log(
  row(['all', whole(sums.states), whole(sums.transitions), whole(sums.guards), `${all}`, `${reasons.length}`]),
);
console.log(`\n${reasons.join('\n')}`);
process.exitCode = failed === 0 ? 0 : 1;
