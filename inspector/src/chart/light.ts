/** Lights a drawing: sets classes and counts on what is there, and changes nothing else. */
import type { Chart } from './shape.ts';

export interface Light {
  readonly active: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
  /** How often a state was entered and a transition taken; `null`: not known, nothing is dimmed. */
  readonly entries: ReadonlyMap<string, number> | null;
  readonly visits: Readonly<Record<string, number>> | null;
  /** Transitions that were gone through, for a path; `null`: no path is shown. */
  readonly path: ReadonlyMap<string, string> | null;
}

const times = (n: number): string => (n > 999 ? `${Math.floor(n / 1000)}k×` : `${n}×`);

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** @param svg what {@link Drawing} drew for `chart` */
export function shine(svg: Element, chart: Chart, light: Light): void {
  const { active, taken, entries, visits, path } = light;
  for (const element of svg.querySelectorAll('[data-state]')) {
    const id = element.getAttribute('data-state') ?? '';
    element.classList.toggle('active', active.has(id));
    element.classList.toggle('never', entries !== null && !entries.has(id) && !active.has(id));
  }
  for (const element of svg.querySelectorAll('[data-count]')) {
    const n = entries?.get(element.getAttribute('data-count') ?? '') ?? 0;
    element.classList.toggle('some', n > 0 && visits !== null);
    const text = element.querySelector('text');
    if (text) setText(text, n > 0 ? times(n) : '');
  }
  for (const element of svg.querySelectorAll('[data-taken]'))
    element.classList.toggle('taken', taken.has(element.getAttribute('data-taken') ?? ''));
  for (const element of svg.querySelectorAll('[data-times]')) {
    const id = element.getAttribute('data-times') ?? '';
    const n = visits?.[id] ?? 0;
    setText(element, path?.get(id) ?? (n > 0 ? times(n) : ''));
  }
  const edges = new Map(chart.edges.map((edge) => [edge.id, edge]));
  for (const element of svg.querySelectorAll('[data-edge]')) {
    const lines = edges.get(element.getAttribute('data-edge') ?? '')?.lines ?? [];
    const gone = lines.some(({ transition }) => (visits?.[transition] ?? 0) > 0 || path?.has(transition));
    element.classList.toggle(
      'taken',
      lines.some(({ transition }) => taken.has(transition)),
    );
    element.classList.toggle('gone', gone);
    element.classList.toggle('never', (visits !== null || path !== null) && !gone);
  }
}
