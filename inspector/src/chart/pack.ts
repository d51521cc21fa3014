/** Regions of a parallel state beside and below each other, so that all of it is nearest to the shape of a screen. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
export interface Packed {
  readonly w: number;
  readonly h: number;
  /** In the order of the sizes given. They tile the whole of it. */
  readonly cells: readonly Cell[];
}
interface Size {
  readonly w: number;
  readonly h: number;
}

/** Width to height of the place a chart is looked at in. */
const SCREEN = 1.35;
/** Up to here every way to break them into rows is tried. */
const ALL_WAYS_UP_TO = 9;

/** How unfit a shape is: how small it must be drawn to be seen whole, and a little of what it wastes. */
export const unfit = (w: number, h: number): number => Math.max(w / SCREEN, h) + 0.15 * Math.sqrt(w * h);

const sum = (of: readonly number[]): number => of.reduce((all, one) => all + one, 0);

function rows(sizes: readonly Size[], broken: (after: number) => boolean): Packed {
  const lines: number[][] = [[]];
  sizes.forEach((_, at) => {
    lines.at(-1)?.push(at);
    if (at < sizes.length - 1 && broken(at)) lines.push([]);
  });
  const of = (at: number): Size => sizes[at] ?? { w: 0, h: 0 };
  const w = Math.max(...lines.map((line) => sum(line.map((at) => of(at).w))));
  const cells: Cell[] = [];
  let y = 0;
  for (const line of lines) {
    const h = Math.max(...line.map((at) => of(at).h));
    const spare = (w - sum(line.map((at) => of(at).w))) / line.length;
    let x = 0;
    for (const at of line) {
      cells.push({ x, y, w: of(at).w + spare, h });
      x += of(at).w + spare;
    }
    y += h;
  }
  return { w, h: y, cells };
}

const turned = ({ w, h, cells }: Packed): Packed => ({
  w: h,
  h: w,
  cells: cells.map((cell) => ({ x: cell.y, y: cell.x, w: cell.h, h: cell.w })),
});

/** Rows of columns or columns of rows, in the order given; deterministic. */
export function pack(sizes: readonly Size[]): Packed {
  if (sizes.length === 0) return { w: 0, h: 0, cells: [] };
  const flipped = sizes.map(({ w, h }) => ({ w: h, h: w }));
  const ways: ((after: number) => boolean)[] =
    sizes.length <= ALL_WAYS_UP_TO
      ? Array.from({ length: 2 ** (sizes.length - 1) }, (_, way) => (after: number) => ((way >> after) & 1) === 1)
      : Array.from({ length: sizes.length }, (_, n) => (after: number) => (after + 1) % (n + 1) === 0);
  const all = ways.flatMap((broken) => [rows(sizes, broken), turned(rows(flipped, broken))]);
  return all.reduce((best, one) => (unfit(one.w, one.h) < unfit(best.w, best.h) - 1e-6 ? one : best));
}
