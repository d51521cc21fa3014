import { appendFileSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnyActorRef, assign, createActor, setup } from 'xstate';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { type FlightLine, flightLine, flightNumber, type StepLine } from '../../src/inspector/flight-line.ts';
import { type FlightLimits, flightRecorder } from '../../src/inspector/flight-recorder.ts';
import { createRecorder } from '../../src/inspector/recorder.ts';
import { faultyFiles } from '../faults/faulty-files.ts';

const CANARY = 'canary-0123456789';

const lamp = setup({
  types: {
    context: {} as { flips: number; note: string; apiKey: string; deep: { list: number[] } },
    events: {} as { type: 'FLIP' } | { type: 'NOTE'; text: string } | { type: 'END' },
  },
}).createMachine({
  id: 'lamp',
  context: { flips: 0, note: '', apiKey: CANARY, deep: { list: [1, 2] } },
  initial: 'off',
  on: {
    NOTE: { actions: assign({ note: ({ event }) => event.text }) },
    END: '.over',
  },
  states: {
    off: { on: { FLIP: { target: 'on', actions: assign({ flips: ({ context }) => context.flips + 1 }) } } },
    on: { on: { FLIP: { target: 'off', actions: assign({ flips: ({ context }) => context.flips + 1 }) } } },
    over: { type: 'final' },
  },
});

async function flight({ root = mkdtempSync(join(tmpdir(), 'flight-')), limits = {} as Partial<FlightLimits> } = {}) {
  const clock = new VirtualClock(1_000_000);
  const files = faultyFiles(nodeFiles(root, { durability: 'written', watched: false }));
  const redactor = new Redactor();
  redactor.register(CANARY);
  const said: string[] = [];
  const log = { info: (words: string) => void said.push(words), warn: (words: string) => void said.push(words) };
  const parts = { now: () => clock.now(), timer: clock, redact: <T>(value: T) => redactor.value(value) };
  const recorder = createRecorder(parts);
  const recording = flightRecorder({ ...parts, source: recorder, files, log, limits });
  const actor = createActor(lamp, { systemId: 'lamp', clock, inspect: recorder.inspect });
  const segments = () =>
    readdirSync(join(root, 'run/flight'))
      .filter((name) => flightNumber(name) !== null)
      .sort((a, b) => Number(flightNumber(a)) - Number(flightNumber(b)))
      .map((name) => join(root, 'run/flight', name));
  const linesOf = (path: string): FlightLine[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => flightLine.parse(JSON.parse(line)));
  const steps = () =>
    segments()
      .flatMap(linesOf)
      .filter((line): line is StepLine => 'n' in line);
  return { root, clock, files, said, recorder, recording, actor, segments, linesOf, steps };
}

describe('the flight recorder', () => {
  it('writes births, changes of state and ends, with the plain values that changed, and nothing that is secret', async () => {
    const { clock, recording, actor, segments, linesOf, steps } = await flight();
    actor.start();
    actor.send({ type: 'FLIP' });
    actor.send({ type: 'NOTE', text: `it holds ${CANARY} inside` });
    clock.advance(1_000);
    actor.send({ type: 'FLIP' });
    actor.send({ type: 'END' });
    await recording.close();

    const [path = ''] = segments();
    expect(linesOf(path)[0]).toEqual({ keyframe: true, at: 1_000_000, actors: [] });
    expect(steps().map(({ n, event, was, value, status }) => [n, event, was, value, status])).toEqual([
      [1, 'xstate.init', null, 'off', 'active'],
      [2, 'FLIP', 'off', 'on', 'active'],
      [3, 'FLIP', 'on', 'off', 'active'],
      [4, 'END', 'off', 'over', 'done'],
    ]);
    const [born, first, second] = steps();
    expect(born?.context).toMatchObject({
      flips: [null, 0],
      apiKey: [null, '[redacted]'],
      deep: [null, '{"list":[1,2]}'],
    });
    expect(first).toMatchObject({
      taken: ['lamp.off|FLIP|0'],
      context: { flips: [0, 1] },
      machine: 'lamp',
      from: null,
    });
    expect(second).toMatchObject({
      at: 1_001_000,
      context: { flips: [1, 2], note: ['', 'it holds [redacted] inside'] },
    });
    expect(readFileSync(path, 'utf8')).not.toContain(CANARY);
  });

  it('begins a new segment with each life, and a tail torn by a kill stays where it was', async () => {
    const one = await flight();
    one.actor.start();
    await one.recording.close();
    const [path = ''] = one.segments();
    appendFileSync(path, '{"n":9,"at":');
    const two = await flight({ root: one.root });
    two.actor.start();
    await two.recording.close();
    expect(two.segments().map((name) => flightNumber(name))).toEqual([0, 1]);
    expect(readFileSync(path, 'utf8').endsWith('{"n":9,"at":')).toBe(true);
    expect(two.linesOf(two.segments()[1] ?? '')).toHaveLength(2);
  });

  it('keeps two segments: the older gives its place to the next, which begins with all actors as they are', async () => {
    const { clock, recording, actor, segments, linesOf, steps } = await flight({ limits: { segmentBytes: 600 } });
    actor.start();
    for (let i = 0; i < 20; i++) {
      actor.send({ type: 'FLIP' });
      await clock.advanceAsync(600);
    }
    await recording.close();
    expect(segments()).toHaveLength(2);
    for (const path of segments()) {
      expect(statSync(path).size).toBeLessThan(1_500);
      expect(linesOf(path)[0]).toMatchObject({
        keyframe: true,
        actors: [{ id: 'lamp', machine: 'lamp', status: 'active' }],
      });
    }
    const kept = steps().map(({ n }) => n);
    expect(kept.at(-1)).toBe(21);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 21 - kept.length + 1 + i));
  });

  it('draws steps together that come faster than it may write, and the states it tells still join', async () => {
    const { clock, recording, actor, steps } = await flight({ limits: { steps: { perSecond: 5, burst: 5 } } });
    actor.start();
    for (let i = 0; i < 300; i++) actor.send({ type: 'FLIP' });
    await clock.advanceAsync(600);
    actor.send({ type: 'FLIP' });
    await recording.close();
    const all = steps();
    expect(all.length).toBeLessThan(10);
    expect(all.at(-1)).toMatchObject({ n: 302, value: 'on' });
    for (const [i, step] of all.entries()) if (i > 0) expect(step.was).toEqual(all[i - 1]?.value);
    expect(all.reduce((flips, { context }) => (context.flips?.[1] as number) ?? flips, 0)).toBe(301);
  });

  it('stops on a full disk, says so once, hurts no actor, and goes on later with all actors as they are', async () => {
    const { clock, files, said, recording, actor, segments, linesOf } = await flight({ limits: { againMs: 5_000 } });
    actor.start();
    await clock.advanceAsync(600);
    files.faults.push(
      { operation: 'append', path: /flight/, code: 'ENOSPC', short: 10 },
      { operation: 'writeWhole', path: /flight/, code: 'ENOSPC' },
    );
    for (let i = 0; i < 30; i++) {
      actor.send({ type: 'FLIP' });
      await clock.advanceAsync(600);
    }
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('disk is full');
    expect(actor.getSnapshot().context.flips).toBe(30);
    files.faults.length = 0;
    await clock.advanceAsync(6_000);
    actor.send({ type: 'FLIP' });
    await recording.close();
    expect(said).toEqual([said[0], 'the flight recorder writes again']);
    const lines = linesOf(segments().at(-1) ?? '');
    expect(lines[0]).toMatchObject({ keyframe: true, actors: [{ id: 'lamp', value: 'off', context: { flips: 30 } }] });
    expect(lines.at(-1)).toMatchObject({ was: 'off', value: 'on', context: { flips: [30, 31] } });
  });

  it('writes in batches, by the wall: nothing in the path of an event touches the disk', async () => {
    const { clock, files, recording, actor } = await flight();
    actor.start();
    await clock.advanceAsync(600);
    const before = files.log.length;
    for (let i = 0; i < 100; i++) actor.send({ type: 'FLIP' });
    expect(files.log.length).toBe(before);
    await clock.advanceAsync(600);
    expect(files.log.slice(before).filter((word) => !/\/steps-\d+\.ndjson$/.test(word))).toEqual([]);
    expect(files.log.length - before).toBe(1);
    await recording.close();
  });

  it('tells of a child that crashed', async () => {
    const { recorder, clock, recording, steps } = await flight();
    const child = setup({}).createMachine({
      id: 'child',
      initial: 'well',
      states: {
        well: {
          on: {
            BOOM: {
              actions: () => {
                throw new Error('boom');
              },
            },
          },
        },
      },
    });
    const parent = setup({ actors: { child } }).createMachine({
      id: 'parent',
      invoke: { src: 'child', id: 'child', systemId: 'kid' },
      on: { 'xstate.error.actor.*': {} },
    });
    const actor = createActor(parent, { clock, inspect: recorder.inspect }).start();
    (actor.system.get('kid') as AnyActorRef).send({ type: 'BOOM' });
    await recording.close();
    expect(steps().at(-1)).toMatchObject({ actor: 'kid', event: 'BOOM', was: 'well', value: 'well', status: 'error' });
  });
});
