/** One level of a chart: the children of one state, sized already, and the edges between them, laid out by dagre. */
import { Graph, layout } from '@dagrejs/dagre';
import { cut, widthOf } from './measure.ts';
import { borderToward } from './route.ts';
import type { Dot, Edge, LabelLine, Pill, Point, Rect } from './shape.ts';
import { COUNT_W, LABEL, LABEL_H } from './shape.ts';
import { type Knot, type Link, pillId } from './tree.ts';
import { labelOf, wholeLabel } from './words.ts';

export interface Sized {
  readonly knot: Knot;
  readonly w: number;
  readonly h: number;
}
export interface Placed {
  readonly sized: Sized;
  readonly x: number;
  readonly y: number;
}
/** Positions are relative to the level's own corner. */
export interface Level {
  readonly w: number;
  readonly h: number;
  readonly children: readonly Placed[];
  readonly pills: readonly Pill[];
  readonly dots: readonly Dot[];
  readonly edges: readonly (Edge & { readonly source: string; readonly target: string })[];
}

const LABEL_MOST = 190;
const DOT = 9;
const PILL_H = 18;

export const linesOf = ({ transitions }: Link): readonly LabelLine[] =>
  transitions.map((one) => ({
    text: cut(labelOf(one), LABEL_MOST, LABEL),
    full: wholeLabel(one),
    transition: one.id,
  }));

export const labelWidth = (lines: readonly LabelLine[]): number =>
  Math.ceil(Math.max(...lines.map(({ text }) => widthOf(text, LABEL))) + COUNT_W + 8);

export const pillWords = (container: Knot, of: string): string =>
  container.state.id === of ? 'any' : `in ${of.slice(of.lastIndexOf('.') + 1)}`;

interface Arc {
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly points?: readonly Point[];
}

const LOOP_W = 26;
/** At the left of the box it leads to. */
const DOT_ROOM = 22;

interface Graphed {
  readonly link: Link;
  readonly name: string;
  readonly lines: readonly LabelLine[];
  readonly size: { readonly w: number; readonly h: number };
}

const graphed = (knot: Knot): readonly Graphed[] =>
  knot.links.map((link, at) => {
    const lines = linesOf(link);
    return { link, name: String(at), lines, size: { w: labelWidth(lines), h: lines.length * LABEL_H + 4 } };
  });

const isLoop = ({ link }: Graphed): boolean => link.from === link.to;
/** dagre knows nothing of loops: a box gets room for them at its right. */
const loopRoom = (loops: readonly Graphed[]): { readonly w: number; readonly h: number } =>
  loops.length === 0
    ? { w: 0, h: 0 }
    : {
        w: LOOP_W + Math.max(...loops.map(({ size }) => size.w)),
        h: loops.reduce((sum, { size }) => sum + size.h + 6, 0),
      };

function graphOf(knot: Knot, sized: readonly Sized[], arcs: readonly Graphed[], direction: 'TB' | 'LR'): Graph {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 22, edgesep: 14, ranksep: direction === 'TB' ? 34 : 36 });
  for (const { knot: child, w, h } of sized) {
    const room = loopRoom(arcs.filter((one) => isLoop(one) && one.link.from === child.state.id));
    const dot = isInitial(knot, child) ? DOT_ROOM : 0;
    graph.setNode(child.state.id, { width: dot + w + room.w, height: Math.max(h, room.h) });
  }
  for (const of of knot.pills)
    graph.setNode(pillId(knot.state.id, of), {
      width: Math.ceil(widthOf(pillWords(knot, of), LABEL)) + 16,
      height: PILL_H,
    });
  for (const { link, name, size } of arcs.filter((one) => !isLoop(one)))
    graph.setEdge(link.from, link.to, { width: size.w, height: size.h, labelpos: 'c', minlen: 1, weight: 1 }, name);
  return graph;
}

const isInitial = (knot: Knot, child: Knot): boolean => child.state.key === knot.state.initial;
/** The dot before the box that is entered first, in the room left for it. */
export const dotBefore = (of: string, to: string, box: Rect): Dot => {
  const y = box.y + Math.min(box.h / 2, 9);
  const x = box.x - DOT_ROOM + DOT / 2;
  return {
    of,
    to,
    x,
    y,
    points: [
      { x: x + DOT / 2, y },
      { x: box.x, y },
    ],
  };
};

/** Loops at the right of a box, one below the other. */
function loopsOf(box: Rect, loops: readonly Graphed[]): readonly { of: Graphed; points: Point[]; label: Rect }[] {
  const right = box.x + box.w;
  let y = box.y + box.h / 2 - loopRoom(loops).h / 2;
  return loops.map((one) => {
    const middle = Math.min(Math.max(y + one.size.h / 2 + 3, box.y + 12), box.y + box.h - 12);
    const points = [
      { x: right, y: middle - 7 },
      { x: right + LOOP_W - 4, y: middle - 12 },
      { x: right + LOOP_W - 4, y: middle + 12 },
      { x: right, y: middle + 7 },
    ];
    const label = { x: right + LOOP_W - 6, y: middle - one.size.h / 2, ...one.size };
    y += one.size.h + 6;
    return { of: one, points, label };
  });
}

/** Lays the children out in one direction. */
export function levelOf(knot: Knot, sized: readonly Sized[], direction: 'TB' | 'LR'): Level {
  const arcs = graphed(knot);
  const graph = graphOf(knot, sized, arcs, direction);
  layout(graph);
  const node = (id: string): Rect => {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id) as unknown as Arc;
    return { x: x - width / 2, y: y - height / 2, w: width, h: height };
  };
  const boxes = new Map(
    sized.map(({ knot: child, w, h }) => {
      const room = node(child.state.id);
      const x = room.x + (isInitial(knot, child) ? DOT_ROOM : 0);
      return [child.state.id, { x, y: room.y + (room.h - h) / 2, w, h }] as const;
    }),
  );
  const rectOf = (id: string): Rect => boxes.get(id) ?? node(id);
  const edges = arcs
    .filter((one) => !isLoop(one))
    .map((of) => {
      const arc = graph.edge(of.link.from, of.link.to, of.name) as unknown as Arc;
      return { of, points: clipped(rectOf(of.link.from), arc.points ?? [], rectOf(of.link.to)), label: around(arc) };
    });
  const loops = [...boxes].flatMap(([id, box]) =>
    loopsOf(
      box,
      arcs.filter((one) => isLoop(one) && one.link.from === id),
    ),
  );
  const initial = knot.children.find((child) => isInitial(knot, child))?.state.id;
  const all = [...edges, ...loops];
  const rects = [
    ...graph.nodes().map(node),
    ...all.map(({ label }) => label),
    ...all.flatMap(({ points }) => points.map(({ x, y }) => ({ x, y, w: 0, h: 0 }))),
  ];
  const left = Math.min(...rects.map(({ x }) => x));
  const top = Math.min(...rects.map(({ y }) => y));
  const moved = <P extends Point>(point: P): P => ({ ...point, x: point.x - left, y: point.y - top });
  return {
    w: Math.max(...rects.map(({ x, w }) => x + w)) - left,
    h: Math.max(...rects.map(({ y, h }) => y + h)) - top,
    children: sized.map((one) => {
      const { x, y } = moved(rectOf(one.knot.state.id));
      return { sized: one, x, y };
    }),
    pills: [...knot.pills].map((of) => ({
      id: pillId(knot.state.id, of),
      of,
      text: pillWords(knot, of),
      ...moved(node(pillId(knot.state.id, of))),
    })),
    dots: initial === undefined ? [] : [dotBefore(knot.state.id, initial, moved(rectOf(initial)))],
    edges: all.map(({ of, points, label }) => ({
      id: `${knot.state.id}#${of.name}`,
      from: of.link.from,
      to: of.link.to,
      source: of.link.source,
      target: of.link.target,
      points: points.map(moved),
      label: moved(label),
      lines: of.lines,
      self: isLoop(of),
    })),
  };
}

/** The ends on the borders of the boxes themselves, which may be smaller than what dagre knew. */
function clipped(from: Rect, points: readonly Point[], to: Rect): Point[] {
  const inner = points.slice(1, -1);
  const [first = middle(to), last = middle(from)] = [inner[0], inner.at(-1)];
  return [borderToward(from, first), ...inner, borderToward(to, last)];
}

const around = ({ x = 0, y = 0, width, height }: Arc): Rect => ({
  x: x - width / 2,
  y: y - height / 2,
  w: width,
  h: height,
});
const middle = ({ x, y, w, h }: Rect): Point => ({ x: x + w / 2, y: y + h / 2 });
