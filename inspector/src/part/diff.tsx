/** Two sets of values side by side: what was, what is, and the difference where both are figures. */
import { count } from '../format.ts';

export interface Change {
  readonly key: string;
  readonly was: unknown;
  readonly is: unknown;
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const shown = (value: unknown): string =>
  value === undefined
    ? '–'
    : typeof value === 'string'
      ? value
      : typeof value === 'number'
        ? figure(value)
        : JSON.stringify(value);
const figure = (value: number): string => (Number.isInteger(value) ? count(value) : String(value));
const delta = ({ was, is }: Change): string => {
  if (typeof was !== 'number' || typeof is !== 'number' || was === is) return '';
  const by = is - was;
  return `${by > 0 ? '+' : '−'}${figure(Number(Math.abs(by).toPrecision(12)))}`;
};
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** All keys of both, those that differ first, without those named. */
export function changesBetween(was: object, is: object, without: readonly string[] = []): readonly Change[] {
  const [a, b] = [was as Record<string, unknown>, is as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !without.includes(key));
  return keys
    .map((key) => ({ key, was: a[key], is: b[key] }))
    .sort((one, other) => Number(same(one.was, one.is)) - Number(same(other.was, other.is)));
}

export function Diff({
  changes,
  was = 'Before',
  is = 'After',
  label,
}: {
  readonly changes: readonly Change[];
  readonly was?: string;
  readonly is?: string;
  readonly label: string;
}) {
  return (
    <table class="diff">
      <caption class="vh">{label}</caption>
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col">{was}</th>
          <th scope="col">{is}</th>
          <th scope="col">Difference</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((one) => (
          <tr key={one.key} class={same(one.was, one.is) ? '' : 'changed'}>
            <th scope="row">{one.key}</th>
            <td class="was">{isPlain(one.was) ? shown(one.was) : JSON.stringify(one.was)}</td>
            <td class="is">{isPlain(one.is) ? shown(one.is) : JSON.stringify(one.is)}</td>
            <td class={same(one.was, one.is) ? 'dim' : 'by'}>
              {delta(one) || (same(one.was, one.is) ? 'same' : 'changed')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
