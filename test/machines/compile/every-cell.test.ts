/** Every place, every event, with contexts that make every guard come out both ways: a live actor of the machine agrees. */
import { describe, expect, it } from 'vitest';
import {
  type AnyMachineSnapshot,
  createActor,
  type EventObject,
  SimulatedClock,
  type StateValue,
  transition,
} from 'xstate';
import { compile } from '../../../src/machines/index.ts';
import { SAMPLES } from './samples.ts';
import { portrait } from './twins.ts';

const valueAt = (path: string): StateValue =>
  path.split('.').reduceRight<StateValue>((below, key) => (below === '' ? key : { [key]: below }), '');

describe.each(SAMPLES)('$name, compiled', ({ making, events, contexts }) => {
  it('equals the machine in every cell', () => {
    const machine = making(() => undefined);
    const compiled = compile(machine);
    const taken = new Set<string>();
    for (const path of compiled.places)
      for (const context of contexts)
        for (const event of events) {
          const from = machine.resolveState({ value: valueAt(path), context });
          const seenAfter = ({ notes, logic }: { notes: unknown[]; logic: typeof compiled | typeof machine }) => {
            const actor = createActor(logic, {
              snapshot: machine.getPersistedSnapshot(from),
              clock: new SimulatedClock(),
              inspect: (told) => {
                if (told.type !== '@xstate.microstep') return;
                for (const { source, eventType } of (
                  told as never as { _transitions: { source: { id: string }; eventType: string }[] }
                )._transitions)
                  notes.push(`${source.id} ${eventType}`);
              },
            });
            actor.subscribe({ error: () => undefined });
            actor.start();
            // An actor that is done takes nothing; what is asked of its snapshot must be the same all the same.
            if (from.status !== 'active')
              return portrait(
                transition(logic as typeof machine, actor.getSnapshot(), event)[0] as AnyMachineSnapshot,
                [],
              );
            actor.send(event);
            return portrait(actor.getSnapshot() as AnyMachineSnapshot, events);
          };
          const [plain, table] = [
            { notes: [], logic: machine },
            { notes: [] as unknown[], logic: compiled },
          ];
          expect(seenAfter(table), `${path} --${event.type}-->`).toEqual(seenAfter(plain));
          expect(table.notes).toEqual(plain.notes);
          for (const step of table.notes) taken.add(String(step));
        }
    // Every transition that can be taken by an event was taken.
    const all = [
      ...new Set(compiled.places.flatMap((path) => events.flatMap(({ type }) => waysFrom(compiled, path, type)))),
    ];
    expect(all.filter((step) => !taken.has(step))).toEqual([]);
  });

  it('tells the ways out of every place', () => {
    const machine = making(() => undefined);
    const compiled = compile(machine);
    for (const place of compiled.places)
      for (const event of events) {
        const snapshot = machine.resolveState({ value: valueAt(place), context: contexts[0] });
        const ways = compiled.ways(place, event.type);
        if (ways.every(({ guarded }) => !guarded))
          expect(ways.length > 0 && ways[0]?.forbids === false, `${place} ${event.type}`).toBe(snapshot.can(event));
      }
  });
});

/** `state event` of the transitions that an event of a type can take from a place, as XState's own table of the state tells. */
function waysFrom({ machine, ways }: ReturnType<typeof compile>, path: string, type: EventObject['type']): string[] {
  if (machine.resolveState({ value: valueAt(path), context: {} }).status !== 'active') return [];
  const node = path.split('.').reduce((at, key) => at.states[key] ?? at, machine.root);
  const steps: string[] = [];
  for (let at: typeof node | undefined = node; at; at = at.parent) {
    const own = at.transitions.get(type);
    if (own) steps.push(...own.map(() => `${at?.id} ${type}`));
    if (own?.some(({ guard }) => guard === undefined)) break;
  }
  return ways(path, type).length > 0 ? steps : [];
}
