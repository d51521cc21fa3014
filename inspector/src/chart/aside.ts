/** A level in which one child is far larger than all others together: it stands at the right, the others in a column beside it. */
import { dotBefore, type Level, labelWidth, levelOf, linesOf, type Placed, type Sized } from './level.ts';
import type { Point, Rect } from './shape.ts';
import { LABEL_H } from './shape.ts';
import type { Knot } from './tree.ts';

const GAP = 44;
const DOT_GAP = 26;
const BETWEEN = 9;
const EDGE_MARGIN = 26;

/** The child that is larger than all others together, if there is one. */
function giantOf(sized: readonly Sized[]): Sized | null {
  const area = ({ w, h }: Sized): number => w * h;
  const all = sized.reduce((sum, one) => sum + area(one), 0);
  const giant = sized.find((one) => area(one) > 0.6 * all);
  return giant !== undefined && sized.length > 2 && giant.knot.children.length > 0 ? giant : null;
}

/** `null` where there is no such child, or a way to it would lead through another box. */
export function asideOf(knot: Knot, sized: readonly Sized[]): Level | null {
  const giant = giantOf(sized);
  if (giant === null) return null;
  const id = giant.knot.state.id;
  const [mine, rest] = [
    knot.links.filter(({ from, to }) => from === id || to === id),
    knot.links.filter(({ from, to }) => from !== id && to !== id),
  ];
  if (mine.some(({ from, to }) => from === to)) return null;
  const others = sized.filter((one) => one !== giant);
  const column = levelOf({ ...knot, children: others.map((one) => one.knot), links: rest }, others, 'TB');
  const h = Math.max(column.h, giant.h);
  const down = (h - column.h) / 2;
  const moved = <P extends Point>(point: P): P => ({ ...point, y: point.y + down });
  const rects = new Map<string, Rect>([
    ...column.children.map(({ sized: one, x, y }) => [one.knot.state.id, moved({ x, y, w: one.w, h: one.h })] as const),
    ...column.pills.map((pill) => [pill.id, moved(pill)] as const),
  ]);
  const sizes = mine.map((link) => {
    const lines = linesOf(link);
    return { link, lines, w: labelWidth(lines), h: lines.length * LABEL_H + 4 };
  });
  const isFirst = giant.knot.state.key === knot.state.initial;
  const gap = Math.max(0, ...sizes.map(({ w }) => w)) + GAP + (isFirst ? DOT_GAP : 0);
  const place: Placed = { sized: giant, x: column.w + gap, y: (h - giant.h) / 2 };
  const beside = new Map<string, number>();
  const edges: Level['edges'][number][] = [];
  for (const { link, lines, w, h: labelH } of sizes) {
    const other = link.from === id ? link.to : link.from;
    const rect = rects.get(other);
    if (rect === undefined) return null;
    const nth = beside.get(other) ?? 0;
    beside.set(other, nth + 1);
    const y =
      rect.y + rect.h / 2 + (nth === 0 ? 0 : Math.ceil(nth / 2) * (nth % 2 === 0 ? -1 : 1) * (labelH + BETWEEN));
    const right = rect.x + rect.w;
    if (y < rect.y || y > rect.y + rect.h) return null;
    if ([...rects.values()].some((one) => one !== rect && one.x >= right - 1 && one.y - 4 < y && one.y + one.h + 4 > y))
      return null;
    const reach = Math.min(Math.max(y, place.y + EDGE_MARGIN), place.y + giant.h - EDGE_MARGIN);
    const x = column.w + 12 + w / 2;
    const turn = place.x - 12 - (isFirst ? DOT_GAP : 0);
    const way = [
      { x: right, y },
      { x, y },
      ...(reach === y
        ? []
        : [
            { x: turn, y },
            { x: turn, y: reach },
          ]),
      { x: place.x, y: reach },
    ];
    edges.push({
      id: `${knot.state.id}#aside${edges.length}`,
      from: link.from,
      to: link.to,
      source: link.source,
      target: link.target,
      points: link.from === id ? way.reverse() : way,
      label: { x: x - w / 2, y: y - labelH / 2, w, h: labelH },
      lines,
      self: false,
    });
  }
  return {
    w: place.x + giant.w,
    h,
    children: sized.map((one) => {
      const known = column.children.find((child) => child.sized === one);
      return known ? moved(known) : place;
    }),
    pills: column.pills.map(moved),
    dots: [
      ...column.dots.map((dot) => ({ ...moved(dot), points: dot.points.map(moved) })),
      ...(isFirst ? [dotBefore(knot.state.id, id, { ...place, w: giant.w, h: giant.h })] : []),
    ],
    edges: [
      ...column.edges.map((edge) => ({ ...edge, points: edge.points.map(moved), label: moved(edge.label) })),
      ...edges,
    ],
  };
}
