/** Every machine, walked from its own graph: every state, every transition, every guard both ways, by live actors. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { BEYOND_REACH } from './beyond-reach.ts';
import { Coverage } from './coverage.ts';
import { EVERY_MACHINE, show } from './every-machine.ts';
import { machinesInSource, nameOf } from './machines-in-source.ts';

describe('every state, every transition and every guard both ways is taken by a live actor, which agrees with its machine', () => {
  for (const machine of EVERY_MACHINE) {
    it(machine.id, () => {
      const { coverage, steps } = show(machine);
      expect(steps).toBeGreaterThan(coverage.size.transitions);
      // What is beyond reach is named with its reason; what is reached after all is no excuse any more.
      expect(coverage.missing()).toEqual((BEYOND_REACH[machine.id] ?? []).map(({ what }) => what));
    });
  }
});

describe('the list of machines', () => {
  it('has every machine that the source makes', async () => {
    const places = machinesInSource();
    expect(places.length).toBeGreaterThanOrEqual(EVERY_MACHINE.length);
    const missing: string[] = [];
    for (const place of places) {
      const module: Record<string, unknown> = await import(join(import.meta.dirname, '../../src', place.file));
      const made = place.name === null ? undefined : module[place.name];
      if (made === undefined || !EVERY_MACHINE.some(({ exported }) => exported === made)) missing.push(nameOf(place));
    }
    // These are made of whatever machine is compiled, to ask XState what it does; they have tests of their own.
    expect(missing.filter((name) => !name.startsWith('machines/compile/'))).toEqual([]);
  });

  it('excuses only machines that are', () => {
    const ids = EVERY_MACHINE.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(BEYOND_REACH).filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe('coverage', () => {
  const machine = setup({
    types: { context: {} as { most: number }, events: {} as { type: 'GO'; n: number } | { type: 'BACK' } },
    guards: {
      isMore: ({ context, event }, { than }: { than: number }) =>
        event.type === 'GO' && event.n > Math.max(context.most, than),
      isNever: () => false,
      forgotten: () => true,
    },
  }).createMachine({
    id: 'm',
    context: { most: 1 },
    initial: 'a',
    states: {
      a: {
        on: {
          GO: [
            { guard: { type: 'isMore', params: { than: 2 } }, target: 'b' },
            { guard: 'isNever', target: 'c' },
          ],
        },
      },
      b: { always: { guard: ({ context }) => context.most > 0, target: 'd' }, after: { 10: 'c' } },
      c: {},
      d: { on: { BACK: 'a' } },
    },
  });

  it('tells what was not shown: states, transitions, guards each way, guards that nobody asks', () => {
    const coverage = new Coverage();
    const actor = createActor(coverage.watch(machine), { inspect: coverage.inspect }).start();
    actor.send({ type: 'GO', n: 2 });
    actor.send({ type: 'GO', n: 3 });
    expect(actor.getSnapshot().value).toBe('d');
    expect(coverage.missing()).toEqual([
      'state m.c',
      'transition m.a on GO if isNever: m.c',
      'transition m.b on xstate.after.10.m.b: m.c',
      'transition m.d on BACK: m.a',
      'guard never true: m.a on GO if isNever: m.c',
      'guard never false: m.b on always if guard: m.d',
      'guard of no transition: forgotten',
    ]);
    expect([coverage.seen, coverage.size]).toEqual([
      { states: 4, transitions: 2, guards: 1 },
      { states: 5, transitions: 5, guards: 3 },
    ]);
  });
});
