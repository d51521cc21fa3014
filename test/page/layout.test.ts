import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { layoutOf } from '../../inspector/src/chart/layout.ts';
import { widthOf } from '../../inspector/src/chart/measure.ts';
import { type Box, type Chart, LABEL, type Rect, SMALL, TITLE } from '../../inspector/src/chart/shape.ts';
import type { MachineView } from '../../src/inspector/contract.ts';
import { isMachine, machineView } from '../../src/inspector/machine-view.ts';
import * as machines from '../../src/machines/index.ts';
import { fc } from '../fast-check.ts';
import { randomMachine, statesIn, transitionsIn } from './random-machine.ts';

const REAL: readonly MachineView[] = Object.values(machines)
  .filter((one): one is typeof one & AnyStateMachine => isMachine(one))
  .map((one) => machineView(one as unknown as AnyStateMachine));
const NEAR = 0.51;

const overlap = (a: Rect, b: Rect): boolean =>
  a.x + a.w > b.x + NEAR && b.x + b.w > a.x + NEAR && a.y + a.h > b.y + NEAR && b.y + b.h > a.y + NEAR;
const holds = (outer: Rect, inner: Rect): boolean =>
  inner.x >= outer.x - NEAR &&
  inner.y >= outer.y - NEAR &&
  inner.x + inner.w <= outer.x + outer.w + NEAR &&
  inner.y + inner.h <= outer.y + outer.h + NEAR;
const onBorder = ({ x, y, w, h }: Rect, at: { x: number; y: number }): boolean =>
  holds({ x, y, w, h }, { ...at, w: 0, h: 0 }) &&
  Math.min(Math.abs(at.x - x), Math.abs(at.x - x - w), Math.abs(at.y - y), Math.abs(at.y - y - h)) <= NEAR;

const drawnTransitions = ({ boxes, edges }: Chart): readonly string[] => [
  ...boxes.flatMap(({ lines }) => lines.flatMap(({ transitions }) => transitions)),
  ...edges.flatMap(({ lines }) => lines.map(({ transition }) => transition)),
];
const siblings = (boxes: readonly Box[]): readonly (readonly [Box, Box])[] =>
  boxes.flatMap((one, at) =>
    boxes.slice(at + 1).flatMap((other) => (one.parent === other.parent ? [[one, other] as const] : [])),
  );

/** What must be so of every drawing: complaints, in words. */
function complaints(machine: MachineView, chart: Chart): readonly string[] {
  const found: string[] = [];
  const rects = new Map<string, Rect>([...chart.boxes, ...chart.pills].map((one) => [one.id, one]));
  for (const [one, other] of siblings(chart.boxes))
    if (overlap(one, other)) found.push(`${one.id} overlaps ${other.id}`);
  for (const box of chart.boxes) {
    const parent = box.parent === null ? null : rects.get(box.parent);
    if (parent && !holds(parent, box)) found.push(`${box.id} leaves ${box.parent}`);
    if (widthOf(box.title, TITLE) > box.w) found.push(`the title of ${box.id} is wider than it`);
    for (const { text } of box.lines) if (widthOf(text, SMALL) > box.w) found.push(`"${text}" is wider than ${box.id}`);
  }
  for (const { id, from, to, points, lines, label } of chart.edges) {
    const [a, b, first, last] = [rects.get(from), rects.get(to), points[0], points.at(-1)];
    if (!a || !b || !first || !last) found.push(`${id} has an end that is not there`);
    else if (!onBorder(a, first) || !onBorder(b, last))
      found.push(`${id} does not end at the borders of ${from} and ${to}`);
    for (const { text } of lines) if (widthOf(text, LABEL) > label.w) found.push(`"${text}" is wider than its label`);
    if (!holds({ x: 0, y: 0, w: chart.width, h: chart.height }, label))
      found.push(`the label of ${id} leaves the drawing`);
  }
  const wanted = transitionsIn(machine.root).map(({ id }) => id);
  const drawn = drawnTransitions(chart);
  expect([...drawn].sort()).toEqual([...wanted].sort());
  expect(chart.boxes.map(({ id }) => id).sort()).toEqual(
    statesIn(machine.root)
      .map(({ id }) => id)
      .sort(),
  );
  return found;
}

/** Labels that lie over a box beside which their edge stands: none is the wish. */
const covered = ({ edges, boxes }: Chart): readonly string[] =>
  edges.flatMap(({ id, label, lines, from, to }) =>
    boxes
      .filter((box) => box.leaf && box.id !== from && box.id !== to && overlap(box, label))
      .map((box) => `${lines[0]?.text} (${id}) covers ${box.id}`),
  );
const labelsOverLabels = ({ edges }: Chart): readonly string[] =>
  edges.flatMap((one, at) =>
    edges
      .slice(at + 1)
      .filter((other) => overlap(one.label, other.label))
      .map((other) => `${one.id} and ${other.id}`),
  );

describe('a statechart is drawn', () => {
  it.each(REAL.map((machine) => [machine.id, machine] as const))('whole and without overlap: %s', (_, machine) => {
    const chart = layoutOf(machine);
    expect(complaints(machine, chart)).toEqual([]);
    expect(covered(chart)).toEqual([]);
    expect(labelsOverLabels(chart)).toEqual([]);
  });

  it('whole and without overlapping boxes, whatever the machine', () => {
    fc.assert(
      fc.property(randomMachine, (machine) => {
        expect(complaints(machine, layoutOf(machine))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('alike every time', () => {
    fc.assert(
      fc.property(randomMachine, (machine) => {
        expect(layoutOf(structuredClone(machine))).toEqual(layoutOf(machine));
      }),
      { numRuns: 30 },
    );
  });

  it('in less than 100 ms of work for the largest machine of the bot', () => {
    const took = REAL.map((machine) => {
      const times = Array.from({ length: 5 }, () => {
        const before = process.threadCpuUsage();
        layoutOf(machine);
        const { user, system } = process.threadCpuUsage(before);
        return (user + system) / 1_000;
      });
      return Math.min(...times);
    });
    expect(Math.max(...took)).toBeLessThan(100);
  });
});

describe('a chart that shows less', () => {
  it('keeps every way out of a folded state, and says how many states are in it', () => {
    const trade = REAL.find(({ id }) => id === 'tradeExecution') as MachineView;
    const chart = layoutOf(trade, { folded: new Set(['tradeExecution.running']), focus: null });
    const running = chart.boxes.find(({ id }) => id === 'tradeExecution.running');
    expect(running?.lines.at(-1)?.text).toBe(`${running?.folded.length} states within`);
    expect(chart.boxes.map(({ full }) => full)).toEqual([
      'tradeExecution',
      'starting',
      'running',
      'failed',
      'reviving',
      'stopping',
      'stopped',
    ]);
    expect(drawnTransitions(chart)).toContain('tradeExecution.running|STOP|0');
  });

  it('draws the state that is looked at alone, and names where its ways out lead', () => {
    const trade = REAL.find(({ id }) => id === 'tradeExecution') as MachineView;
    const chart = layoutOf(trade, { folded: new Set(), focus: 'tradeExecution.running' });
    expect(chart.root).toBe('tradeExecution.running');
    expect(chart.boxes[0]?.lines.map(({ text }) => text)).toContain('on STOP → stopping');
  });
});
