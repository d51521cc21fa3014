/** Colours of the page for what is drawn on a canvas, read again when the theme changes. */
import { signal } from '@preact/signals';

const NAMES = ['accent', 'ink', 'ink2', 'ink3', 'line', 'line2', 'bad', 'warn', 'panel', 'accbg', 'badbg'] as const;
export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

function read(): Colours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}

export const colours = signal<Colours>(read());

const again = (): void => {
  const now = read();
  if (NAMES.some((name) => now[name] !== colours.peek()[name])) colours.value = now;
};
new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: light)').addEventListener('change', again);
