/**
 * Plants one bug after the other and lets the simulator look for it: `npm run sim:planted`.
 * Prints the table, and ends with 1 where a bug survives. Seeds that break a law without a bug prove nothing, and are left out.
 *
 *     node test/simulation/planted/table.ts [--only ID or its beginning]... [--seeds N] [--from N] [--hours H] [--kinds K,K…] [--every S] [--jobs N] [--why]
 */
import { parseArgs } from 'node:util';
import type { Drawing } from '../../../src/sim/draw-script.ts';
import { FAULT_KINDS } from '../../../src/sim/fault-kinds.ts';
import type { PlantedBug } from './bug.ts';
import { BUGS } from './catalogue.ts';
import { hunt, runSeeds } from './hunt.ts';
import { heading, rowOf } from './rows.ts';
import type { SeedRun } from './seeds.ts';

/** Within so many seeds every bug is to be caught. */
const SEEDS = 40;
const HOURS = 1;

function unknown(name: string): never {
  console.error(`there is no fault ${name}; there are ${FAULT_KINDS.join(', ')}`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: String(SEEDS) },
    from: { type: 'string', default: '1' },
    hours: { type: 'string', default: String(HOURS) },
    /** Faults there may be, and how many seconds apart; each seed draws its own where it is left out. */
    kinds: { type: 'string' },
    every: { type: 'string' },
    /** Says what was broken, below each row. */
    why: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
  },
});
const { only } = values;
const bugs = BUGS.filter(({ id }) => only.length === 0 || only.some((wanted) => id.startsWith(wanted)));
const hours = Number(values.hours);
const kinds = values.kinds?.split(',').map((name) => FAULT_KINDS.find((kind) => kind === name) ?? unknown(name));
/** How the seeds of a bug are drawn. */
function drawingOf({ under, everyS, at }: Pick<PlantedBug, 'under' | 'everyS' | 'at'>): Drawing {
  const among = kinds ?? under;
  const seconds = values.every === undefined ? everyS : Number(values.every);
  return {
    hours,
    ...(among === undefined ? {} : { kinds: among }),
    ...(seconds === undefined ? {} : { everyMs: seconds * 1_000 }),
    ...(at === undefined ? {} : { aims: at }),
  };
}
const first = Number(values.from);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
if (bugs.length === 0 || seeds.length === 0 || !(hours > 0)) {
  console.error(
    `nothing to do: of ${BUGS.length} bugs none is called ${only.join(' or ')}, or there are no seeds or hours`,
  );
  process.exit(2);
}

/** What the seeds come to without a bug, by how they are drawn. */
const controls = new Map<string, Promise<readonly SeedRun[]>>();
async function control(drawing: Drawing): Promise<readonly SeedRun[]> {
  const often = drawing.everyMs === undefined ? '' : `, every ${drawing.everyMs / 1_000} s`;
  const aimed = Object.entries(drawing.aims ?? {}).flatMap(([kind, aims]) =>
    aims.map(({ actor, state }) => `${kind} at ${actor} ${state}`),
  );
  const among = [drawing.kinds?.join(', ') ?? 'all kinds', ...aimed].join(', ') + often;
  const known = controls.get(among) ?? runSeeds({ bug: null, seeds, drawing, untilBroken: false });
  if (controls.has(among)) return known;
  controls.set(among, known);
  const runs = await known;
  for (const { seed, wrong } of runs)
    for (const { law, says } of wrong) console.error(`without a bug, seed ${seed} of ${among} breaks ${law}: ${says}`);
  const sound = runs.filter(({ wrong }) => wrong.length === 0).length;
  const spent = runs.reduce((sum, { seconds }) => sum + seconds, 0);
  console.error(
    `${sound} of ${seeds.length} seeds (${seeds[0]} to ${seeds.at(-1)}, ${hours} simulated hours each) of ${among} break no law without a bug, and are used; ${spent.toFixed(0)} s`,
  );
  return runs;
}

console.log(heading);
let survivors = 0;
const waiting = bugs.values();
const work = async (): Promise<void> => {
  for (const bug of waiting) {
    const drawing = drawingOf(bug);
    const found = await hunt(bug, drawing, await control(drawing));
    if (found.caught === null) survivors++;
    console.log(rowOf(bug, found));
    if (values.why && found.caught) console.log(`  seed ${found.caught.seed}: ${found.caught.says}`);
  }
};
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, work));
console.log(`\n${bugs.length - survivors} of ${bugs.length} planted bugs were caught`);
process.exit(survivors > 0 ? 1 : 0);
