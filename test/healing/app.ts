/** A supervised app in virtual time, and actors that can be hurt. Nothing here is about trading. */
import { type AnyActorRef, type AnyStateMachine, assign, fromCallback, setup } from 'xstate';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { AppStatus } from '../../src/healing/app-status.ts';
import type { IncidentRecord } from '../../src/healing/ledger.ts';
import { type SuperviseOptions, superviseOn } from '../../src/healing/supervise.ts';

type Given = Omit<SuperviseOptions, 'clock' | 'chance'> & { readonly clock?: VirtualClock };

export function appOf({ clock = new VirtualClock(0), ...options }: Given) {
  const lines: string[] = [];
  const app = superviseOn({ clock, chance: seededChance(1), log: (words) => lines.push(words), ...options });
  const incidents: IncidentRecord[] = [];
  const escalations: string[] = [];
  app.incidents.subscribe((incident) => incidents.push(incident));
  app.escalations.subscribe(({ reason }) => escalations.push(reason));
  /** Every colour of one actor, seen each 100 ms. */
  const colours = (actor: string, ms: number): Set<string> => {
    const seen = new Set<string>();
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      const status: AppStatus = app.status();
      seen.add(status.actors[actor]?.status ?? 'nobody');
    }
    return seen;
  };
  const last = (invariant: string) => incidents.filter((one) => one.invariant === invariant).at(-1);
  const context = (id: string) => (app.ref(id) as AnyActorRef).getSnapshot().context;
  return { app, clock, lines, incidents, escalations, colours, last, context };
}

type CounterEvent = { type: 'ADD'; n: number } | { type: 'BOOM' } | { type: 'END' } | { type: 'TICK' };

/** Adds numbers, ticks each second while it lives (`ticks` is told), crashes on BOOM and is done on END. */
export const counter = (ticks: () => void = () => undefined, clock?: VirtualClock): AnyStateMachine =>
  setup({
    types: { context: {} as { sum: number }, events: {} as CounterEvent },
    actors: {
      ticker: fromCallback(() => {
        if (!clock) return undefined;
        let timer = clock.setTimeout(function tick() {
          ticks();
          timer = clock.setTimeout(tick, 1_000);
        }, 1_000);
        return () => clock.clearTimeout(timer);
      }),
    },
    actions: {
      add: assign({ sum: ({ context, event }) => context.sum + (event.type === 'ADD' ? event.n : 0) }),
      boom: () => {
        throw new Error('boom');
      },
    },
  }).createMachine({
    context: { sum: 0 },
    invoke: { src: 'ticker' },
    initial: 'counting',
    states: {
      counting: { on: { ADD: { actions: 'add' }, BOOM: { actions: ['add', 'boom'] }, END: 'over' } },
      over: { type: 'final' },
    },
  }) as unknown as AnyStateMachine;
