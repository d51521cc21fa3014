/** Faults that wait, so that in the fewest seeds every kind meets every state it can meet. Pure. */
import type { Chance } from '../ports/chance.ts';
import type { FaultKind } from './fault-kinds.ts';
import { aimsOf, IN_VAIN } from './meetable.ts';
import type { Aim, ScriptedFault } from './script.ts';

/** By then, as a part of the time with faults, all of them wait: what comes to pass seldom is not to be missed. */
const ALL_WAIT_BY = 0.7;

/** Every state that faults can wait for, with the kinds that can. */
function waits(kinds: readonly FaultKind[]): readonly { readonly aim: Aim; readonly kinds: readonly FaultKind[] }[] {
  const found = new Map<string, { aim: Aim; kinds: FaultKind[] }>();
  for (const kind of new Set(kinds))
    for (const aim of aimsOf(kind)) {
      if (IN_VAIN[aim.actor]?.[aim.state] !== undefined) continue;
      const key = `${aim.actor} ${aim.state}`;
      const known = found.get(key);
      if (known) known.kinds.push(kind);
      else found.set(key, { aim, kinds: [kind] });
    }
  return [...found.values()];
}

/**
 * For every state of every component one fault that waits for it, in each seed of another kind: a Latin square, so that as many
 * seeds as a state has kinds have tried them all.
 */
export function drawMeetings(
  seed: number,
  chance: Chance,
  kinds: readonly FaultKind[],
  faultyMs: number,
): readonly ScriptedFault[] {
  return waits(kinds).map(({ aim, kinds: possible }, index) => ({
    at: Math.ceil(chance.next() * ALL_WAIT_BY * faultyMs),
    kind: possible[(seed + index) % possible.length] as FaultKind,
    chance: Math.floor(chance.next() * 2 ** 32),
    aim,
  }));
}
