/** What stands in a box, and how large it must be for it. */

import { cut, widthOf } from './measure.ts';
import type { Line } from './shape.ts';
import { LINE_H, SMALL, TITLE, TITLE_H } from './shape.ts';
import type { Knot } from './tree.ts';
import { eventWords, guardText, wholeLabel } from './words.ts';

export const PAD_X = 12;
export const PAD_Y = 8;
const TITLE_MOST = 200;
const LINE_MOST = 170;
const LEAST_W = 64;

export interface Head {
  readonly title: string;
  readonly full: string;
  readonly lines: readonly Line[];
  readonly centred: boolean;
  readonly w: number;
  readonly h: number;
}

const line = (kind: Line['kind'], full: string, transitions: readonly string[] = [], said = full): Line => ({
  kind,
  text: cut(said, LINE_MOST, SMALL),
  full,
  transitions,
});

function linesOf({ state, inside, folded }: Knot): readonly Line[] {
  const lines: Line[] = [];
  if (state.type !== 'history') {
    if (state.invoke.length > 0) lines.push(line('invoke', `invoke ${state.invoke.join(', ')}`));
    if (state.entry.length > 0) lines.push(line('entry', `entry / ${state.entry.join(', ')}`));
    if (state.exit.length > 0) lines.push(line('exit', `exit / ${state.exit.join(', ')}`));
  }
  for (const { transition, to } of inside) {
    const goes = to === null ? '' : ` → ${to}`;
    const event = transition.event === '' ? 'always' : eventWords(transition.event, transition.delay_ms);
    const said = `on ${event} ${guardText(transition.guard)}`.trim();
    const does = to === null && transition.actions.length > 0 ? ` / ${transition.actions.join(', ')}` : goes;
    lines.push(line('on', `on ${wholeLabel(transition)}${goes}`, [transition.id], said + does));
  }
  if (folded.length > 0) lines.push(line('within', `${folded.length} states within`));
  return lines;
}

/** Title and lines of a state, with the size they need, padding included. What is looked at is named above the drawing, not in it. */
export function headOf(knot: Knot): Head {
  const { state } = knot;
  const lines = linesOf(knot);
  const title = state.type === 'history' ? 'H' : cut(state.key, TITLE_MOST, TITLE);
  const widest = Math.max(widthOf(title, TITLE), ...lines.map(({ text }) => widthOf(text, SMALL)));
  const atomic = knot.children.length === 0;
  return {
    title,
    full: state.key,
    lines,
    centred: atomic && lines.length < 2,
    w: Math.ceil(Math.max(state.type === 'history' ? 30 : LEAST_W, widest + 2 * PAD_X)),
    h: (knot.parent === null ? 0 : TITLE_H) + lines.length * LINE_H + 2 * PAD_Y - (atomic ? 0 : 2),
  };
}
