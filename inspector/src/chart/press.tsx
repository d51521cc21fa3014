import type { ComponentChildren } from 'preact';

interface PressProps {
  readonly label: string;
  readonly onPress: () => void;
  /** A pointer must press twice: once is for what lies under it. */
  readonly twice?: boolean;
  readonly class?: string;
  readonly children?: ComponentChildren;
}

/** A button in a drawing. */
export function Press({ label, onPress, twice = false, class: classes = '', children }: PressProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in SVG
    <g
      class={`press ${classes}`}
      role="button"
      tabindex={0}
      aria-label={label}
      {...(twice ? { onDblClick: onPress } : { onClick: onPress })}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        onPress();
      }}
    >
      {children}
    </g>
  );
}
