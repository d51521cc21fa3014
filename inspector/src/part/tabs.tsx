/** One of few. */
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface Choice<T extends string> {
  readonly id: T;
  readonly name: string;
}
interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly of: readonly Choice<T>[];
  readonly value: T;
  readonly onPick: (id: T) => void;
}

/** A few ways to look at one thing. */
export function Segmented<T extends string>({ label, of, value, onPick }: ChoiceProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as one line in every browser
    <div class="seg" role="group" aria-label={label}>
      {of.map(({ id, name }) => (
        <button key={id} type="button" aria-pressed={id === value} onClick={() => onPick(id)}>
          {name}
        </button>
      ))}
    </div>
  );
}

/** Tabs and the panel of the one that is chosen; arrows, Home and End move between them. */
export function Tabs<T extends string>({
  label,
  of,
  value,
  onPick,
  id: given,
}: ChoiceProps<T> & { readonly id?: string }) {
  const made = useId();
  const id = given ?? made;
  const row = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = of.findIndex((one) => one.id === value);
    const next =
      event.key === 'ArrowRight'
        ? (at + 1) % of.length
        : event.key === 'ArrowLeft'
          ? (at + of.length - 1) % of.length
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? of.length - 1
              : null;
    const choice = next === null ? undefined : of[next];
    if (choice === undefined || next === null) return;
    event.preventDefault();
    onPick(choice.id);
    row.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={move} tabIndex={-1}>
      {of.map((one) => (
        <button
          key={one.id}
          type="button"
          role="tab"
          id={`${id}-${one.id}`}
          aria-selected={one.id === value}
          aria-controls={one.id === value ? `${id}-panel` : undefined}
          tabIndex={one.id === value ? 0 : -1}
          onClick={() => onPick(one.id)}
        >
          {one.name}
        </button>
      ))}
    </div>
  );
}

/** What the chosen tab shows. `id` and `value` are those of its {@link Tabs}. */
export function TabPanel({
  id,
  value,
  children,
}: {
  readonly id: string;
  readonly value: string;
  readonly children?: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll must be reachable by keys
    <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} tabIndex={0}>
      {children}
    </div>
  );
}
