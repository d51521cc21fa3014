/**
 * Signals under any history of requests, expiries, refusals of the disk and restarts: each goes only where its life allows, what the
 * log says is what is known, and after a restart it is what the log says.
 */

import { describe, expect, it } from 'vitest';
import { OLD_AFTER_MS, STUCK_AFTER_MS } from '../../../src/actors/state-machine.ts';
import { SIGNAL_STATES, type SignalState } from '../../../src/machines/messages.ts';
import { fc } from '../../fast-check.ts';
import { type Command, holdOver } from './commands.ts';
import { SignalBench } from './signal-bench.ts';

const EDGES: Readonly<Record<SignalState, readonly SignalState[]>> = {
  generated: ['evaluating', 'expired'],
  evaluating: ['approved', 'blocked', 'expired'],
  approved: ['executing', 'expired'],
  executing: ['executed', 'expired'],
  executed: ['learned'],
  blocked: ['learned'],
  expired: [],
  learned: [],
};
const UNFINISHED: readonly SignalState[] = ['generated', 'evaluating', 'approved', 'executing'];
type Fate = 'open' | 'unknown' | 'closed';
const FATES: readonly Fate[] = ['open', 'unknown', 'closed'];

interface Step {
  readonly state: SignalState;
  readonly at: number;
}
interface Life {
  /** In the log. */
  readonly logged: Step[];
  /** Waits for the disk. */
  waiting: Step[];
  /** Where it is; `null` while its birth waits for the disk. */
  known: Step | null;
  fate: Fate;
}
interface Model {
  readonly lives: Map<string, Life>;
  count: number;
  refusing: boolean;
  /** Of each expiry that was ordered of this process, what was to come of it. */
  expiries: (number | 'none')[];
}
type Given = Command<Model, SignalBench>;

const last = ({ known }: Life): Step | null => known;

const may = (life: Life | undefined, to: SignalState): boolean => {
  const from = life && last(life)?.state;
  if (!life || !from || !EDGES[from].includes(to)) return false;
  return !(from === 'executing' && to === 'expired' && life.fate !== 'closed');
};

/** The life takes the step, if it may. */
function go(model: Model, id: string, to: SignalState, at: number): boolean {
  const life = model.lives.get(id);
  if (!life || !may(life, to)) return false;
  life.known = { state: to, at };
  (model.refusing ? life.waiting : life.logged).push(life.known);
  life.fate = 'open';
  return true;
}

const rests = (life: Life, now: number, forMs: number): boolean => {
  const step = last(life);
  return step !== null && UNFINISHED.includes(step.state) && now - step.at > forMs;
};
const isOld = (life: Life, now: number): boolean => {
  const step = last(life);
  return step !== null && UNFINISHED.includes(step.state) && now - (life.logged[0]?.at ?? now) > OLD_AFTER_MS;
};
const isOrdered = (life: Life): boolean => last(life)?.state === 'executing' && life.fate !== 'closed';

/** Nobody remembers what became of orders: they may be out there. */
const forgetFates = ({ lives }: Model): void => {
  for (const life of lives.values()) life.fate = 'open';
};

const nth = fc.nat(8);
const idOf = ({ count }: Model, place: number): string => `BTCUSDT_${(place % Math.max(1, count)) + 1}_0`;
const state = fc.constantFrom(...SIGNAL_STATES);
/** Mostly a step that its life allows: random ones are mostly refused. */
const target = (model: Model, id: string, wild: SignalState, tame: number): SignalState => {
  const life = model.lives.get(id);
  const edges = life ? EDGES[last(life)?.state ?? 'learned'] : [];
  // The first of them leads on to an order.
  return tame > 0 && edges.length > 0 ? (edges[tame > 4 ? tame % edges.length : 0] ?? wild) : wild;
};

const emit = fc.constant<Given>({
  says: 'emit',
  run: async (model, real) => {
    const id = `BTCUSDT_${++model.count}_0`;
    const born: Step = { state: 'generated', at: real.now };
    const [logged, waiting, known] = model.refusing ? [[], [born], null] : [[born], [], born];
    model.lives.set(id, { logged, waiting, known, fate: 'open' });
    await real.emit(id);
  },
});
const move = fc.tuple(nth, state, fc.nat(6)).map(
  ([place, wild, tame]): Given => ({
    says: `move ${place} (${wild}, ${tame})`,
    when: ({ count }) => count > 0,
    run: async (model, real) => {
      const id = idOf(model, place);
      const to = target(model, id, wild, tame);
      go(model, id, to, real.now);
      await real.move(id, to);
    },
  }),
);
const intent = fc.tuple(nth, fc.constantFrom(...FATES)).map(
  ([place, fate]): Given => ({
    says: `the order of ${place} is ${fate}`,
    when: ({ count }) => count > 0,
    run: async (model, real) => {
      const life = model.lives.get(idOf(model, place));
      if (life && last(life)?.state === 'executing' && life.fate !== 'closed') life.fate = fate;
      await real.intent(idOf(model, place), fate);
    },
  }),
);
const expireSome = fc.array(nth, { minLength: 1, maxLength: 3 }).map(
  (places): Given => ({
    says: `expire ${places}`,
    when: ({ count }) => count > 0,
    run: async (model, real) => {
      const signalIds = places.map((place) => idOf(model, place));
      const done = signalIds.filter((id) => go(model, id, 'expired', real.now)).length;
      model.expiries.push(done === 0 ? 'none' : done);
      await real.expire({ signalIds });
    },
  }),
);
const expireOld = fc.constantFrom(600_000, 3_600_000).map(
  (olderThan): Given => ({
    says: `expire what rests for ${olderThan} ms`,
    run: async (model, real) => {
      const ids = [...model.lives].filter(
        ([, life]) => (rests(life, real.now, olderThan) || isOld(life, real.now)) && !isOrdered(life),
      );
      model.expiries.push(ids.filter(([id]) => go(model, id, 'expired', real.now)).length);
      await real.expire({ olderThan });
    },
  }),
);
const restart = fc.constantFrom('stop' as const, 'cut' as const).map(
  (how): Given => ({
    says: `restart by ${how}`,
    run: async (model, real) => {
      forgetFates(model);
      await real.restart(how);
    },
  }),
);
const die = fc.tuple(nth, fc.nat(6)).map(
  ([place, tame]): Given => ({
    says: `move ${place} (${tame}), and the process dies`,
    when: ({ count }) => count > 0,
    run: async (model, real) => {
      const id = idOf(model, place);
      const to = target(model, id, 'expired', tame);
      const at = real.now;
      const could = may(model.lives.get(id), to);
      await real.moveAndDie(id, to);
      // Nobody was told that it is in the log, and it may be; what the disk refused is not.
      const logged = await real.logged();
      for (const [one, life] of model.lives) {
        life.waiting = [];
        life.known = life.logged.at(-1) ?? null;
        if (life.logged.length === 0) model.lives.delete(one);
      }
      const life = model.lives.get(id);
      if (could && life && (logged.get(id)?.length ?? 0) > life.logged.length) {
        life.known = { state: to, at };
        life.logged.push(life.known);
      }
      forgetFates(model);
      model.expiries = [];
    },
  }),
);
const refuse = fc.constant<Given>({
  says: 'the disk refuses',
  when: ({ refusing }) => !refusing,
  run: async (model, real) => {
    model.refusing = true;
    real.refuse();
  },
});
const accept = fc.constant<Given>({
  says: 'the disk accepts again',
  when: ({ refusing }) => refusing,
  run: async (model, real) => {
    model.refusing = false;
    for (const life of model.lives.values()) {
      life.logged.push(...life.waiting.splice(0));
      life.known = life.logged.at(-1) ?? null;
    }
    await real.accept();
  },
});
const wait = fc
  .constantFrom(607_000, 4_213_000, 8_000_000)
  .map((ms): Given => ({ says: `${ms} ms go by`, run: (_, real) => real.wait(ms) }));
const checkpoint = fc.constant<Given>({
  says: 'a checkpoint is made',
  when: ({ refusing }) => !refusing,
  run: (_, real) => real.checkpoint(),
});

async function laws({ lives, expiries }: Model, real: SignalBench): Promise<void> {
  const figures = await real.figures();
  const known = [...lives.values()].flatMap((life) => last(life)?.state ?? []);
  for (const name of SIGNAL_STATES)
    expect(figures.byState[name], name).toBe(known.filter((one) => one === name).length);
  expect(figures.total).toBe(known.length);
  const now = real.now;
  const all = [...lives.values()];
  expect(figures.stuckCount).toBe(all.filter((life) => rests(life, now, STUCK_AFTER_MS)).length);
  expect(figures.oldCount).toBe(all.filter((life) => isOld(life, now)).length);
  expect(figures.unknownStates).toEqual([]);
  const written = [...lives].filter(([, { logged }]) => logged.length > 0);
  expect(Object.fromEntries(await real.logged())).toEqual(
    Object.fromEntries(written.map(([id, { logged }]) => [id, logged.map((step) => step.state)])),
  );
  for (const history of (await real.logged()).values())
    for (const [index, to] of history.slice(1).entries()) expect(EDGES[history[index] as SignalState]).toContain(to);
  // Each is answered once, with what came of it.
  expect(real.expired()).toEqual(expiries.map((expired, index) => [`i-${index + 1}`, expired]));
}

describe('the signals of a bot', () => {
  it('go only where their lives allow, and are after a restart what the log says', async () => {
    await holdOver<Model, SignalBench>({
      file: 'signals.test.ts',
      commands: [
        emit,
        emit,
        move,
        move,
        move,
        intent,
        expireSome,
        expireOld,
        restart,
        die,
        refuse,
        accept,
        wait,
        checkpoint,
      ],
      begin: async () => {
        const real = await SignalBench.begin();
        return {
          model: { lives: new Map(), count: 0, refusing: false, expiries: [] },
          real,
          end: () => real.end(),
        };
      },
      laws,
      runs: 40,
      most: 40,
    });
  });
});
