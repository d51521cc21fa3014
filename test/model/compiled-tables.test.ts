/** Every table that a machine is compiled to gives what XState's own `transition` gives: in each cell, and on long random walks. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createMachine,
  type EventObject,
  initialTransition,
  transition,
} from 'xstate';
import { type IntentFate, LIFECYCLE_TABLE, SignalRegistry } from '../../src/actors/signal-registry.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { pathOf } from '../../src/machines/compile/place.ts';
import { compileTable, type MachineTable } from '../../src/machines/compile/table.ts';
import { SIGNAL_STATES, type SignalState } from '../../src/machines/messages.ts';
import { SIGNAL_EVENTS, signalLifecycle } from '../../src/machines/signal-lifecycle.ts';
import type { Chance } from '../../src/ports/chance.ts';
import { fc } from '../fast-check.ts';
import { nameOf, tablesInSource } from './machines-in-source.ts';
import { TIMES } from './times.ts';

interface Compiled {
  readonly table: MachineTable;
  readonly machine: AnyStateMachine;
  readonly events: readonly EventObject[];
}
const compiled = (machine: AnyStateMachine, table: MachineTable): Compiled => ({
  ...{ machine, table },
  events: table.events.map((type) => ({ type })),
});
const TABLES: readonly Compiled[] = [compiled(signalLifecycle, LIFECYCLE_TABLE)];
const STEPS = 10_000 * TIMES;

const bornOf = (machine: AnyStateMachine): AnyMachineSnapshot => initialTransition(machine, undefined)[0];

/** What the machine says of an event in a state: the path of the next, or that it does not take it. */
function answer(machine: AnyStateMachine, from: AnyMachineSnapshot, event: EventObject): AnyMachineSnapshot | null {
  return from.status === 'active' && from.can(event) ? transition(machine, from, event)[0] : null;
}

/** Compares one cell, and gives the machine's next state. */
function compare({ table, machine, events }: Compiled, from: AnyMachineSnapshot, column: number) {
  const event = events[column] ?? { type: 'none' };
  const next = answer(machine, from, event);
  const row = table.states.indexOf(pathOf(from.value));
  const cell = table.next(row, column);
  expect(table.states[cell] ?? null, `${pathOf(from.value)} on ${event.type}`).toBe(next && pathOf(next.value));
  expect(table.events[column]).toBe(event.type);
  if (next) expect(table.final[cell]).toBe(next.status === 'done');
  return next;
}

/** Every cell of every row that XState itself can reach. */
function everyCell(one: Compiled): number {
  const reached = new Map([bornOf(one.machine)].map((born) => [pathOf(born.value), born]));
  for (const state of reached.values())
    for (const column of one.events.keys()) {
      const next = compare(one, state, column);
      if (next && !reached.has(pathOf(next.value))) reached.set(pathOf(next.value), next);
    }
  expect([...reached.keys()].sort()).toEqual([...one.table.states].sort());
  return reached.size * one.events.length;
}

/** Goes on from where it is, and from the beginning again where it cannot. */
function wander(one: Compiled, steps: number, chance: Chance): number {
  let taken = 0;
  let state = bornOf(one.machine);
  for (let step = 0; step < steps; step++) {
    const next = compare(one, state, Math.floor(chance.next() * one.events.length));
    if (next) taken++;
    state = next && next.status === 'active' ? next : state;
    if (next?.status === 'done' || chance.next() < 0.01) state = bornOf(one.machine);
  }
  return taken;
}

describe('the tables in the source', () => {
  it('know every event there is', () => {
    expect([...LIFECYCLE_TABLE.events].sort()).toEqual(SIGNAL_EVENTS.map(({ type }) => type).sort());
  });

  it('are all compared here', async () => {
    const places = tablesInSource();
    expect(places).toHaveLength(TABLES.length);
    for (const place of places) {
      const module: Record<string, unknown> = await import(join(import.meta.dirname, '../../src', place.file));
      const known = TABLES.some(({ table }) => place.name !== null && table === module[place.name]);
      expect(known, nameOf(place)).toBe(true);
    }
  });

  for (const one of TABLES) {
    it(`${one.machine.id}: every cell is what XState says`, () => {
      expect(everyCell(one)).toBe(one.table.states.length * one.table.events.length);
    });

    it(`${one.machine.id}: ${STEPS} random steps lead where XState leads`, () => {
      expect(wander(one, STEPS, seededChance(1))).toBeGreaterThan(STEPS / 10);
    });
  }
});

/** Small machines with what a table may hold: compound states, transitions of their parents, forbidden events, ends. */
const machines = fc
  .record({
    tops: fc.integer({ min: 1, max: 4 }),
    subs: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
    finals: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
    arrows: fc.array(
      fc.record({
        from: fc.nat(30),
        to: fc.option(fc.nat(30), { nil: null, freq: 5 }),
        on: fc.constantFrom('A', 'B', 'C', 'done'),
        reenter: fc.boolean(),
      }),
      { maxLength: 25 },
    ),
  })
  .map(({ tops, subs, finals, arrows }) => {
    interface Config {
      id: string;
      type?: 'final';
      initial?: string;
      on: Record<string, object>;
      onDone?: string;
      states?: Record<string, Config>;
    }
    const all: Config[] = [];
    const made = (name: string): Config => {
      const config: Config = { id: name, on: {} };
      all.push(config);
      return config;
    };
    const root = made('root');
    root.initial = 't0';
    root.states = {};
    for (let top = 0; top < tops; top++) {
      const config = made(`t${top}`);
      root.states[config.id] = config;
      const below = subs[top] ?? 0;
      if (below === 0) continue;
      config.initial = `${config.id}s0`;
      config.states = {};
      for (let sub = 0; sub < below; sub++) {
        const leaf = made(`${config.id}s${sub}`);
        if (finals[top * 4 + sub] && sub > 0) leaf.type = 'final';
        config.states[leaf.id] = leaf;
      }
    }
    for (const { from, to, on, reenter } of arrows) {
      const source = all[from % all.length];
      const target = to === null ? undefined : all[to % all.length];
      if (!source || source.type === 'final' || target === root) continue;
      if (on === 'done') {
        // The end of a state below leads on by itself.
        if (source.states && source !== root && target && !target.states && target.type !== 'final')
          source.onDone = `#${target.id}`;
      } else source.on[on] = target ? { target: `#${target.id}`, reenter } : {};
    }
    return root;
  });

describe('a table of any machine that can be one', () => {
  it('has in every cell what XState says, and leads where XState leads', () => {
    fc.assert(
      fc.property(machines, fc.integer(), (config, seed) => {
        const machine = createMachine(config as never) as AnyStateMachine;
        const one = compiled(machine, compileTable(machine));
        everyCell(one);
        if (one.events.length > 0) wander(one, 50, seededChance(seed));
      }),
      { numRuns: 100 * Math.min(TIMES, 100) },
    );
  });
});

describe('the registry of signals, which lives by the table', () => {
  const FATES: Readonly<Record<string, IntentFate>> = { ordered: 'open', reconciling: 'unknown', unfilled: 'closed' };
  const publicOf = ({ value }: AnyMachineSnapshot) => pathOf(value).split('.')[0] as SignalState;
  const fateOf = ({ value }: AnyMachineSnapshot) => FATES[pathOf(value).split('.')[1] ?? ''] ?? null;

  it(`allows, refuses and stands where XState does, for ${STEPS} random requests`, () => {
    const chance = seededChance(2);
    const pick = <T>(some: readonly T[]): T => some[Math.floor(chance.next() * some.length)] as T;
    const registry = new SignalRegistry({ keepFinished: 10 });
    let id = 0;
    let state = bornOf(signalLifecycle);
    const begin = () => {
      id++;
      state = bornOf(signalLifecycle);
      expect(registry.add({ id: `s${id}`, symbol: 'BTCUSDT', direction: 'LONG', at: id }).ok).toBe(true);
    };
    begin();
    let taken = 0;
    for (let step = 0; step < STEPS; step++) {
      const nexts = SIGNAL_EVENTS.flatMap((event) => answer(signalLifecycle, state, event) ?? []);
      const [from, fate] = [publicOf(state), fateOf(state)];
      let next: AnyMachineSnapshot | undefined;
      if (chance.next() < 0.7) {
        const to = pick(SIGNAL_STATES);
        next = nexts.find((one) => publicOf(one) === to && to !== from);
        expect(registry.transition(`s${id}`, to, id).ok, `${pathOf(state.value)} to ${to}`).toBe(next !== undefined);
      } else {
        const to = pick(Object.values(FATES));
        next = [...(fate === to ? [state] : []), ...nexts].find((one) => publicOf(one) === from && fateOf(one) === to);
        expect(registry.intent(`s${id}`, to).ok, `${pathOf(state.value)}: ${to}`).toBe(next !== undefined);
      }
      if (next) {
        taken++;
        state = next;
      }
      expect(registry.get(`s${id}`)).toMatchObject({ state: publicOf(state), intent: fateOf(state) });
      if (state.status === 'done') begin();
    }
    expect(taken).toBeGreaterThan(STEPS / 20);
  });
});
