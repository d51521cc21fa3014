/** Icons drawn here, in the colour of the text around them. They say nothing to a screen reader: a word stands beside each. */
import type { ComponentChildren } from 'preact';

const line = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': 1.5,
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
} as const;
const ground = { fill: 'none', stroke: 'var(--panel)', 'stroke-width': 1.7, 'stroke-linecap': 'round' } as const;

const SHAPES = {
  /** A ring with a tick: green. */
  tick: (
    <>
      <circle cx="8" cy="8" r="6.25" {...line} />
      <path d="M5.2 8.2l2 2 3.6-4.2" {...line} />
    </>
  ),
  /** A full triangle: yellow. */
  triangle: (
    <>
      <path d="M8 1.9l6.6 11.6H1.4z" {...line} fill="currentColor" />
      <path d="M8 6.2v3.6M8 11.8v.1" {...ground} />
    </>
  ),
  /** A full octagon with a cross: red. */
  octagon: (
    <>
      <path d="M5 1.2h6L14.8 5v6L11 14.8H5L1.2 11V5z" fill="currentColor" />
      <path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" {...ground} />
    </>
  ),
  /** A dashed ring: unknown. */
  ring: <circle cx="8" cy="8" r="6" {...line} stroke-dasharray="2.1 2.6" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.6" {...line} />
      <path d="M10.5 10.5L14 14" {...line} />
    </>
  ),
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" {...line} stroke-width="2" />,
  play: <path d="M5 3.2v9.6L12.5 8z" {...line} fill="currentColor" />,
  close: <path d="M4 4l8 8M12 4l-8 8" {...line} />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.9" {...line} />
      <path
        d="M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1"
        {...line}
      />
    </>
  ),
  moon: <path d="M13.3 9.6A5.8 5.8 0 0 1 6.4 2.7a5.8 5.8 0 1 0 6.9 6.9z" {...line} />,
  system: (
    <>
      <rect x="1.8" y="2.8" width="12.4" height="8.4" rx="1.4" {...line} />
      <path d="M5.5 13.6h5" {...line} />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.6" {...line} />
      <path d="M10.5 2.9H4.1a1.6 1.6 0 0 0-1.6 1.6v6" {...line} />
    </>
  ),
  bell: (
    <path d="M3.5 11.5c1-1 1.2-2.2 1.2-4a3.3 3.3 0 0 1 6.6 0c0 1.8.2 3 1.2 4zM6.8 13.5a1.3 1.3 0 0 0 2.4 0" {...line} />
  ),
  bolt: <path d="M9 1.6L3.4 9h3.9L7 14.4 12.6 7H8.7z" {...line} />,
  wrench: (
    <path
      d="M9.4 6.6a3.4 3.4 0 0 1 4.3-4.2L11.6 4.5l.9 2 2 .3a3.4 3.4 0 0 1-4.6 2.5l-4.6 4.6a1.6 1.6 0 0 1-2.3-2.3z"
      {...line}
    />
  ),
  link: <path d="M3 8h9.5M8.8 4.2L12.6 8l-3.8 3.8" {...line} />,
  unlink: (
    <path
      d="M6.4 9.6l3.2-3.2M7 4.6l1.6-1.6a3 3 0 0 1 4.3 4.3L11.4 9M9 11.4L7.4 13a3 3 0 0 1-4.3-4.3L4.6 7M2 2l12 12"
      {...line}
    />
  ),
  empty: (
    <>
      <path d="M2 6.5h12c0 4.2-2.3 7.2-6 7.2S2 10.7 2 6.5z" {...line} />
      <path d="M7 6.5l1.4 2.4-1.8 1.5L8.3 13.5" {...line} />
    </>
  ),
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" {...line} />,
  help: (
    <>
      <circle cx="8" cy="8" r="6.25" {...line} />
      <path d="M6.1 6.3a1.95 1.95 0 1 1 2.7 1.9c-.55.25-.8.6-.8 1.2M8 11.5v.05" {...line} />
    </>
  ),
  download: <path d="M8 2.5v7.6M4.8 7.1L8 10.3l3.2-3.2M3 13.3h10" {...line} />,
  clock: (
    <>
      <circle cx="8" cy="8" r="6.25" {...line} />
      <path d="M8 4.6V8l2.3 1.5" {...line} />
    </>
  ),
} as const satisfies Record<string, ComponentChildren>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, class: classes = '' }: { readonly name: IconName; readonly class?: string }) {
  return (
    <svg class={`ic ${classes}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
