/** Faults that wait, so that in the fewest seeds every kind meets every state it can meet. Pure. */
import type { Chance } from '../ports/chance.ts';
import type { FaultKind } from './fault-kinds.ts';
import { aimsOf, isInVain } from './meetable.ts';
import { isForTrade, PROVOCATIONS, quietUntil } from './provocations.ts';
import type { Aim, Prompt, ScriptedFault } from './script.ts';
import { FIRST, OF_TRADE, RAREST, SCOUTS, SCOUTS_FOR_THE_RAREST, SELDOM } from './seldom.ts';

/** By then, as a part of the time with faults, all of them wait: what comes to pass seldom is not to be missed. */
const ALL_WAIT_BY = 0.7;

/** Every state that faults can wait for, with the kinds that can. */
function waits(kinds: readonly FaultKind[]): readonly { readonly aim: Aim; readonly kinds: readonly FaultKind[] }[] {
  const found = new Map<string, { aim: Aim; kinds: FaultKind[] }>();
  for (const kind of new Set(kinds))
    for (const aim of aimsOf(kind)) {
      if (isInVain(kind, aim)) continue;
      const key = `${aim.actor} ${aim.state}`;
      const known = found.get(key);
      if (known) known.kinds.push(kind);
      else found.set(key, { aim: { ...aim, inTurn: true }, kinds: [kind] });
    }
  return [...found.values()];
}

/** Seeds for trade and others take turns each among themselves: or some kinds would never meet some states. */
const turnOf = (seed: number): number => (isForTrade(seed) ? seed / 4 : seed - Math.floor(seed / 4));

const GOLDEN = (Math.sqrt(5) - 1) / 2;

const drawn = (chance: Chance): number => Math.floor(chance.next() * 2 ** 32);

const isAmong = (states: typeof SELDOM, { actor, state }: Aim): boolean => states[actor]?.includes(state) === true;

/** The kinds that wait for a state in this turn, in the order in which they strike. */
function inTurn(kinds: readonly FaultKind[], aim: Aim, turn: number): readonly FaultKind[] {
  const all = kinds.length;
  const kindAt = (place: number): FaultKind => kinds[place % all] as FaultKind;
  if (isAmong(RAREST, aim)) {
    // Which seeds bring it about nobody knows: any few of them begin far from each other (a golden section apart).
    const first = Math.floor(((turn * GOLDEN) % 1) * all);
    return Array.from({ length: Math.min(all, SCOUTS_FOR_THE_RAREST) }, (_, scout) => kindAt(first + scout));
  }
  const scouts = Math.min(all, isAmong(SELDOM, aim) ? SCOUTS : 1);
  return Array.from({ length: scouts }, (_, scout) => kindAt(turn + Math.floor((scout * all) / scouts)));
}

/**
 * For every state of every component faults that wait for it: one, or several where it comes seldom, in each seed of other kinds
 * (a Latin square), so that as many seeds as a state has kinds have tried them all.
 */
function drawScouts(
  seed: number,
  chance: Chance,
  kinds: readonly FaultKind[],
  [from, by]: readonly [number, number],
): readonly ScriptedFault[] {
  const isMet = (aim: Aim): boolean => !isForTrade(seed) || (OF_TRADE.has(aim.actor) && isAmong(SELDOM, aim));
  const waitsFrom = (aim: Aim): number => {
    if (isAmong(FIRST, aim)) return 0;
    return isAmong(RAREST, aim) ? from : Math.ceil(from + chance.next() * (by - from));
  };
  const turn = turnOf(seed);
  return waits(kinds).flatMap(({ aim, kinds: possible }, index) =>
    isMet(aim)
      ? inTurn(possible, aim, turn + index).map((kind) => ({
          at: waitsFrom(aim),
          kind,
          chance: drawn(chance),
          aim,
        }))
      : [],
  );
}

export interface Meetings {
  readonly faults: readonly ScriptedFault[];
  readonly prompts: readonly Prompt[];
}

/** What waits for every state of every component, and what brings about those that come seldom. */
export function drawMeetings(seed: number, chance: Chance, kinds: readonly FaultKind[], faultyMs: number): Meetings {
  const calmUntil = quietUntil(seed);
  const waitBy = Math.max(calmUntil, ALL_WAIT_BY * faultyMs);
  const faults = [...drawScouts(seed, chance.fork('scouts'), kinds, [calmUntil, waitBy])];
  const prompts: Prompt[] = [];
  const provoking = chance.fork('provocations');
  for (const { times, at, steps, isIn } of PROVOCATIONS) {
    if (isIn ? !isIn(seed) : isForTrade(seed)) continue;
    for (let time = 0; time < times; time++) {
      const from = at ?? Math.ceil(calmUntil + provoking.next() * (waitBy - calmUntil));
      for (const { does, when, laterMs, inTurn, afterMs = 0 } of steps) {
        const own = drawn(provoking);
        const aim = when && {
          actor: when[0],
          state: when[1],
          ...(when[2] && { strikes: when[2] }),
          ...(laterMs && { laterMs }),
          ...(inTurn && { inTurn }),
        };
        const moment = { at: from + afterMs, ...(aim && { aim }) };
        if (moment.at >= faultyMs) continue;
        if (typeof does !== 'string') prompts.push({ ...moment, deed: does });
        else if (kinds.includes(does)) faults.push({ ...moment, kind: does, chance: own });
      }
    }
  }
  return { faults, prompts };
}
