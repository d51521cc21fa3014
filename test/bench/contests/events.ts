/** Events to one component: ours compiled, supervised and watched by a healer; the others as their handbooks have it. */
import { Subject, scan } from 'rxjs';
import { type ActorLogic, createActor, type Snapshot } from 'xstate';
import { supervise } from '../../../src/healing/index.ts';
import { compile, signalLifecycle } from '../../../src/machines/index.ts';
import { type Contest, cpuMs, perSecond } from '../contest.ts';
import { onOtp } from '../erlang.ts';
import { inPackage } from '../in-package.ts';

const BATCH = 10_000;
const LOSE = { type: 'LOSE' } as const;
const FIND = { type: 'FIND' } as const;
const THERE = [{ type: 'EVALUATE' }, { type: 'APPROVE' }, { type: 'EXECUTE' }] as const;

type Send = (event: { readonly type: string }) => void;
/** Events a CPU second, two of them in turn. */
const rate = (send: Send): number => {
  for (const event of THERE) send(event);
  return perSecond(() => {
    for (let i = 0; i < BATCH; i += 2) {
      send(LOSE);
      send(FIND);
    }
  }, BATCH);
};

/** A turn of the event loop every 10,000 events, in which the healer looks. */
async function turnwise(send: Send, batches: number): Promise<number> {
  const some = async (count: number): Promise<void> => {
    for (let batch = 0; batch < count; batch++) {
      for (let i = 0; i < BATCH; i += 2) {
        send(LOSE);
        send(FIND);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (const event of THERE) send(event);
  await some(batches / 3);
  const began = cpuMs();
  await some(batches);
  return (batches * BATCH * 1_000) / (cpuMs() - began);
}

const state = { value: 'generated' };
function bySwitch({ type }: { readonly type: string }): void {
  switch (state.value) {
    case 'generated':
      if (type === 'EVALUATE') state.value = 'evaluating';
      return;
    case 'evaluating':
      if (type === 'APPROVE') state.value = 'approved';
      return;
    case 'approved':
      if (type === 'EXECUTE') state.value = 'ordered';
      return;
    case 'ordered':
      if (type === 'LOSE') state.value = 'reconciling';
      return;
    case 'reconciling':
      if (type === 'FIND') state.value = 'ordered';
  }
}
const next = (value: string, { type }: { readonly type: string }): string => {
  state.value = value;
  bySwitch({ type });
  return state.value;
};

export const events: Contest = {
  name: 'events',
  says: 'Events to a state machine component: compiled, supervised, its snapshots watched by a healer with an invariant',
  unit: 'events/s',
  better: 'more',
  us: async () => {
    const app = supervise({
      children: [{ id: 'signal', logic: compile(signalLifecycle) }],
      invariants: [
        {
          id: 'signal/has-reason',
          actor: 'signal',
          broken: ({ context: { reason } }) => (reason === '' ? { says: 'blocked for no reason', figures: {} } : null),
        },
      ],
    });
    while (app.ref('signal') === null) await new Promise((resolve) => setTimeout(resolve, 5));
    const figure = await turnwise((event) => app.ref('signal')?.send(event), 1_000);
    await app.stop();
    return figure;
  },
  peers: {
    'plain XState actor': () => {
      const actor = createActor(signalLifecycle).start();
      actor.subscribe(() => undefined);
      return rate(actor.send as Send);
    },
    'compiled, nobody watches': () => rate(createActor(compile(signalLifecycle)).start().send as Send),
    'an XState actor that does nothing': () => {
      const idle = { status: 'active' } as Snapshot<unknown>;
      const logic: ActorLogic<Snapshot<unknown>, { readonly type: string }> = {
        transition: (snapshot) => snapshot,
        getInitialSnapshot: () => idle,
        getPersistedSnapshot: (snapshot) => snapshot,
      };
      return rate(createActor(logic).start().send);
    },
    'RxJS Subject, scan, subscriber': () => {
      const subject = new Subject<{ readonly type: string }>();
      subject.pipe(scan(next, 'generated')).subscribe(() => undefined);
      return rate((event) => subject.next(event));
    },
    'a switch by hand': () => rate(bySwitch),
    'Erlang gen_statem, cast': () => onOtp('cast', 1_000_000),
    'Erlang gen_statem, cast, a million at once': () => onOtp('cast_at_once', 1_000_000),
    'nact, dispatch': () => inPackage('nact.mjs', BATCH),
    'Effect, Queue': () => inPackage('effect.mjs', BATCH),
  },
  wanted: { 'plain XState actor': 20, 'Erlang gen_statem, cast': 5, 'Erlang gen_statem, cast, a million at once': 5 },
};
