import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordsBook } from '../../../src/cli/inspector/records/records-book.ts';
import { type FlightLine, flightFile, type StepLine } from '../../../src/inspector/flight-line.ts';
import { freshFolder } from '../cli.ts';

const ACTORS = ['signalBus', 'safetyLayer', 'heartbeat'];

const keyframe = (at: number, values: Readonly<Record<string, string>>): FlightLine => ({
  keyframe: true,
  at,
  actors: Object.entries(values).map(([id, value]) => ({
    id,
    machine: id,
    value,
    status: 'active',
    incarnation: 1,
    since: at,
    context: { turns: 0 },
  })),
});
const step = (n: number): StepLine => ({
  n,
  at: 1_000 + n * 10,
  actor: ACTORS[n % ACTORS.length] ?? '',
  machine: ACTORS[n % ACTORS.length] ?? '',
  event: 'TURN',
  from: null,
  was: `s${n - 3}`,
  value: `s${n}`,
  status: 'active',
  incarnation: 1,
  taken: [`t${n}`],
  context: { turns: [n - 3, n] },
});
const text = (lines: readonly FlightLine[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** Two segments of 3,000 steps each, with rubbish between. */
function flight() {
  const dir = freshFolder();
  mkdirSync(join(dir, 'run/flight'), { recursive: true });
  const values = (upTo: number) =>
    Object.fromEntries(ACTORS.map((id, index) => [id, `s${upTo - ((upTo - index) % ACTORS.length)}`]));
  const steps = Array.from({ length: 6_000 }, (_, n) => step(n));
  const first = [
    keyframe(1_000, { signalBus: 'born', safetyLayer: 'born', heartbeat: 'born' }),
    ...steps.slice(0, 3_000),
  ];
  writeFileSync(join(dir, flightFile(7)), `${text(first)}{"n":1,"torn\nnot a line\n`);
  writeFileSync(join(dir, flightFile(8)), text([keyframe(30_999, values(2_999)), ...steps.slice(3_000)]));
  let now = 0;
  const book = new RecordsBook(dir, { now: () => now });
  const look = (): void => {
    now += 1_000;
    book.look();
  };
  look();
  return { dir, book, look, steps };
}

describe('the flight recorder, read back', () => {
  it('has every actor as it was at any moment: state, context, and since when', () => {
    const { book, steps } = flight();
    for (const at of [1_000, 1_015, 9_999, 30_990, 31_000, 45_678, 60_990, 99_999]) {
      const actors = book.moment(at).actors;
      expect(actors.map(({ id }) => id).sort()).toEqual([...ACTORS].sort());
      for (const { id, value, context, taken, since } of actors) {
        const last = steps.findLast((one) => one.actor === id && one.at <= at);
        if (!last) continue;
        expect(value).toBe(last.value);
        if (at < 30_990 || last.at > 30_999)
          expect({ context, taken, since }).toEqual({ context: { turns: last.n }, taken: last.taken, since: last.at });
      }
    }
    expect(book.moment(999).actors).toEqual([]);
  });

  it('tells the steps of a time with what changed, those of one actor, and whether there are more', () => {
    const { book, steps } = flight();
    const asked = { from: 20_000, to: 40_000 };
    const all = book.steps({ ...asked, limit: 5_000 });
    expect(all.more).toBe(false);
    expect(all.steps.map(({ n }) => n)).toEqual(
      steps.filter(({ at }) => at >= 20_000 && at <= 40_000).map(({ n }) => n),
    );
    expect(all.steps[0]?.diff).toEqual([{ key: 'turns', was: 1_897, is: 1_900 }]);
    const few = book.steps({ ...asked, actor: 'heartbeat', limit: 3 });
    expect(few).toMatchObject({ more: true });
    expect(few.steps.map(({ actor }) => actor)).toEqual(['heartbeat', 'heartbeat', 'heartbeat']);
  });

  it('counts what is no line of its, and goes on', () => {
    const { dir, book, look } = flight();
    expect(book.revision.unread).toBe(2);
    appendFileSync(join(dir, flightFile(8)), '{"n":6000,"at":61000,"torn');
    look();
    expect(book.revision.unread).toBe(2);
    expect(book.moment(61_000).actors.find(({ id }) => id === 'heartbeat')?.value).toBe('s5999');
  });

  it('loses its oldest segment, as it does when it runs: what is left is told, and from when on', () => {
    const { dir, book, look } = flight();
    expect(book.history().steps_from).toBe(1_000);
    rmSync(join(dir, flightFile(7)));
    writeFileSync(join(dir, flightFile(9)), text([keyframe(70_000, { signalBus: 'idle' })]));
    look();
    expect(book.history().steps_from).toBeGreaterThan(30_000);
    expect(book.moment(2_000).actors).toEqual([]);
    expect(book.moment(45_678).actors.find(({ id }) => id === 'heartbeat')?.value).toBe('s4466');
    expect(book.moment(70_000).actors.map(({ id, value }) => [id, value])).toEqual([['signalBus', 'idle']]);
  });
});
