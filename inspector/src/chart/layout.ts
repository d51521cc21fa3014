/**
 * A machine as boxes and edges with places. dagre lays out one level at a time: the inside of a state first, which then is a
 * box of known size among its siblings (dagre itself cannot take an edge that ends at a box with boxes in it).
 */
import type { MachineView } from '../../../src/inspector/contract.ts';
import { asideOf } from './aside.ts';
import { type Head, headOf, PAD_Y } from './box.ts';
import { type Level, levelOf, type Sized } from './level.ts';
import { pack, unfit } from './pack.ts';
import { borderToward } from './route.ts';
import type { Box, Chart, Dot, Edge, Pill, Point, Rect } from './shape.ts';
import { type Knot, type Shown, treeOf } from './tree.ts';

const INSET = 14;
const FOOT = 14;

/** A state with all that is in it, relative to its own corner. */
interface Inner extends Sized {
  readonly head: Head;
  readonly level: Level | null;
  readonly at: Point;
  readonly inners: ReadonlyMap<string, Inner>;
}

function innerOf(knot: Knot): Inner {
  const head = headOf(knot);
  const inners = new Map(knot.children.map((child) => [child.state.id, innerOf(child)]));
  const sized = [...inners.values()];
  if (sized.length === 0) return { knot, head, w: head.w, h: head.h, level: null, at: { x: 0, y: 0 }, inners };
  const parallel = knot.state.type === 'parallel';
  const level = parallel ? packed(sized) : best(knot, sized);
  const pad = parallel ? 0 : INSET;
  return {
    knot,
    head,
    w: Math.max(head.w, level.w + 2 * pad),
    h: head.h + level.h + (parallel ? 0 : FOOT + PAD_Y),
    level,
    at: { x: pad, y: head.h + (parallel ? 0 : PAD_Y) },
    inners,
  };
}

/** Neither flat nor steep: nothing else need be tried. */
const WELL_FORMED = [0.6, 1.5] as const;

/** Reading downwards is the custom: another way must be clearly better. Beside is easy to read, and may be a little worse. */
function best(knot: Knot, sized: readonly Sized[]): Level {
  const down = levelOf(knot, sized, 'TB');
  const beside = asideOf(knot, sized);
  if (beside !== null && badness(beside) < 1.15 * badness(down)) return beside;
  const shape = down.w / down.h;
  if (shape > WELL_FORMED[0] && shape < WELL_FORMED[1]) return down;
  const across = levelOf(knot, sized, 'LR');
  return badness(across) < 0.92 * badness(down) ? across : down;
}
const badness = ({ w, h }: Level): number => unfit(w, h);

function packed(sized: readonly Sized[]): Level {
  const { w, h, cells } = pack(sized);
  return {
    w,
    h,
    pills: [],
    dots: [],
    edges: [],
    children: sized.map((one, at) => {
      const cell = cells[at] ?? { x: 0, y: 0, w: one.w, h: one.h };
      return { sized: { ...one, w: cell.w, h: cell.h }, x: cell.x, y: cell.y };
    }),
  };
}

interface Drawn {
  readonly boxes: Box[];
  readonly pills: Pill[];
  readonly dots: Dot[];
  readonly edges: Level['edges'][number][];
}

function draw(inner: Inner, place: Rect, depth: number, into: Drawn): void {
  const { knot, head, level, inners } = inner;
  into.boxes.push({
    ...place,
    id: knot.state.id,
    parent: knot.parent?.state.id ?? null,
    depth,
    type: knot.state.type,
    region: knot.parent?.state.type === 'parallel',
    leaf: level === null,
    folded: knot.folded,
    title: head.title,
    full: head.full,
    lines: head.lines,
    centred: head.centred,
    tags: knot.state.tags,
  });
  if (level === null) return;
  // A cell may be larger than what is in it, and a title wider: the inside stays in the middle of it.
  const parallel = knot.state.type === 'parallel';
  const [spareX, spareY] = [place.w - inner.w, place.h - inner.h];
  const slack = Math.max(0, inner.w - level.w - 2 * inner.at.x);
  const [dx, dy] = parallel ? [0, 0] : [(spareX + slack) / 2, spareY / 2];
  const corner = { x: place.x + inner.at.x + dx, y: place.y + inner.at.y + dy };
  const moved = <P extends Point>(point: P): P => ({ ...point, x: point.x + corner.x, y: point.y + corner.y });
  into.pills.push(...level.pills.map(moved));
  into.dots.push(...level.dots.map((dot) => ({ ...moved(dot), points: dot.points.map(moved) })));
  into.edges.push(
    ...level.edges.map((edge) => ({ ...edge, points: edge.points.map(moved), label: moved(edge.label) })),
  );
  for (const { sized, x, y } of level.children) {
    const child = inners.get(sized.knot.state.id);
    if (child === undefined) continue;
    const scale = parallel
      ? {
          x: (x * place.w) / level.w,
          y: (y * (place.h - head.h)) / level.h,
          w: (sized.w * place.w) / level.w,
          h: (sized.h * (place.h - head.h)) / level.h,
        }
      : { x, y, w: sized.w, h: sized.h };
    draw(child, { x: corner.x + scale.x, y: corner.y + scale.y, w: scale.w, h: scale.h }, depth + 1, into);
  }
}

/**
 * Where everything stands. The same for the same machine and the same `shown`.
 * @param shown which states are folded, and which one is looked at
 */
export function layoutOf(machine: MachineView, shown: Shown = { folded: new Set(), focus: null }): Chart {
  const root = treeOf(machine, shown);
  const inner = innerOf(root);
  const drawn: Drawn = { boxes: [], pills: [], dots: [], edges: [] };
  draw(inner, { x: 0, y: 0, w: inner.w, h: inner.h }, 0, drawn);
  const rects = new Map<string, Rect>([...drawn.boxes, ...drawn.pills].map((one) => [one.id, one]));
  return {
    machine: machine.id,
    root: root.state.id,
    width: Math.ceil(inner.w),
    height: Math.ceil(inner.h),
    boxes: drawn.boxes,
    pills: drawn.pills,
    dots: drawn.dots,
    edges: drawn.edges.map((edge) => reached(edge, rects)),
  };
}

/** An edge between deeper states goes on from the border of the box that stands among the siblings to the state itself. */
function reached({ source, target, ...edge }: Level['edges'][number], rects: ReadonlyMap<string, Rect>): Edge {
  const [first, last] = [edge.points[0], edge.points.at(-1)];
  if (edge.self || first === undefined || last === undefined) return edge;
  const deep = (id: string, near: string): Rect | undefined =>
    id === near || near.includes('~') ? undefined : rects.get(id);
  const [from, to] = [deep(source, edge.from), deep(target, edge.to)];
  return {
    ...edge,
    from: from ? source : edge.from,
    to: to ? target : edge.to,
    points: [...(from ? [borderToward(from, first)] : []), ...edge.points, ...(to ? [borderToward(to, last)] : [])],
  };
}
