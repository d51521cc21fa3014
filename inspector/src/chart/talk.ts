/** Who sends what to whom, as a sequence diagram: pure. */
import type { ActorEvent } from '../../../src/inspector/contract.ts';

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly at: number;
  /** Of the last that is in it. */
  readonly until: number;
  readonly count: number;
  readonly changed: boolean;
  /** Key of the first event. */
  readonly key: number;
}
export interface Talk {
  readonly lifelines: readonly string[];
  readonly arrows: readonly Arrow[];
  /** Lifelines that were left out, because fewer are to be shown. */
  readonly left: number;
}

/** Nobody that is known: a timer, the market, a file. */
export const WORLD = 'outside';
/** An event that comes again within so many others of the same group is one arrow with a count. */
const LOOK_BACK = 6;

/**
 * @param events oldest first
 * @param most arrows; the last ones are kept
 * @param only events of whom; `null`: of all
 */
export function talkOf(events: readonly ActorEvent[], most: number, only: string | null, lines = 9): Talk {
  const arrows: Arrow[] = [];
  for (const one of events) {
    const from = one.from ?? WORLD;
    if (only !== null && from !== only && one.to !== only) continue;
    const near = Math.max(0, arrows.length - LOOK_BACK);
    const again = arrows.findLastIndex(
      (arrow, at) => at >= near && arrow.from === from && arrow.to === one.to && arrow.type === one.type,
    );
    const known = arrows[again];
    // A change of state is worth a line of its own.
    if (known && !one.changed && !known.changed) arrows[again] = { ...known, count: known.count + 1, until: one.at };
    else
      arrows.push({
        from,
        to: one.to,
        type: one.type,
        at: one.at,
        until: one.at,
        count: 1,
        changed: one.changed,
        key: one.seq,
      });
  }
  const last = arrows.slice(-most);
  const weight = new Map<string, number>();
  for (const { from, to, changed } of last)
    for (const id of [from, to]) weight.set(id, (weight.get(id) ?? 0) + (changed ? 3 : 1));
  const kept = new Set(
    [...weight]
      .sort((a, b) => Number(b[0] === only) - Number(a[0] === only) || b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, lines)
      .map(([id]) => id),
  );
  const shown = last.filter(({ from, to }) => kept.has(from) && kept.has(to));
  return { lifelines: ordered(shown), arrows: shown, left: weight.size - kept.size };
}

/** Those that talk to each other stand near each other; who is outside stands first. */
function ordered(arrows: readonly Arrow[]): readonly string[] {
  const names = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].filter((id) => id !== WORLD);
  const pull = (a: string, b: string): number =>
    arrows.filter(({ from, to }) => (from === a && to === b) || (from === b && to === a)).length;
  const line: string[] = arrows.some(({ from }) => from === WORLD) ? [WORLD] : [];
  const rest = [...names];
  while (rest.length > 0) {
    const last = line.at(-1);
    const best = rest.reduce((chosen, one) =>
      last !== undefined && pull(last, one) > pull(last, chosen) ? one : chosen,
    );
    line.push(best);
    rest.splice(rest.indexOf(best), 1);
  }
  return line;
}
