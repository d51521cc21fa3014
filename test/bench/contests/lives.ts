/** Whole lives of signals by their ids: create, four steps, end; N are alive at once. And what a live one takes. */
import { createActor, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { SignalRegistry } from '../../../src/actors/signal-registry.ts';
import { signalLifecycle } from '../../../src/machines/index.ts';
import type { SignalState } from '../../../src/machines/messages.ts';
import { bytesHeld, type Contest, cpuMs } from '../contest.ts';
import { onOtp } from '../erlang.ts';

const STATES = ['evaluating', 'approved', 'executing', 'executed', 'learned'] as const satisfies readonly SignalState[];
const STEPS = ['EVALUATE', 'APPROVE', 'EXECUTE', 'FILL', 'LEARN'] as const;
const T0 = 1_746_402_300_000;
const idOf = (n: number): string => `BTCUSDT_${T0 + n}_232e7c0b`;

/** Lives a CPU second: `work` lives `many` of them; once to warm up, then `times`. */
function livesPerSecond(many: number, times: number, work: (round: number) => void): number {
  work(0);
  const began = cpuMs();
  for (let round = 1; round <= times; round++) work(round);
  return (many * times * 1_000) / (cpuMs() - began);
}

const registryOf = (ids: readonly string[], at: number, made = new SignalRegistry({ keepFinished: 1_000 })) => {
  for (const [n, id] of ids.entries()) made.add({ id, symbol: 'BTCUSDT', direction: 'LONG', at: at + n });
  return made;
};

/** A parent as people write it: a child a signal, spoken to by its id, and let go when it is done. */
const parent = setup({
  types: {
    context: {} as object,
    events: {} as { type: 'SPAWN' | 'END'; id: string } | { type: 'TELL'; id: string; say: string },
  },
  actors: { signal: signalLifecycle },
}).createMachine({
  context: {},
  on: {
    SPAWN: { actions: spawnChild('signal', { id: ({ event }) => event.id }) },
    TELL: {
      actions: sendTo(
        ({ event }) => event.id as never,
        ({ event }) => ({ type: (event as { say: string }).say }) as never,
      ),
    },
    END: { actions: stopChild(({ event }) => event.id) },
  },
});

export const lives: Contest = {
  name: 'lives',
  says: "A signal's whole life by its id: create, five steps, the last of which ends it",
  unit: 'lives/s',
  better: 'more',
  us: () => {
    const many = 100_000;
    return livesPerSecond(many, 5, (round) => {
      const ids = Array.from({ length: many }, (_, n) => idOf(round * many + n));
      const made = registryOf(ids, T0);
      for (const state of STATES) for (const id of ids) made.transition(id, state, T0 + many);
    });
  },
  peers: {
    'an XState root actor each': () => {
      const many = 10_000;
      return livesPerSecond(many, 2, () => {
        const actors = Array.from({ length: many }, () => createActor(signalLifecycle).start());
        for (const type of STEPS) for (const actor of actors) actor.send({ type });
      });
    },
    'a child each under one XState parent': () => {
      const many = 2_000;
      return livesPerSecond(many, 1, (round) => {
        const root = createActor(parent).start();
        const ids = Array.from({ length: many }, (_, n) => idOf(round * many + n));
        for (const id of ids) root.send({ type: 'SPAWN', id });
        for (const say of STEPS) for (const id of ids) root.send({ type: 'TELL', id, say });
        for (const id of ids) root.send({ type: 'END', id });
      });
    },
    'an Erlang process (gen_statem) each': () => onOtp('lives', 100_000),
    'a Map and a switch by hand': () => {
      const many = 100_000;
      return livesPerSecond(many, 5, (round) => {
        const ids = Array.from({ length: many }, (_, n) => idOf(round * many + n));
        const made = new Map(ids.map((id, n) => [id, { state: 'generated' as string, at: T0 + n }]));
        for (const state of STATES)
          for (const id of ids) {
            const one = made.get(id);
            if (!one) continue;
            one.state = state;
            one.at = T0 + many;
            if (state === 'learned') made.delete(id);
          }
      });
    },
  },
  wanted: {
    'an XState root actor each': 20,
    'a child each under one XState parent': 500,
    'an Erlang process (gen_statem) each': 5,
  },
};

export const memory: Contest = {
  name: 'memory',
  says: 'Bytes of heap and buffers for each live signal, its id included: ours of 1,000,000, the peers of 10,000',
  unit: 'bytes',
  better: 'less',
  us: async () => {
    const before = await bytesHeld();
    const made = new SignalRegistry();
    for (let n = 0; n < 1_000_000; n++) made.add({ id: idOf(n), symbol: 'BTCUSDT', direction: 'LONG', at: T0 + n });
    const held = (await bytesHeld()) - before;
    if (made.size !== 1_000_000) throw new Error('signals were lost');
    return held / 1_000_000;
  },
  peers: {
    'an XState root actor each': async () => {
      const before = await bytesHeld();
      const actors = Array.from({ length: 10_000 }, () => createActor(signalLifecycle).start());
      const held = (await bytesHeld()) - before;
      return held / actors.length;
    },
    'a Map of objects by hand': async () => {
      const before = await bytesHeld();
      const made = new Map<string, object>();
      for (let n = 0; n < 1_000_000; n++)
        made.set(idOf(n), { state: 'generated', symbol: 'BTCUSDT', at: T0 + n, born: T0 + n });
      return ((await bytesHeld()) - before) / made.size;
    },
  },
  limit: 200,
};
