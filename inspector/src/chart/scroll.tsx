import type { ComponentChildren, RefObject } from 'preact';

interface ScrollProps {
  readonly label: string;
  readonly class?: string;
  readonly box?: RefObject<HTMLDivElement | null>;
  readonly onScroll?: () => void;
  readonly children?: ComponentChildren;
}

/** A part that scrolls by itself: with a name, and within reach of the keyboard. */
export function Scroll({ label, class: classes = '', box, onScroll, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    <div
      class={`scroll ${classes}`}
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take keys
      tabIndex={0}
      {...(box ? { ref: box } : {})}
      {...(onScroll ? { onScroll } : {})}
    >
      {children}
    </div>
  );
}
