/** The life all components share, against a model of it that was written by hand: random histories must not tell them apart. */

import { describe, expect, it } from 'vitest';
import { type Actor, type AnyStateMachine, createActor } from 'xstate';
import type { LifeContext, RemedyOrder } from '../../src/machines/life.ts';
import { fc } from '../fast-check.ts';
import { order, SUBJECTS } from './alphabet.ts';
import type { Told } from './walk.ts';

type Answer = readonly [incident: string, 'done' | 'failed'];

/** What a life is, in the fewest words. */
interface Model {
  phase: 'starting' | 'running' | 'failed' | 'reviving' | 'stopping' | 'stopped';
  /** The incident of the repair under way. */
  repair: string | null;
  bornFor: string | null;
  leavesFor: string | null;
  readonly files: Map<string, boolean>;
  readonly answers: Answer[];
  readonly announced: string[];
}
interface Real {
  readonly actor: Actor<AnyStateMachine>;
  readonly answers: Answer[];
  readonly announced: string[];
}

const evidence = { says: 'a test', figures: {} };

/** What the model does with an event; `expires` machines answer EXPIRE through their effects. */
function tell(model: Model, event: Told, expires: boolean): void {
  const { phase } = model;
  const incident = String(event.incident);
  const run = () => {
    model.phase = 'running';
    model.announced.push('ready');
    if (model.bornFor !== null) model.answers.push([model.bornFor, 'done']);
    model.bornFor = null;
  };
  const fail = () => {
    model.phase = 'failed';
    model.announced.push('failed');
    if (model.bornFor !== null) model.answers.push([model.bornFor, 'failed']);
    model.bornFor = null;
  };
  const mended = (how: 'done' | 'failed') => {
    if (model.repair !== null) model.answers.push([model.repair, how]);
    model.repair = null;
  };
  if (phase === 'stopping') {
    if (event.type === 'CLOSED') model.phase = 'stopped';
    return;
  }
  if (event.type === 'STOP') model.phase = 'stopping';
  else if (event.type === 'RESTART') {
    model.phase = 'stopping';
    model.leavesFor = incident;
  } else if (phase === 'starting') {
    if (event.type === 'OPENED') run();
    if (event.type === 'OPEN_FAILED') fail();
  } else if (phase === 'running') {
    if (event.type === 'REPAIR' && model.repair === null) model.repair = incident;
    else if (event.type === 'REPAIR') model.answers.push([incident, 'failed']);
    if (event.type === 'REPAIRED') mended('done');
    if (event.type === 'REPAIR_FAILED') mended('failed');
    if (event.type === 'EXPIRE' && !expires) model.answers.push([incident, 'failed']);
    if (event.type === 'FILE_SEEN')
      model.files.set(String(event.path), (event.evidence as { badLines: number }).badLines === 0);
  } else if (phase === 'failed' && event.type === 'REPAIR') {
    model.phase = 'reviving';
    model.repair = incident;
  } else if (phase === 'reviving') {
    if (event.type === 'REPAIRED') {
      mended('done');
      model.phase = 'starting';
    }
    if (event.type === 'REPAIR_FAILED') {
      mended('failed');
      fail();
    }
  }
}

function compare({ actor, answers, announced }: Real, model: Model): void {
  const snapshot = actor.getSnapshot();
  const value = snapshot.value as string | Record<string, Record<string, unknown>>;
  const { life } = snapshot.context as LifeContext;
  expect(typeof value === 'string' ? value : Object.keys(value)[0]).toBe(model.phase);
  expect(answers).toEqual(model.answers);
  expect(announced).toEqual(model.announced);
  expect(life.repair?.incident ?? null).toBe(model.repair);
  for (const [path, sound] of model.files) expect(life.files[path]?.badLines === 0).toBe(sound);
  expect(Object.keys(life.files).sort()).toEqual([...model.files.keys()].sort());
  if (model.phase === 'stopped') expect(snapshot.output?.restart?.incident ?? null).toBe(model.leavesFor);
}

const seen = (path: string, badLines: number): Told => ({
  type: 'FILE_SEEN',
  path,
  evidence: { exists: true, writable: true, badLines, says: '', checkedAt: 0 },
});

/** Endings are rare, or no history would get far. */
const events = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Told>({ type: 'OPENED' }, { type: 'CLOSED' }) },
  { weight: 2, arbitrary: fc.constant<Told>({ type: 'OPEN_FAILED', error: 'no rights' }) },
  {
    weight: 8,
    arbitrary: fc.constantFrom<Told>({ type: 'REPAIRED', evidence }, { type: 'REPAIR_FAILED', error: 'ENOSPC' }),
  },
  {
    weight: 8,
    arbitrary: fc.nat(9).map((n): Told => ({ type: 'REPAIR', target: 'log', evidence, ...order(`repair-${n}`) })),
  },
  { weight: 3, arbitrary: fc.nat(9).map((n): Told => ({ type: 'EXPIRE', ...order(`expire-${n}`) })) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('logs/a', 'logs/b'), fc.nat(1)).map(([path, bad]) => seen(path, bad)),
  },
  { weight: 2, arbitrary: fc.constant<Told>({ type: 'CHECK', at: 1 }) },
  { weight: 1, arbitrary: fc.nat(9).map((n): Told => ({ type: 'RESTART', ...order(`restart-${n}`) })) },
  { weight: 1, arbitrary: fc.constant<Told>({ type: 'STOP' }) },
);

describe('the shared life: every order is answered once, by the phase it meets', () => {
  for (const { machine, expires = false } of SUBJECTS) {
    it(machine.id, () => {
      fc.assert(
        fc.property(fc.array(events, { maxLength: 40 }), fc.boolean(), (history, reborn) => {
          const birth = reborn ? order('birth') : null;
          const real = { answers: [] as Answer[], announced: [] as string[] };
          const watched = machine.provide({
            actions: {
              announce: (_: unknown, { as }: { as: string }) => void real.announced.push(as),
              answer: (_: unknown, { order: to, done }: { order: RemedyOrder | null; done: unknown }) => {
                if (to) real.answers.push([to.incident, done ? 'done' : 'failed']);
              },
            },
          } as never);
          const input = { incarnation: 1, restartedBy: birth, startedAt: 0, barMs: 20_000 };
          const actor = createActor(watched, { input }).start();
          const model: Model = {
            phase: 'starting',
            repair: null,
            bornFor: birth?.incident ?? null,
            leavesFor: null,
            files: new Map(),
            answers: [],
            announced: [],
          };
          for (const event of history) {
            actor.send(event);
            tell(model, event, expires);
            compare({ actor, ...real }, model);
            if (model.phase === 'stopped') break;
          }
          actor.stop();
        }),
        { numRuns: 300 },
      );
    });
  }
});
