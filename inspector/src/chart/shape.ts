/** What a drawn chart is made of. Lengths are px, positions are absolute; x grows right, y grows down. */
import type { StateView } from '../../../src/inspector/contract.ts';
import type { Font } from './measure.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Rect extends Point {
  readonly w: number;
  readonly h: number;
}

/** A line of text in a box: what is done on entry, what is invoked, a transition that does not leave. */
export interface Line {
  readonly kind: 'entry' | 'exit' | 'invoke' | 'on' | 'within';
  readonly text: string;
  readonly full: string;
  readonly transitions: readonly string[];
}

export interface Box extends Rect {
  readonly id: string;
  readonly parent: string | null;
  readonly depth: number;
  readonly type: StateView['type'];
  /** A cell of a parallel state. */
  readonly region: boolean;
  readonly leaf: boolean;
  /** Its inside is not drawn: the ids of the states in it. */
  readonly folded: readonly string[];
  readonly title: string;
  readonly full: string;
  readonly lines: readonly Line[];
  /** Title and lines are in the middle, not at the left. */
  readonly centred: boolean;
  readonly tags: readonly string[];
}

/** The start of a transition that is taken whatever the state within `of` is: a small pill. */
export interface Pill extends Rect {
  readonly id: string;
  /** The state that has the transitions. */
  readonly of: string;
  readonly text: string;
}
/** The dot that stands for "begins here". */
export interface Dot extends Point {
  readonly of: string;
  readonly to: string;
  readonly points: readonly Point[];
}

export interface LabelLine {
  readonly text: string;
  readonly full: string;
  readonly transition: string;
}
export interface Edge {
  readonly id: string;
  /** The id of a box, or of a pill. */
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  readonly label: Rect;
  readonly lines: readonly LabelLine[];
  readonly self: boolean;
}

export interface Chart {
  readonly machine: string;
  readonly root: string;
  readonly width: number;
  readonly height: number;
  /** Parents before children. */
  readonly boxes: readonly Box[];
  readonly pills: readonly Pill[];
  readonly dots: readonly Dot[];
  readonly edges: readonly Edge[];
}

export const TITLE: Font = { size: 13, weight: 'semibold' };
export const SMALL: Font = { size: 11, weight: 'regular' };
export const LABEL: Font = { size: 11, weight: 'regular' };
export const TITLE_H = 19;
export const LINE_H = 15;
export const LABEL_H = 14.5;
/** Room at the end of a label's line for how often it was taken. */
export const COUNT_W = 22;
