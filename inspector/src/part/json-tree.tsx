/** A value as a tree that opens. */
import { count } from '../format.ts';

interface TreeProps {
  readonly value: unknown;
  readonly name?: string;
  /** How deep it is open at first. */
  readonly open?: number;
}

const SHOWN = 100;
const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

function Leaf({ value }: { readonly value: unknown }) {
  return <span class={typeof value === 'string' ? 'str' : 'lit'}>{JSON.stringify(value) ?? String(value)}</span>;
}

function Branch({ value, name, open = 1 }: TreeProps) {
  const label = name !== undefined && <span class="key">{name}: </span>;
  if (!isTree(value))
    return (
      <>
        {label}
        <Leaf value={value} />
      </>
    );
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${count(entries.length)}]` : `{${count(entries.length)}}`;
  if (entries.length === 0)
    return (
      <>
        {label}
        <span class="count">{Array.isArray(value) ? '[]' : '{}'}</span>
      </>
    );
  return (
    <details open={open > 0}>
      <summary>
        {label}
        <span class="count">{size}</span>
      </summary>
      <ul>
        {entries.slice(0, SHOWN).map(([key, below]) => (
          <li key={key}>
            <Branch value={below} name={key} open={open - 1} />
          </li>
        ))}
        {entries.length > SHOWN && <li class="count">and {count(entries.length - SHOWN)} more</li>}
      </ul>
    </details>
  );
}

export function JsonTree(props: TreeProps) {
  return (
    <div class="json">
      <Branch {...props} />
    </div>
  );
}
