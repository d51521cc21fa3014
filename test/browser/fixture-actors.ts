/** The bot's own machines in made-up states, with events and steps between them. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type * as api from '../../src/inspector/contract.ts';
import { machineView } from '../../src/inspector/machine-view.ts';
import * as machines from '../../src/machines/index.ts';

type Node = AnyStateNode;

const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === 'object' && value !== null && 'root' in value && 'config' in value;
const ALL = Object.values(machines).filter(isMachine);

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

const steps = (actors: readonly api.ActorView[], from: number, to: number): readonly api.Step[] =>
  Array.from({ length: 120 }, (_, n): api.Step => {
    const actor = actors[(n * 7) % actors.length] as api.ActorView;
    const event = eventOf(actor, n, from + ((to - from) * n) / 120);
    return {
      n,
      at: event.at,
      actor: actor.id,
      event: event.type,
      from: event.from,
      was: actor.value,
      value: actor.value,
      taken: event.taken,
      diff: [{ key: 'attempts', was: n, is: n + 1 }],
    };
  });

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
    actors.map(({ id, machine, value, status, incarnation, since, taken }) => ({
      id,
      machine,
      value,
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
    const event = eventOf(actor, seq, Date.now());
    return { actor: { ...actor, events: actor.events + seq, taken: event.taken }, event };
  },
};
