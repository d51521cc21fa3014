import { describe, expect, it } from 'vitest';
import { type AnyActorRef, assign, createActor, fromPromise, type InspectionEvent, raise, sendTo, setup } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { type Glimpse, glimpsing } from '../../src/healing/inspecting.ts';
import { withFastPath } from '../../src/machines/compile/fast-path.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  id: 'counter',
  context: { n: 0 },
  on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
});

const house = setup({
  actors: { counter, never: fromPromise(() => new Promise<never>(() => undefined)) },
}).createMachine({
  id: 'house',
  invoke: [
    { src: 'counter', id: 'counter', systemId: 'counter' },
    { src: 'never', id: 'never' },
  ],
  initial: 'calm',
  on: { PRESS: { actions: [sendTo('counter', { type: 'ADD' }), raise({ type: 'AGAIN' })] }, END: '.over' },
  states: { calm: { after: { 500: 'asleep' } }, asleep: {}, over: { type: 'final' } },
});

/** What can be compared of two systems: all that was told, by name. */
const words = (event: Glimpse): string => {
  const told = event as unknown as Record<string, { type?: string; id?: string; value?: unknown } | undefined>;
  const { id } = event.actorRef as AnyActorRef;
  return [event.type, id, told.event?.type, told.action?.type, told.sourceRef?.id, told.snapshot?.value].join(' ');
};

/** Lives the same life twice over: who inspects is given, what it was told comes back. */
function lived(inspectorFor: (told: string[]) => (event: InspectionEvent) => void): readonly string[] {
  const told: string[] = [];
  const clock = new VirtualClock(1_000);
  const actor = createActor(house, { id: 'house', clock, inspect: inspectorFor(told) }).start();
  actor.send({ type: 'PRESS' });
  clock.advance(600);
  (actor.system.get('counter') as AnyActorRef).send({ type: 'ADD' });
  actor.send({ type: 'END' });
  return told;
}

describe('an inspector that glimpses', () => {
  it('is told all that XState tells, in the same order, from the birth of the root on', () => {
    const plainly = lived((told) => (event) => void told.push(words(event)));
    const glimpsed = lived((told) => glimpsing((event) => void told.push(words(event)), expect.unreachable));
    expect(glimpsed).toEqual(plainly);
    expect(plainly[0]).toContain('@xstate.actor house');
    expect(plainly.length).toBeGreaterThan(20);
  });

  it('leaves to others what they are told: all of it, as their own copies, from when they join until they leave', () => {
    const glimpses: string[] = [];
    const [first, second]: InspectionEvent[][] = [[], []];
    const actor = createActor(withFastPath(counter), {
      inspect: glimpsing((event) => void glimpses.push(event.type), expect.unreachable),
    }).start();
    const one = actor.system.inspect((event) => void first?.push(event));
    const two = actor.system.inspect((event) => void second?.push(event));
    glimpses.length = 0;
    actor.send({ type: 'ADD' });
    one.unsubscribe();
    one.unsubscribe();
    actor.send({ type: 'ADD' });
    two.unsubscribe();
    actor.send({ type: 'ADD' });
    const types = ['@xstate.event', '@xstate.microstep', '@xstate.snapshot'];
    expect(first?.map(({ type }) => type)).toEqual(types);
    expect(second?.map(({ type }) => type)).toEqual([...types, ...types]);
    expect(glimpses).toEqual([...types, ...types, ...types]);
    expect(second?.every(({ rootId }) => rootId === actor.sessionId)).toBe(true);
    const counted = second?.flatMap((event) => (event.type === '@xstate.microstep' ? [event.snapshot] : []));
    expect(counted?.map((snapshot) => (snapshot as { context?: object }).context)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('cannot hurt when it throws: the actors go on, and it is said', () => {
    const said: string[] = [];
    const actor = createActor(counter, {
      inspect: glimpsing(
        () => {
          throw new Error('I inspect badly');
        },
        (what) => void said.push(what),
      ),
    }).start();
    actor.send({ type: 'ADD' });
    actor.send({ type: 'ADD' });
    expect(actor.getSnapshot().context.n).toBe(2);
    expect(said[0]).toBe('an inspector failed and was ignored: I inspect badly');
  });
});
