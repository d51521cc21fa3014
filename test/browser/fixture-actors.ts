/** The bot's own machines in made-up states, with events and steps between them. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type * as api from '../../src/inspector/contract.ts';
import { machineView } from '../../src/inspector/machine-view.ts';
import * as machines from '../../src/machines/index.ts';
import { walk } from './fixture-walk.ts';

type Node = AnyStateNode;

const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === 'object' && value !== null && 'root' in value && 'config' in value;
const ALL = Object.values<unknown>(machines).filter(isMachine);

const VIEWS = ALL.map(machineView);
export const fixtureMachines = (): readonly api.MachineView[] => VIEWS;

/** The value of a node when its initial states are entered, with `running` preferred, as a component at work has it. */
function restingValue(node: Node): unknown {
  if (node.type === 'parallel')
    return Object.fromEntries(Object.values(node.states).map((child) => [child.key, restingValue(child)]));
  const children = Object.values(node.states);
  const first =
    children.find(({ key }) => key === 'running') ?? (node.type === 'compound' ? node.initial.target[0] : undefined);
  if (!first) return {};
  const below = restingValue(first as Node);
  return Object.keys(below as object).length === 0 && typeof below === 'object' ? first.key : { [first.key]: below };
}

export const fixtureActors = (now: number, overview: api.Overview): readonly api.ActorView[] => [
  {
    id: 'bot',
    parent: null,
    machine: null,
    status: 'active',
    value: 'running',
    incarnation: 1,
    health: overview.verdict.health,
    mail: null,
    events: 4_100,
    taken: [],
    since: now - 86_000_000,
  },
  ...ALL.filter(({ id }) => id !== 'signal').map((machine, index): api.ActorView => {
    const component = overview.components.find(({ actor }) => actor === machine.id);
    return {
      id: machine.id,
      parent: machine.id === 'architectureHealing' ? 'healingOperator' : 'bot',
      machine: machine.id,
      status: component?.health === 'red' ? 'error' : 'active',
      value: restingValue(machine.root),
      incarnation: component?.health === 'red' ? 4 : 1,
      health: component?.health ?? null,
      mail: { accepted: 18_000 + index, processed: 18_000 + index, held: 0 },
      events: 18_000 + index * 31,
      taken: [],
      since: now - index * 7_000,
    };
  }),
];

const transitionsOf = (state: api.StateView): readonly api.TransitionView[] => [
  ...state.transitions,
  ...state.children.flatMap(transitionsOf),
];
const rootOf = (machine: string | null): api.StateView | null =>
  fixtureMachines().find(({ id }) => id === machine)?.root ?? null;

const eventOf = (actor: api.ActorView, seq: number, at: number): api.ActorEvent => {
  const root = rootOf(actor.machine);
  const all = root ? transitionsOf(root).filter(({ event }) => !event.startsWith('xstate.')) : [];
  const taken = all[seq % Math.max(1, all.length)];
  return {
    seq,
    at,
    from: seq % 3 === 0 ? null : 'signalBus',
    to: actor.id,
    type: taken?.event ?? 'TICK',
    event: { type: taken?.event ?? 'TICK', seq },
    value: actor.value,
    changed: (taken?.targets.length ?? 0) > 0,
    taken: taken ? [taken.id] : [],
  };
};

/** A number from 0 to 1 that is the same for the same n. */
const noise = (n: number): number => {
  const x = Math.sin(n * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
};
const EVERY_MS = 4_100;
const A_WALK = 40;

/** Steps of one actor: a walk that begins anew every so often, so that any time can be asked for. */
function stepsOf(actor: api.ActorView, order: number, from: number, to: number): readonly api.Step[] {
  const root = rootOf(actor.machine);
  if (!root) return [];
  const every = EVERY_MS * (1 + (order % 5));
  const long = every * A_WALK;
  const found: api.Step[] = [];
  for (let lap = Math.floor(from / long); lap * long <= to; lap++) {
    const picks = Array.from({ length: A_WALK }, (_, n) => Math.floor(noise(lap * 97 + n + order * 13) * 1_000));
    walk(root, actor.value, picks).forEach(({ was, value, transition }, n) => {
      const at = Math.round(lap * long + n * every + noise(n + order) * every * 0.8);
      if (at < from || at > to) return;
      found.push({
        n: lap * A_WALK + n + order * 1e7,
        at,
        actor: actor.id,
        event: transition.event,
        from: n % 3 === 0 ? null : n % 2 === 0 ? 'signalBus' : 'healingOperator',
        was: n === 0 ? actor.value : was,
        value: n === A_WALK - 1 ? actor.value : value,
        taken: [transition.id],
        diff: n % 2 === 0 ? [{ key: 'attempts', was: n, is: n + 1 }] : [],
      });
    });
  }
  return found;
}

const steps = (actors: readonly api.ActorView[], from: number, to: number): readonly api.Step[] =>
  actors.flatMap((actor, order) => stepsOf(actor, order, from, to)).sort((a, b) => a.at - b.at);

export const MOMENT_STEPS = {
  events: (actors: readonly api.ActorView[]): readonly api.ActorEvent[] =>
    Array.from({ length: 200 }, (_, n) =>
      eventOf(actors[n % actors.length] as api.ActorView, n, (actors[0]?.since ?? 0) + n * 1_000),
    ),
  detail: (id: string, actors: readonly api.ActorView[]): api.ActorDetail | null => {
    const actor = actors.find((one) => one.id === id);
    if (!actor) return null;
    const root = rootOf(actor.machine);
    const all = root ? transitionsOf(root) : [];
    return {
      ...actor,
      context: {
        life: {
          incarnation: actor.incarnation,
          files: { 'logs/signal_bus.jsonl': { exists: true, writable: true, badLines: 0 } },
          fault: null,
        },
        lastSeq: 18_204,
        waiting: 0,
      },
      log: Array.from({ length: 30 }, (_, n) => eventOf(actor, n, actor.since + n * 900)),
      accepts: [...new Set(all.map(({ event }) => event))].filter(
        (event) => event !== '' && !event.startsWith('xstate.'),
      ),
      visits: Object.fromEntries(all.filter((_, n) => n % 2 === 0).map(({ id: transition }, n) => [transition, n + 1])),
    };
  },
  momentAt: (at: number, actors: readonly api.ActorView[]): api.Moment['actors'] =>
    actors.map(({ id, machine, value, status, incarnation, since, taken }, order) => ({
      id,
      machine,
      value: stepsOf(actors[order] as api.ActorView, order, at - 300_000, at).at(-1)?.value ?? value,
      status,
      incarnation,
      since: Math.min(since, at),
      taken,
      context: { attempts: 2, fault: null },
    })),
  page: (
    { from, to, actor, limit }: { from: number; to: number; actor?: string; limit: number },
    actors: readonly api.ActorView[],
  ): api.StepPage => {
    const found = steps(actors, from, to).filter((one) => actor === undefined || one.actor === actor);
    return { steps: found.slice(0, limit), more: found.length > limit };
  },
  move: (
    actors: readonly api.ActorView[],
    seq: number,
  ): { readonly actor: api.ActorView; readonly event: api.ActorEvent } => {
    const actor = actors[1 + (seq % (actors.length - 1))] as api.ActorView;
    const root = rootOf(actor.machine);
    const turn = Math.floor(seq / (actors.length - 1));
    const picks = Array.from({ length: (turn % A_WALK) + 1 }, (_, n) =>
      Math.floor(noise(n + (seq % (actors.length - 1))) * 1_000),
    );
    const last = root ? walk(root, actor.value, picks).at(-1) : undefined;
    const event: api.ActorEvent = {
      seq: 200 + seq,
      at: Date.now(),
      from: seq % 3 === 0 ? null : 'signalBus',
      to: actor.id,
      type: last?.transition.event ?? 'TICK',
      event: { type: last?.transition.event ?? 'TICK', seq },
      value: last?.value ?? actor.value,
      changed: JSON.stringify(last?.was) !== JSON.stringify(last?.value),
      taken: last ? [last.transition.id] : [],
    };
    return {
      actor: { ...actor, value: event.value, events: actor.events + seq, taken: event.taken, since: event.at },
      event,
    };
  },
};
