/** Lines through points. */
import type { Point, Rect } from './shape.ts';

/** The point of a box's border that is on the way from its middle to a point. */
export function borderToward({ x, y, w, h }: Rect, to: Point): Point {
  const middle = { x: x + w / 2, y: y + h / 2 };
  const [dx, dy] = [to.x - middle.x, to.y - middle.y];
  if (dx === 0 && dy === 0) return { x: middle.x, y };
  const scale = Math.min(dx === 0 ? Infinity : w / 2 / Math.abs(dx), dy === 0 ? Infinity : h / 2 / Math.abs(dy));
  return { x: middle.x + dx * scale, y: middle.y + dy * scale };
}

const round = (n: number): number => Math.round(n * 10) / 10;
const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/** A smooth line that starts and ends at the ends, and stays within the corners: SVG path data. */
export function smooth(points: readonly Point[]): string {
  const [first, second, ...rest] = points;
  if (first === undefined) return '';
  if (second === undefined) return `M${at(first)}`;
  let path = `M${at(first)}`;
  let corner = second;
  let from = between(first, second);
  if (rest.length === 0) return `${path}L${at(second)}`;
  path += `L${at(from)}`;
  for (const next of rest) {
    from = between(corner, next);
    path += `Q${at(corner)} ${at(from)}`;
    corner = next;
  }
  return `${path}L${at(corner)}`;
}
