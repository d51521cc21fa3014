import { describe, expect, it } from 'vitest';
import {
  type AnyActorRef,
  assign,
  createActor,
  fromCallback,
  fromTransition,
  type InspectionEvent,
  sendTo,
  setup,
} from 'xstate';
import { Redactor } from '../../src/adapters/redactor.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { superviseOn } from '../../src/healing/supervise.ts';
import { machineView } from '../../src/inspector/machine-view.ts';
import { compile } from '../../src/machines/index.ts';
import { counter } from '../healing/app.ts';
import { recording } from './recording-habitat.ts';

const lamp = setup({
  types: { events: {} as { type: 'FLIP'; secret?: string } | { type: 'BOOM' } | { type: 'END' } },
  actions: {
    boom: () => {
      throw new Error('the bulb burst');
    },
  },
}).createMachine({
  id: 'lamp',
  initial: 'off',
  on: { BOOM: { actions: 'boom' }, END: '.over' },
  states: { off: { on: { FLIP: 'on' } }, on: { on: { FLIP: 'off', BOOM: {} } }, over: { type: 'final' } },
});

const house = setup({
  types: { events: {} as { type: 'PRESS' } | { type: 'ASK' } | { type: 'BREAK' } | { type: 'WAIT.LONG' } },
  actors: { lamp, ticker: fromCallback(() => undefined) },
}).createMachine({
  id: 'house',
  invoke: [
    { src: 'lamp', id: 'lamp', systemId: 'lamp' },
    { src: 'ticker', id: 'ticker' },
  ],
  initial: 'calm',
  on: {
    PRESS: { actions: sendTo('lamp', { type: 'FLIP' }) },
    // As the bot's mailboxes send: nobody signs it.
    ASK: { actions: ({ system }) => (system.get('lamp') as AnyActorRef).send({ type: 'FLIP' }) },
    BREAK: { actions: sendTo('lamp', { type: 'BOOM' }) },
    'xstate.error.actor.*': {},
  },
  states: { calm: { after: { 500: 'asleep' } }, asleep: { on: { 'WAIT.*': 'calm' } } },
});

describe('the recorder', () => {
  it('knows who lives, in which state, below whom, and which machine each runs', () => {
    const { recorder, clock, inspect } = recording();
    const actor = createActor(house, { clock, inspect }).start();
    actor.send({ type: 'PRESS' });
    expect(
      recorder.actors().map(({ id, parent, machine, value, status }) => [id, parent, machine, value, status]),
    ).toEqual([
      ['house', null, 'house', 'calm', 'active'],
      ['lamp', 'house', 'lamp', 'on', 'active'],
      ['house.ticker', 'house', null, null, 'active'],
    ]);
    expect(recorder.machines().map(({ id }) => id)).toEqual(['house', 'lamp']);
  });

  it('tells who sent an event, also where nobody signed it, and of timers nobody', () => {
    const { recorder, clock, inspect } = recording();
    const actor = createActor(house, { clock, inspect }).start();
    actor.send({ type: 'PRESS' });
    actor.send({ type: 'ASK' });
    clock.advance(600);
    const flips = recorder.events({ actor: 'lamp', limit: 10 }).filter(({ type }) => type === 'FLIP');
    expect(flips.map(({ from }) => from)).toEqual(['house', 'house']);
    const timer = recorder.events({ actor: 'house', limit: 10 }).at(-1);
    expect(timer).toMatchObject({
      type: 'xstate.after.500.house.calm',
      from: null,
      value: 'asleep',
      changed: true,
      at: 1_500,
    });
  });

  it('tells who sent an event where many are at work at once, and where mail waits', () => {
    const to = (id: string, type: string) => sendTo(({ system }) => system.get(id) as AnyActorRef, { type });
    const post =
      (id: string, type: string) =>
      ({ system }: { readonly system: { get(id: string): AnyActorRef | undefined } }): void =>
        system.get(id)?.send({ type });
    const b = setup({}).createMachine({
      on: { ASKED: { actions: [post('top', 'WAITS'), post('a', 'WAITS'), to('a', 'SIGNED')] } },
    });
    const a = setup({}).createMachine({
      on: { GO: { actions: [post('b', 'ASKED'), post('c', 'FROM_A')] }, WAITS: { actions: post('c', 'LATER') } },
    });
    const c = setup({}).createMachine({ on: { LATER: { actions: () => undefined } } });
    const top = setup({ actors: { a, b, c } }).createMachine({
      id: 'top',
      invoke: (['a', 'b', 'c'] as const).map((src) => ({ src, systemId: src })),
      on: { GO: { actions: [post('a', 'GO'), post('c', 'FROM_TOP')] }, WAITS: { actions: post('c', 'LAST') } },
    });
    const { recorder, inspect } = recording();
    createActor(top, { systemId: 'top', inspect }).start().send({ type: 'GO' });
    const told = recorder.events({ limit: 100 }).filter(({ type }) => !type.startsWith('xstate.'));
    expect(told.map(({ to: whom, type, from }) => `${from} ${type} ${whom}`)).toEqual([
      // In the order in which they were taken: who calls is done after whom it called.
      'a ASKED b',
      'a FROM_A c',
      'top GO a',
      'a LATER c',
      'b WAITS a',
      'b SIGNED a',
      'top FROM_TOP c',
      'null GO top',
      'top LAST c',
      'b WAITS top',
    ]);
  });

  it('counts events and visits over the incarnations under a name, and tells which it is', () => {
    const { recorder, clock, inspect } = recording();
    const app = superviseOn({
      children: [{ id: 'counter', logic: () => counter() }],
      clock,
      chance: seededChance(1),
      inspect,
    });
    clock.advance(100);
    app.post('counter', { type: 'ADD', n: 2 });
    app.post('counter', { type: 'BOOM' });
    expect(recorder.actor('counter')).toMatchObject({ status: 'error', error: 'boom', incarnation: 1 });
    clock.advance(2_000);
    app.post('counter', { type: 'ADD', n: 3 });
    const now = recorder.actor('counter');
    expect(now).toMatchObject({ status: 'active', incarnation: 2, events: 3, context: { sum: 3 } });
    expect(now?.visits).toEqual({ '(machine).counting|ADD|0': 2 });
    expect(now?.log.map(({ type }) => type)).toEqual(['xstate.init', 'ADD', 'BOOM', 'xstate.init', 'ADD']);
  });

  it('shows a crash as an error, though XState tells inspectors nothing of it: of a child and of a root', () => {
    const { recorder, inspect } = recording();
    const actor = createActor(house, { inspect }).start();
    actor.send({ type: 'BREAK' });
    expect(recorder.actor('lamp')).toMatchObject({ status: 'error', value: 'off', error: 'the bulb burst' });
    expect(recorder.actor('lamp')?.log.at(-1)).toMatchObject({ type: 'BOOM', from: 'house', changed: false });
    const root = createActor(lamp, { systemId: 'root', inspect });
    root.subscribe({ error: () => undefined });
    root.start().send({ type: 'BOOM' });
    expect(recorder.actors().find(({ id }) => id === 'root')).toMatchObject({ status: 'error' });
    expect(recorder.ref('root')).toBe(null);
    actor.stop();
    expect(recorder.actor('house')).toMatchObject({ status: 'stopped' });
  });

  it('draws the machine that one was compiled from', () => {
    const { recorder, inspect } = recording();
    const actor = createActor(compile(lamp), { systemId: 'bulb', inspect }).start();
    actor.send({ type: 'FLIP' });
    expect(recorder.machines()).toEqual([machineView(lamp)]);
    expect(recorder.actor('bulb')).toMatchObject({
      ...{ machine: 'lamp', value: 'on', taken: ['lamp.off|FLIP|0'], accepts: ['END', 'FLIP'] },
      visits: { 'lamp.off|FLIP|0': 1 },
    });
    createActor(compile(lamp), { inspect }).start();
    expect(recorder.actors().map(({ id }) => id)).toEqual(['bulb', 'lamp']);
  });

  it('tells what an actor takes now: wildcards stand for what its machine speaks of, and what is forbidden is left out', () => {
    const { recorder, clock, inspect } = recording();
    createActor(house, { clock, inspect }).start();
    expect(recorder.actor('house')?.accepts).toEqual(['ASK', 'BREAK', 'PRESS']);
    clock.advance(600);
    expect(recorder.actor('house')?.accepts).toEqual(['ASK', 'BREAK', 'PRESS', 'WAIT.*']);
    expect(recorder.actor('lamp')?.accepts).toEqual(['BOOM', 'END', 'FLIP']);
    recorder.ref('lamp')?.send({ type: 'FLIP' });
    expect(recorder.actor('lamp')?.accepts).toEqual(['END', 'FLIP']);
  });

  it('shows nothing that is secret, by key and by value, in events and contexts', () => {
    const redactor = new Redactor();
    redactor.register('canary-1234567');
    const { recorder, inspect } = recording({ redact: (value) => redactor.value(value) });
    const keeper = setup({ types: { context: {} as { token: string; note: string } } }).createMachine({
      context: { token: 'something', note: 'has canary-1234567' },
      on: { '*': {} },
    });
    const actor = createActor(keeper, { systemId: 'keeper', inspect }).start();
    actor.send({
      type: 'canary-1234567',
      password: 'hush',
      deep: [{ text: `${'x'.repeat(290)}canary-1234567` }],
    } as never);
    const told = JSON.stringify([recorder.actor('keeper'), recorder.events({ limit: 10 })]);
    expect(told).toContain('[redacted]');
    for (const secret of ['canary', 'hush', 'something']) expect(told).not.toContain(secret);
  });

  it('is hurt by no redaction that throws, and shows nothing then', () => {
    const { recorder, inspect, deltas, clock, follow } = recording({
      redact: () => {
        throw new Error('no');
      },
    });
    const actor = createActor(lamp, { systemId: 'lamp', inspect }).start();
    follow();
    actor.send({ type: 'FLIP', secret: 'hush' });
    clock.advance(1_000);
    expect(actor.getSnapshot().value).toBe('on');
    expect(recorder.actor('lamp')).toMatchObject({
      value: 'on',
      context: '[it could not be redacted, and is not shown]',
    });
    expect(JSON.stringify([deltas, recorder.actor('lamp')])).not.toContain('hush');
    expect(deltas.map(({ type }) => type)).toEqual(['actors', 'events']);
  });

  it('hurts no actor by what fails in it: the failure is told once', () => {
    const { failures, inspect, recorder } = recording({
      now: () => {
        throw new Error('no time');
      },
    });
    const actor = createActor(lamp, { inspect }).start();
    actor.send({ type: 'FLIP' });
    actor.send({ type: 'FLIP' });
    expect(actor.getSnapshot().value).toBe('off');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain('no time');
    expect(recorder.actors()).toEqual([]);
  });

  it('keeps copies of what events carried, not the events: what is changed afterwards is not told', () => {
    const { recorder, inspect } = recording();
    const actor = createActor(lamp, { systemId: 'lamp', inspect }).start();
    const event = { type: 'FLIP', secret: 'before' } as const;
    actor.send(event);
    (event as { secret: string }).secret = 'after';
    expect(recorder.events({ limit: 1 })[0]?.event).toEqual({ type: 'FLIP', secret: 'before' });
  });

  it('copies only so many events a second: of faster ones the type and the state are kept, and all of the last', () => {
    const { recorder, inspect } = recording({ limits: { copies: { perSecond: 3, burst: 3 } } });
    const actor = createActor(lamp, { systemId: 'lamp', inspect }).start();
    for (let i = 0; i < 10; i++) actor.send({ type: 'FLIP', secret: `${i}` });
    const told = recorder.events({ limit: 100 }).map(({ event }) => event);
    expect(told).toHaveLength(11);
    expect(told[1]).toEqual({ type: 'FLIP', secret: '0' });
    expect(told[5]).toEqual({ type: 'FLIP', '…': 'it came too fast to be kept' });
    expect(told[10]).toEqual({ type: 'FLIP', secret: '9' });
  });

  describe('of what comes faster than can be afforded', () => {
    const hasty = () => recording({ limits: { closely: { events: 4, ms: 200 } } });

    it('keeps a part of each stretch, counts the rest, and draws together where it led, and since when', () => {
      const { recorder, clock, inspect } = hasty();
      const changes: (readonly [number, string, unknown, unknown])[] = [];
      recorder.onChange(({ at, event, was, value }) => changes.push([at, event, was, value]));
      const actor = createActor(lamp, { systemId: 'lamp', inspect }).start();
      for (let i = 0; i < 3; i++) actor.send({ type: 'FLIP' });
      clock.advance(50);
      for (let i = 0; i < 4; i++) actor.send({ type: 'FLIP' });
      clock.advance(20);
      actor.send({ type: 'FLIP' });
      clock.advance(30);
      actor.send({ type: 'LOOK' } as never);
      clock.advance(100);
      actor.send({ type: 'FLIP' });
      const told = recorder.events({ limit: 100 });
      expect(told.map(({ seq, type, value }) => [seq, type, value])).toEqual([
        [1, 'xstate.init', 'off'],
        [2, 'FLIP', 'on'],
        [3, 'FLIP', 'off'],
        [4, 'FLIP', 'on'],
        [11, 'several events', 'off'],
        [12, 'FLIP', 'on'],
      ]);
      expect(told[4]).toMatchObject({ at: 1_070, from: null, taken: [] });
      expect(recorder.actor('lamp')).toMatchObject({ events: 10, value: 'on', since: 1_200 });
      expect(Object.values(recorder.actor('lamp')?.visits ?? {}).reduce((sum, n) => sum + n, 0)).toBe(9);
      expect(changes.slice(-2)).toEqual([
        [1_070, 'several events', 'on', 'off'],
        [1_200, 'FLIP', 'off', 'on'],
      ]);
    });

    it('tells whoever asks in between where all are', () => {
      const { recorder, inspect } = hasty();
      const actor = createActor(house, { inspect }).start();
      for (let i = 0; i < 5; i++) actor.send({ type: 'PRESS' });
      expect(recorder.actors().map(({ id, value, events }) => [id, value, events])).toEqual([
        ['house', 'calm', 5],
        ['lamp', 'on', 5],
        ['house.ticker', null, 0],
      ]);
      actor.send({ type: 'PRESS' });
      expect(recorder.present().map(({ actor, value }) => [actor, value])).toEqual([
        ['house', 'calm'],
        ['lamp', 'off'],
        ['house.ticker', null],
      ]);
      expect(recorder.events({ limit: 1 })[0]).toMatchObject({ to: 'lamp', type: 'several events', value: 'off' });
    });

    it('keeps every birth and every end, each under its own life', () => {
      const { recorder, inspect } = hasty();
      const noisy = createActor(lamp, { systemId: 'noisy', inspect }).start();
      for (let i = 0; i < 5; i++) noisy.send({ type: 'FLIP' });
      for (let i = 0; i < 3; i++) {
        const actor = createActor(lamp, { systemId: 'lamp', inspect });
        actor.subscribe({ error: () => undefined });
        actor.start();
        if (i < 2) actor.send({ type: 'FLIP' });
        if (i === 0) actor.stop();
        else actor.send({ type: i === 1 ? 'END' : 'BOOM' });
      }
      expect(recorder.actor('lamp')?.log.map(({ type, value }) => [type, value])).toEqual([
        ['xstate.init', 'off'],
        ['xstate.stop', 'on'],
        ['xstate.init', 'off'],
        ['END', 'over'],
        ['xstate.init', 'off'],
        ['xstate.error', 'off'],
      ]);
      expect(recorder.actor('lamp')).toMatchObject({ incarnation: 3, status: 'error', error: 'the bulb burst' });
    });

    it('looks at all of it for a bridge to another inspector', () => {
      const { recorder, inspect } = hasty();
      const actor = createActor(lamp, { systemId: 'lamp', inspect }).start();
      for (let i = 0; i < 6; i++) actor.send({ type: 'FLIP' });
      let seen = 0;
      const end = recorder.tap.subscribe((event) => {
        if (event.type === '@xstate.snapshot') seen++;
      });
      for (let i = 0; i < 20; i++) actor.send({ type: 'FLIP' });
      expect(seen).toBe(20);
      expect(recorder.events({ limit: 100 })).toHaveLength(1 + 3 + 1 + 20);
      end();
    });

    it('looks at all of it again where it is no longer too fast', () => {
      const { recorder, clock, inspect } = hasty();
      const actor = createActor(lamp, { systemId: 'lamp', inspect }).start();
      for (let i = 0; i < 20; i++) {
        actor.send({ type: 'FLIP' });
        clock.advance(60);
      }
      expect(recorder.events({ limit: 100 })).toHaveLength(21);
    });
  });

  it('pages through events: the last without a number, the next ones after it', () => {
    const { recorder, inspect } = recording({ limits: { events: 50, perActor: 20 } });
    const [one, two] = ['one', 'two'].map((systemId) => createActor(lamp, { systemId, inspect }).start());
    two?.send({ type: 'FLIP' });
    for (let i = 0; i < 100; i++) one?.send({ type: 'FLIP' });
    const all = recorder.events({ limit: 1_000 });
    expect(all).toHaveLength(50);
    expect(recorder.events({ limit: 2 }).map(({ seq }) => seq)).toEqual([102, 103]);
    expect(recorder.events({ after: 60, limit: 2 }).map(({ seq }) => seq)).toEqual([61, 62]);
    // It has left the common ring long ago.
    expect(recorder.events({ actor: 'two', limit: 10 }).map(({ type }) => type)).toEqual(['xstate.init', 'FLIP']);
  });

  it('takes in what lived before it came', () => {
    const { recorder, inspect } = recording();
    const actor = createActor(house).start();
    actor.system.inspect(inspect);
    actor.send({ type: 'PRESS' });
    expect(recorder.actors().map(({ id, value }) => [id, value])).toEqual([
      ['house', 'calm'],
      ['lamp', 'on'],
    ]);
  });

  it('gives raw events to bridges, and leaves out one that throws', () => {
    const { recorder, inspect, failures } = recording();
    const seen: InspectionEvent[] = [];
    const end = recorder.tap.subscribe((event) => void seen.push(event));
    recorder.tap.subscribe(() => {
      throw new Error('a bad bridge');
    });
    const actor = createActor(lamp, { inspect }).start();
    expect(recorder.tap.living()).toEqual([actor]);
    expect(failures).toHaveLength(1);
    const before = seen.length;
    end();
    actor.send({ type: 'FLIP' });
    expect(seen).toHaveLength(before);
    expect(before).toBeGreaterThan(2);
    expect(actor.getSnapshot().value).toBe('on');
  });

  it('tells plain transition actors and two systems that use one name apart', () => {
    const { recorder, inspect } = recording();
    const sum = fromTransition((state: number, event: { type: 'ADD'; n: number }) => state + event.n, 0);
    const [one, two] = [1, 2].map(() => createActor(sum, { systemId: 'sum', inspect }).start());
    one?.send({ type: 'ADD', n: 2 });
    two?.send({ type: 'ADD', n: 5 });
    const [first, second] = recorder.actors();
    expect(first?.id).toBe('sum');
    expect(second?.id).toMatch(/^sum@x:\d+$/);
    expect([first, second].map((view) => recorder.actor(view?.id ?? '')?.context)).toEqual([2, 5]);
  });
});

describe('what is told to a page', () => {
  it('comes at most five times a second: only what changed, with what is gone', () => {
    const { clock, inspect, deltas, follow } = recording();
    const parent = setup({ actors: { lamp } }).createMachine({
      id: 'parent',
      invoke: [
        { src: 'lamp', id: 'a' },
        { src: 'lamp', id: 'b' },
      ],
    });
    const actor = createActor(parent, { clock, inspect }).start();
    const a = (actor.getSnapshot().children as Record<string, AnyActorRef>).a as AnyActorRef;
    const stop = follow();
    clock.advance(1_000);
    expect(deltas).toEqual([]);
    for (let i = 0; i < 7; i++) a.send({ type: 'FLIP' });
    clock.advance(199);
    expect(deltas).toEqual([]);
    clock.advance(1);
    expect(deltas).toMatchObject([
      { type: 'actors', actors: [{ id: 'parent.a', value: 'on', events: 7 }], gone: [] },
      { type: 'events', events: Array.from({ length: 7 }, () => ({ to: 'parent.a', type: 'FLIP' })), dropped: 0 },
    ]);
    a.send({ type: 'END' });
    clock.advance(200);
    expect(deltas[2]).toMatchObject({ type: 'actors', gone: ['parent.a'] });
    stop();
    expect(clock.pending).toBe(0);
  });

  it('is 200 events a batch at most, changes of state first, and counts what is left out', () => {
    const { clock, inspect, deltas, follow } = recording({ limits: { closely: { events: 10_000, ms: 200 } } });
    const busy = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      initial: 'a',
      on: { TICK: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      states: { a: { on: { GO: 'b' } }, b: { on: { GO: 'a' } } },
    });
    const actor = createActor(busy, { systemId: 'busy', inspect }).start();
    follow();
    actor.send({ type: 'GO' });
    for (let i = 0; i < 1_000; i++) actor.send({ type: 'TICK' });
    clock.advance(200);
    const events = deltas.find((delta) => delta.type === 'events');
    expect(events?.events).toHaveLength(200);
    expect(events?.dropped).toBe(801);
    expect(events?.events[0]).toMatchObject({ type: 'GO', changed: true });
    expect(events?.events.at(-1)).toMatchObject({ seq: 1_002 });
  });

  it('goes on where one who listens throws, and tells a health that changed without an event', () => {
    let health: 'green' | 'red' = 'green';
    const { clock, inspect, deltas, follow, recorder } = recording({ about: () => ({ health, mail: null }) });
    createActor(lamp, { systemId: 'lamp', inspect }).start();
    recorder.follow(() => {
      throw new Error('a slow page');
    });
    follow();
    clock.advance(200);
    health = 'red';
    clock.advance(200);
    expect(deltas.map((delta) => delta.type === 'actors' && delta.actors[0]?.health)).toEqual(['green', 'red']);
  });
});
