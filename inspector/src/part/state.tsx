/** Nothing, not yet, not possible: each says which of them it is, and what to do. */
import type { ComponentChildren } from 'preact';
import type { Asked } from '../ask.ts';
import { sentence } from '../format.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icons.tsx';

interface EmptyProps {
  readonly title: string;
  /** Why there is nothing, and when there will be something. */
  readonly says?: ComponentChildren;
  readonly icon?: IconName;
  readonly children?: ComponentChildren;
}

/** There is nothing, and that is no error. */
export function Empty({ title, says, icon = 'empty', children }: EmptyProps) {
  return (
    <div class="none">
      <Icon name={icon} />
      <p class="t">{title}</p>
      {says !== undefined && <p>{says}</p>}
      {children !== undefined && <div class="acts row">{children}</div>}
    </div>
  );
}

/** It is on its way: the shape of what will be there. */
export function Loading({ what, lines = 4 }: { readonly what: string; readonly lines?: number }) {
  return (
    <div class="bones" role="status">
      <span class="vh">Loading {what}</span>
      {Array.from({ length: lines }, (_, n) => (
        <i key={n} />
      ))}
    </div>
  );
}

interface FailedProps {
  readonly title: string;
  readonly says: string;
  readonly again?: () => void;
}

/** It could not be had: why, and what to do. */
export function Failed({ title, says, again }: FailedProps) {
  return (
    <div class="none failed" role="alert">
      <Icon name="octagon" />
      <p class="t">{title}</p>
      <p>{says}</p>
      {again !== undefined && (
        <div class="acts">
          <Button onClick={again}>Try again</Button>
        </div>
      )}
    </div>
  );
}

interface AnswerProps<T> {
  readonly asked: Asked<T>;
  /** What was asked for: `the incidents`. */
  readonly what: string;
  readonly lines?: number;
  readonly children: (value: T) => ComponentChildren;
}

/** An answer, or that it is on its way, or why there is none. What was known stays while it is asked again. */
export function Answer<T>({ asked, what, lines = 4, children }: AnswerProps<T>) {
  if (asked.value !== null) return <>{children(asked.value)}</>;
  if (asked.error !== null)
    return (
      <Failed
        title={`Could not read ${what}`}
        says={`${sentence(asked.error)}. It is asked again when the page is opened anew.`}
      />
    );
  return <Loading what={what} lines={lines} />;
}
