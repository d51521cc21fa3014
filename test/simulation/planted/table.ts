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
    /** Of every bug; as it says itself where it is left out. */
    hours: { type: 'string' },
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
const kinds = values.kinds?.split(',').map((name) => FAULT_KINDS.find((kind) => kind === name) ?? unknown(name));
/** How the seeds of a bug are drawn. */
function drawingOf({ under, hours = HOURS, everyS, at }: PlantedBug): Drawing {
  const among = kinds ?? under;
  const seconds = values.every === undefined ? everyS : Number(values.every);
  return {
    hours: Number(values.hours ?? hours),
    ...(among === undefined ? {} : { kinds: among }),
    ...(seconds === undefined ? {} : { everyMs: seconds * 1_000 }),
    ...(at === undefined ? {} : { aims: at }),
  };
}
const first = Number(values.from);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
if (bugs.length === 0 || seeds.length === 0 || bugs.some((bug) => !(drawingOf(bug).hours > 0))) {
  console.error(
    `nothing to do: of ${BUGS.length} bugs none is called ${only.join(' or ')}, or there are no seeds or hours`,
  );
  process.exit(2);
}

/** How seeds are drawn, in words. */
function saysHow({ hours, kinds: among, everyMs, aims }: Drawing): string {
  const often = everyMs === undefined ? '' : `, every ${everyMs / 1_000} s`;
  const aimed = Object.entries(aims ?? {}).flatMap(([kind, at]) =>
    at.map(({ actor, state }) => `${kind} at ${actor} ${state}`),
  );
  return [`${hours} h`, among?.join(', ') ?? 'all kinds', ...aimed].join(', ') + often;
}

/** What seeds come to without a bug, by how they are drawn. */
const controls = new Map<string, Promise<SeedRun>>();
const control = (drawing: Drawing) => async (seed: number) => {
  const how = saysHow(drawing);
  const key = `${seed} of ${how}`;
  const known = controls.get(key);
  if (known) return known;
  const running = runSeeds({ bug: null, seeds: [seed], drawing, untilBroken: false }).then(([run]) => {
    if (!run) throw new Error(`seed ${key} came to nothing without a bug`);
    for (const { law, says } of run.wrong) console.error(`without a bug, seed ${key} breaks ${law}: ${says}`);
    return run;
  });
  controls.set(key, running);
  return running;
};

console.log(heading);
let survivors = 0;
const waiting = bugs.values();
const work = async (): Promise<void> => {
  for (const bug of waiting) {
    const drawing = drawingOf(bug);
    const found = await hunt(bug, { seeds, drawing }, control(drawing));
    if (found.caught === null) survivors++;
    console.log(rowOf(bug, found));
    if (values.why && found.caught) console.log(`  seed ${found.caught.seed}: ${found.caught.says}`);
  }
};
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, work));
console.log(`\n${bugs.length - survivors} of ${bugs.length} planted bugs were caught`);
process.exit(survivors > 0 ? 1 : 0);
