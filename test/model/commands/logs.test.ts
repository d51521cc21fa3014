/**
 * A log under any history of appends, crashes, refusals of the disk, strangers' damage and repairs: what was acknowledged is there
 * once, in order and where it always stood, or is damaged by a stranger and kept aside, and a repair leaves no bad line.
 */

import { describe, expect, it } from 'vitest';
import { fc } from '../../fast-check.ts';
import { type Command, holdOver } from './commands.ts';
import { GARBLE, KEEPERS, type Keeper, type Line, LogBench } from './log-bench.ts';

interface Model {
  /** The last that was told. */
  last: number;
  /** Acknowledged and whole, in order. */
  readonly log: number[];
  /** Acknowledged, then damaged: `known` where those who had it in memory still live. */
  readonly hurt: Map<number, 'known' | 'forgotten'>;
  /** Acknowledged, then damaged, and set aside by a repair. */
  readonly aside: Set<number>;
  /** Told, and not acknowledged. */
  waiting: number[];
  /** Told, never acknowledged, and nobody knows of it any more: it may be on disk. */
  readonly orphans: Set<number>;
  refusing: boolean;
  /** It could not open before a disk that refuses. */
  down: boolean;
  /** The file of this name is not the one that is open. */
  astray: boolean;
  /** What strangers left that is no record, and good lines of theirs. */
  readonly litter: string[];
  readonly theirs: string[];
  /** Where each line was first seen. */
  readonly places: Map<number, Line>;
}

type Given = Command<Model, LogBench>;

const blank = (): Model => ({
  last: 0,
  log: [],
  hurt: new Map(),
  aside: new Set(),
  waiting: [],
  orphans: new Set(),
  refusing: false,
  down: false,
  astray: false,
  litter: [],
  theirs: [],
  places: new Map(),
});

const fresh = (model: Model, count: number): number[] => Array.from({ length: count }, () => ++model.last);
const pick = (some: readonly number[], nth: number): number => some[nth % some.length] ?? 0;

/** The component is another now, or the process: what waited is nobody's, and what was damaged is known to nobody. */
function forget(model: Model, kept: 'nothing' | 'what waits'): void {
  if (kept === 'nothing') for (const n of model.waiting.splice(0)) model.orphans.add(n);
  for (const n of model.hurt.keys()) model.hurt.set(n, 'forgotten');
}

/** What nobody acknowledged may have reached the disk before it was over, and counts from then on. */
async function findOrphans(model: Model, real: LogBench): Promise<void> {
  for (const { n } of await real.lines())
    if (n !== null && model.orphans.delete(n) && !model.log.includes(n)) model.log.push(n);
}

const up = ({ down }: Readonly<Model>): boolean => !down;
const here = ({ astray, down }: Readonly<Model>): boolean => !astray && !down;

/** Another one has begun, and may not have been able to. */
async function begun(model: Model, real: LogBench): Promise<void> {
  model.down = real.phase === 'failed';
  if (model.down) expect(model.refusing).toBe(true);
  await findOrphans(model, real);
}

/** After a repair no line is bad; what was in memory is back, and all else that was bad is set aside. */
async function mend(model: Model, real: LogBench): Promise<void> {
  await real.repair();
  model.down = false;
  model.astray = false;
  await real.wait(1_100);
  model.log.push(...model.waiting.splice(0));
  const lines = await real.lines();
  expect(lines.filter(({ kind }) => kind === 'bad')).toEqual([]);
  const kept = await real.quarantine();
  // A good record that was glued to a torn line is saved, and the rest set aside.
  const good = lines.filter(({ kind }) => kind === 'good').map(({ text }) => text);
  for (const words of model.litter.splice(0))
    expect(kept.includes(words) || good.some((text) => text.includes(words)), words).toBe(true);
  const found = new Set(lines.map(({ n }) => n));
  for (const [n, memory] of model.hurt) {
    if (memory === 'known') expect(found, `s-${n} was in memory`).toContain(n);
    if (found.has(n)) model.log.push(n);
    else {
      model.aside.add(n);
      expect(kept).toContain(`${GARBLE}${model.places.get(n)?.text.slice(GARBLE.length)}`);
    }
  }
  model.hurt.clear();
  model.log.sort((a, b) => a - b);
}

function commandsFor({ sequenced }: Keeper): readonly fc.Arbitrary<Given>[] {
  const count = fc.integer({ min: 1, max: 4 });
  const tell = count.map(
    (many): Given => ({
      says: `tell ${many}`,
      when: up,
      run: async (model, real) => {
        const ns = fresh(model, many);
        const stuck = model.waiting.length > 0;
        model.waiting.push(...ns);
        await real.tell(ns);
        if (!stuck && !model.refusing) model.log.push(...model.waiting.splice(0));
      },
    }),
  );
  const how = fc.constantFrom('component' as const, 'process' as const);
  const die = fc.tuple(how, fc.integer({ min: 0, max: 3 }), fc.constantFrom('', '{"event_type":"signal_dec')).map(
    ([who, many, torn]): Given => ({
      says: `tell ${many}, the ${who} dies${torn === '' ? '' : ', and leaves a torn line'}`,
      when: here,
      run: async (model, real) => {
        const ns = fresh(model, many);
        model.waiting.push(...ns);
        const kept = sequenced && who === 'component';
        forget(model, kept ? 'what waits' : 'nothing');
        if (torn !== '') model.litter.push(torn);
        if (torn === '') await real.tellAndDie(ns, who);
        else {
          await real.tell(ns);
          await real.die(who, torn);
        }
        await begun(model, real);
        if (!model.refusing) model.log.push(...model.waiting.splice(0));
      },
    }),
  );
  const restart = fc.constant<Given>({
    says: 'stop and start',
    when: here,
    run: async (model, real) => {
      // What the bus was given outlives it, and not its process.
      forget(model, sequenced ? 'what waits' : 'nothing');
      await real.stopAndStart();
      await begun(model, real);
    },
  });
  const refuse = fc.tuple(fc.constantFrom('append' as const, 'sync' as const), fc.constantFrom(0, 30, 150, 400)).map(
    ([operation, short]): Given => ({
      says: `the disk refuses to ${operation} after ${short} bytes`,
      when: ({ refusing }) => !refusing,
      run: async (model, real) => {
        model.refusing = true;
        real.refuse(operation, short);
      },
    }),
  );
  const accept = fc.constant<Given>({
    says: 'the disk accepts again',
    when: ({ refusing }) => refusing,
    run: async (model, real) => {
      model.refusing = false;
      real.accept();
      await real.wait(1_100);
      if (model.down) await mend(model, real);
      // What a refused write left in a file that has no name can be taken back only when it has one again.
      if (!model.astray) model.log.push(...model.waiting.splice(0));
    },
  });
  const garble = fc.nat(50).map(
    (nth): Given => ({
      says: `a stranger garbles line ${nth}`,
      when: ({ log, astray }) => log.length > 0 && !astray,
      run: async (model, real) => {
        const n = pick(model.log, nth);
        await real.garble(n);
        model.log.splice(model.log.indexOf(n), 1);
        model.hurt.set(n, model.down ? 'forgotten' : 'known');
      },
    }),
  );
  const append = fc.constantFrom('{"foreign":1}\n', 'no json at all\n', '{"torn by a stran').map(
    (text): Given => ({
      says: `a stranger appends ${JSON.stringify(text)}`,
      when: here,
      run: async (model, real) => {
        // Behind a line without an end it is a part of that.
        const whole = await real.endsWell();
        await real.append(text);
        if (whole && text.startsWith('{"foreign')) model.theirs.push(text.trim());
        else model.litter.push(text.trim());
      },
    }),
  );
  const remove = fc.constantFrom('', 'what is this?\n').map(
    (text): Given => ({
      says: text === '' ? 'a stranger deletes it' : 'a stranger puts another file in its place',
      when: here,
      run: async (model, real) => {
        if (text === '') await real.remove();
        else {
          await real.replace(text);
          model.litter.push(text.trim());
        }
        model.astray = true;
      },
    }),
  );
  const wait = fc
    .constantFrom(1_000, 2_500)
    .map((ms): Given => ({ says: `${ms} ms go by`, run: (_, real) => real.wait(ms) }));
  const repair = fc.constant<Given>({
    says: 'repair',
    when: ({ refusing }) => !refusing,
    run: mend,
  });
  return [tell, tell, tell, die, restart, refuse, accept, garble, append, remove, wait, repair, repair];
}

async function laws(model: Model, real: LogBench): Promise<void> {
  const { done, failed } = real.answers();
  expect(failed).toEqual([]);
  expect(done).toEqual(Array.from({ length: real.ordered }, (_, index) => `i-${index + 1}`));
  expect(real.phase).toBe(model.down ? 'failed' : 'running');
  if (model.down) return;
  if (model.astray) return;
  expect(real.waiting).toBe(model.waiting.length);
  const lines = await real.lines();
  const ours = lines.filter(({ n }) => n !== null);
  // What the disk refused may be seen until it is taken back; it is not there twice, and nothing stands before what came before it.
  const refused = new Set(model.refusing ? [...model.waiting, ...model.orphans] : model.orphans);
  expect(ours.map(({ n }) => n).filter((n) => !refused.has(n ?? 0) || model.log.includes(n ?? 0))).toEqual(model.log);
  expect(new Set(ours.map(({ n }) => n)).size).toBe(ours.length);
  const seqs = ours.flatMap(({ seq }) => seq ?? []);
  if (real.keeper.sequenced) expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  if (real.keeper.sequenced) expect(new Set(seqs).size).toBe(ours.length);
  for (const line of ours) {
    const { n } = line;
    if (n === null || refused.has(n)) continue;
    const before = model.places.get(n);
    // Nothing that is good is ever moved or written anew.
    if (before) expect(line).toEqual(before);
    else model.places.set(n, line);
  }
  const all = lines.map(({ text }) => text);
  for (const words of model.theirs) expect(all).toContain(words);
  const kept = await real.quarantine();
  for (const words of model.litter) expect(all.some((text) => text.includes(words)) || kept.includes(words)).toBe(true);
}

describe('a log that befalls anything', () => {
  for (const keeper of KEEPERS) {
    it(`of ${keeper.id} keeps what it acknowledged`, async () => {
      await holdOver<Model, LogBench>({
        file: 'logs.test.ts',
        commands: commandsFor(keeper),
        begin: async () => {
          const real = await LogBench.begin(keeper);
          const model = blank();
          const atRest = async () => {
            real.accept();
            model.refusing = false;
            await real.wait(1_100);
            await mend(model, real);
            await laws(model, real);
          };
          return { model, real, atRest, end: () => real.end() };
        },
        laws,
        runs: 30,
        most: 25,
      });
    });
  }
});
