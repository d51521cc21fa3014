/** A machine and the same machine compiled, side by side: what is told to one is told to the other, and they must not differ. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import {
  type AnyActor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type InspectionEvent,
  SimulatedClock,
} from 'xstate';
import { compile } from '../../../src/machines/index.ts';

/** What a machine's implementations note; each twin gets one of its own. */
export type Note = (what: string, ...details: readonly unknown[]) => void;
export type Making = (note: Note) => AnyStateMachine;

/** All that can be seen of a snapshot, as plain values. */
export function portrait(snapshot: AnyMachineSnapshot, events: readonly EventObject[]): object {
  const { status, error } = snapshot;
  // A guard that throws makes the actor fail, and is no matter of what a snapshot can do.
  const can = (event: EventObject): boolean | string => {
    try {
      return snapshot.can(event);
    } catch (thrown) {
      return String(thrown);
    }
  };
  return {
    value: snapshot.value,
    context: structuredClone(snapshot.context),
    status,
    output: snapshot.output,
    error: error === undefined ? null : String(error),
    tags: [...(snapshot.tags ?? [])].sort(),
    meta: typeof snapshot.getMeta === 'function' && status !== 'error' ? snapshot.getMeta() : null,
    can: status === 'active' ? events.map(can) : [],
    children: Object.entries<AnyActorRef | undefined>(snapshot.children ?? {}).map(([id, child]) => [
      id,
      child?.getSnapshot().status,
    ]),
    nodes: (snapshot._nodes ?? []).map(({ id }: { id: string }) => id).sort(),
  };
}

class Twin {
  readonly notes: unknown[] = [];
  readonly steps: unknown[] = [];
  readonly clock = new SimulatedClock();
  readonly #logic: AnyActorLogic;
  actor: AnyActor;

  constructor(making: Making, logicOf: (machine: AnyStateMachine) => AnyActorLogic) {
    this.#logic = logicOf(making((what, ...details) => this.notes.push([what, ...structuredClone(details)])));
    this.actor = this.#start(undefined);
  }

  #start(snapshot: unknown): AnyActor {
    const actor = createActor(this.#logic, {
      clock: this.clock,
      logger: (...words) => this.notes.push(['logged', ...words]),
      inspect: (event) => this.#inspected(event),
      ...(snapshot !== undefined && { snapshot: snapshot as never }),
    });
    actor.on('*', (emitted) => this.notes.push(['emitted', emitted]));
    actor.subscribe({
      next: () => this.notes.push('next'),
      error: (error) => this.notes.push(`error ${typeof error}`),
    });
    return actor.start();
  }

  #inspected(event: InspectionEvent): void {
    const told = event as {
      type: string;
      event?: EventObject;
      snapshot?: AnyMachineSnapshot;
      _transitions?: unknown[];
    };
    if (told.type !== '@xstate.microstep') return;
    const { value, status } = told.snapshot ?? {};
    const taken = (told._transitions ?? []).map((one) => {
      const { source, eventType } = one as { source: { id: string }; eventType: string };
      return `${source.id} ${eventType}`;
    });
    this.steps.push([told.event?.type, value, status, taken]);
  }

  /** Ends the actor and starts another, from a persisted snapshot or from the beginning. */
  revive(snapshot: unknown): void {
    this.actor.stop();
    this.actor = this.#start(snapshot);
  }

  get snapshot(): AnyMachineSnapshot {
    return this.actor.getSnapshot() as AnyMachineSnapshot;
  }
}

export class Twins {
  readonly plain: Twin;
  readonly compiled: Twin;
  readonly #events: readonly EventObject[];
  #told = 0;

  constructor(
    making: Making,
    events: readonly EventObject[],
    twinOf: (machine: AnyStateMachine) => AnyActorLogic = (machine) => compile(machine) as AnyActorLogic,
  ) {
    this.#events = events;
    this.plain = new Twin(making, (machine) => machine);
    this.compiled = new Twin(making, twinOf);
    this.agree();
  }

  get status(): string {
    return this.plain.snapshot.status;
  }

  /** Tells both, and compares all that can be seen: the snapshot, whether it is a new object, what was done and in which steps. */
  send(event: EventObject): void {
    const before = [this.plain.snapshot, this.compiled.snapshot];
    this.plain.actor.send(event);
    this.compiled.actor.send(event);
    const same = [this.plain.snapshot === before[0], this.compiled.snapshot === before[1]];
    if (same[0] !== same[1]) expect(same[1], `the same snapshot after ${event.type}`).toBe(same[0]);
    this.agree();
  }

  /** Both begin anew. */
  again(): void {
    this.plain.revive(undefined);
    this.compiled.revive(undefined);
    this.agree();
  }

  pass(ms: number): void {
    this.plain.clock.increment(ms);
    this.compiled.clock.increment(ms);
    this.agree();
  }

  /** Each goes on as the other would: snapshots of a machine and of its compiled twin are the same. */
  swap(): void {
    const persisted = [this.plain, this.compiled].map(({ actor }) =>
      JSON.parse(JSON.stringify(actor.getPersistedSnapshot())),
    );
    expect(persisted[1]).toEqual(persisted[0]);
    this.plain.revive(persisted[1]);
    this.compiled.revive(persisted[0]);
    this.agree();
  }

  /** What can be seen of both is the same. All events are asked after at first, then one at a time, in turn. */
  agree(): void {
    const asked = this.#told++ === 0 ? this.#events : this.#events.slice(this.#told % this.#events.length).slice(0, 1);
    const seenOf = ({ snapshot, notes, steps }: Twin): object => ({ ...portrait(snapshot, asked), notes, steps });
    const [plain, compiled] = [seenOf(this.plain), seenOf(this.compiled)];
    // vitest's own comparison takes a hundred times as long; it is asked for what it can show.
    if (!isDeepStrictEqual(compiled, plain)) expect(compiled).toEqual(plain);
    for (const { notes, steps } of [this.plain, this.compiled]) {
      notes.length = 0;
      steps.length = 0;
    }
  }
}
