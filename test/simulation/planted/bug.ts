import type { Aims } from '../../../src/sim/draw-script.ts';
import type { FaultKind } from '../../../src/sim/fault-kinds.ts';

/** A bug somebody could make, as data: which text of a file of the product is put in place of which. */
export interface PlantedBug {
  /** `part/what-it-does`. */
  readonly id: string;
  /** What the product does wrong with it, in words. */
  readonly does: string;
  /** From the root of the repository: `src/adapters/group-commit.ts`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
  /** The kinds of faults it takes to show: its seeds are drawn of these alone. Of all where it is left out. */
  readonly under?: readonly FaultKind[];
  /** How long its seeds have faults, h: what waits for an hour does not show within one. One where it is left out. */
  readonly hours?: number;
  /** Time between two of them, on average, s; each seed draws its own where it is left out. */
  readonly everyS?: number;
  /** For which moments faults wait, by kind, where chance alone hardly ever meets the one at which it shows. */
  readonly at?: Aims;
}

/** The file's text with the bug in it. Throws where the text to replace is not there exactly once: then the bug is out of date. */
export function withBug(source: string, { id, file, find, put }: PlantedBug): string {
  const places = source.split(find).length - 1;
  if (places !== 1)
    throw new Error(
      `the planted bug ${id} is out of date: its text stands ${places} times in ${file}, and has to stand there once. ` +
        'Look what became of that place, and give the bug its text anew, or a place of its own',
    );
  return source.replace(find, () => put);
}
