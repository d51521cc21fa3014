import { describe, expect, it } from 'vitest';
import { drawScript } from '../../src/sim/draw-script.ts';
import { FAULT_KINDS } from '../../src/sim/fault-kinds.ts';
import { meetable } from '../../src/sim/meetable.ts';
import { componentOf } from '../../src/sim/meetings.ts';
import { isForTrade, PROVOCATIONS } from '../../src/sim/provocations.ts';
import { ACTORS } from '../../src/sim/roster.ts';
import type { Script, ScriptedFault } from '../../src/sim/script.ts';
import { parseScript, scriptText } from '../../src/sim/script-file.ts';
import { FIRST, OF_TRADE, RAREST, SELDOM } from '../../src/sim/seldom.ts';
import { countedAs, STANDINGS } from '../../src/sim/standings.ts';

const MOST_KINDS = FAULT_KINDS.length;
const drawn = (seed: number): Script => drawScript(seed, { hours: 2, meet: true });
/** Those that wait for their turn to strike whom they wait for. */
const scouts = (seed: number): readonly ScriptedFault[] => drawn(seed).faults.filter(({ aim }) => aim?.inTurn);
/** For these wait besides such as are to strike at what was brought about. */
const PROVOKED = new Set(
  PROVOCATIONS.flatMap(({ steps }) =>
    steps.flatMap(({ when, inTurn }) => (inTurn && when ? [`${when[0]} ${when[1]}`] : [])),
  ),
);
const cellOf = ({ kind, aim }: ScriptedFault): string =>
  aim ? `${kind} ${componentOf(aim.actor)} ${countedAs(aim.state)}` : '';

describe('seeds that go for meetings', () => {
  it('have for every state one that waits for it, and several of different kinds where it comes seldom', () => {
    for (const seed of [1, 2, 3, 5, 6, 7]) {
      const { faults, prompts = [], faultyMs } = drawn(seed);
      const kinds = new Map<string, string[]>();
      for (const { kind, aim } of scouts(seed)) {
        const state = `${aim?.actor} ${aim?.state}`;
        kinds.set(state, [...(kinds.get(state) ?? []), kind]);
      }
      expect(kinds.size).toBeGreaterThan(200);
      for (const [state, those] of kinds) {
        const [actor = '', name = ''] = state.split(' ');
        const isSeldom = Object.entries(SELDOM).some(([one, states]) => one === actor && states.includes(name));
        expect(those.length > 1, state).toBe(isSeldom);
        if (!PROVOKED.has(state)) expect(new Set(those).size, state).toBe(those.length);
      }
      for (const list of [faults, prompts]) {
        expect(list.every(({ at }, n) => n === 0 || at >= (list[n - 1]?.at ?? 0))).toBe(true);
        expect(list.every(({ at }) => at < faultyMs)).toBe(true);
      }
    }
  });

  it('are in part for trade: only what has to do with that is struck, and nothing that chance draws besides', () => {
    for (const seed of [4, 8, 60]) {
      expect(isForTrade(seed)).toBe(true);
      const struck = scouts(seed);
      expect(struck.length).toBeGreaterThan(50);
      for (const { aim } of struck) expect([...OF_TRADE]).toContain(aim?.actor);
      const plain = new Set(drawScript(seed, { hours: 2 }).faults.map((fault) => JSON.stringify(fault)));
      expect(drawn(seed).faults.filter((fault) => plain.has(JSON.stringify(fault)))).toEqual([]);
      expect(drawn(seed).setting).toMatchObject({ restless: true, symbols: 3 });
    }
  });

  it('have the faults that they would have without, but for those that would disturb what takes its time', () => {
    for (const seed of [1, 2, 3, 5, 6, 7]) {
      const plain = drawScript(seed, { hours: 2 }).faults.map((fault) => JSON.stringify(fault));
      const meeting = new Set(drawn(seed).faults.map((fault) => JSON.stringify(fault)));
      const left = plain.filter((fault) => !meeting.has(fault));
      expect(left.length, `seed ${seed}`).toBeLessThan(plain.length / 4);
      if (seed % 4 !== 1) expect(left).toEqual([]);
    }
  });

  it('go through all meetings there can be, in as many seeds as there are kinds', () => {
    const tried = new Set<string>();
    for (let seed = 1; seed <= MOST_KINDS; seed++) for (const fault of scouts(seed)) tried.add(cellOf(fault));
    const wanted = meetable(FAULT_KINDS).map(({ fault, component, state }) => `${fault} ${component} ${state}`);
    expect(wanted.filter((cell) => !tried.has(cell))).toEqual([]);
    expect(tried.size).toBe(wanted.length);
  });

  it('wait for states that there are, and bring about all that they say they do in some seed', () => {
    for (const states of [FIRST, SELDOM, RAREST])
      for (const actor of ACTORS)
        for (const state of states[actor] ?? []) expect(STANDINGS.get(actor), actor).toContain(state);
    // Of those not named there one kind alone would wait in a seed for trade, or none.
    for (const actor of ACTORS)
      for (const state of RAREST[actor] ?? []) expect(SELDOM[actor], `${actor} ${state}`).toContain(state);
    for (const { brings, steps } of PROVOCATIONS)
      for (const { when } of steps) if (when) expect(STANDINGS.get(when[0]), brings).toContain(when[1]);
    const seeds = Array.from({ length: 28 }, (_, n) => n + 1);
    for (const { brings, isIn } of PROVOCATIONS) expect(!isIn || seeds.some(isIn), brings).toBe(true);
    const deeds = new Set(seeds.flatMap((seed) => drawn(seed).prompts ?? []).map(({ deed }) => deed.is));
    expect(deeds).toEqual(new Set(['asked', 'resumed', 'line-broken', 'deleted']));
  });

  it('are the same every time, and as files', () => {
    for (const seed of [1, 7, 14]) {
      const script = drawn(seed);
      expect(drawn(seed)).toEqual(script);
      expect(parseScript(scriptText({ breaks: null, script })).script).toEqual(script);
    }
  });

  it('keep to the kinds that were asked for', () => {
    const { faults } = drawScript(3, { hours: 1, kinds: ['crash', 'crash', 'disk-full'], meet: true });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['crash', 'disk-full']));
  });
});
