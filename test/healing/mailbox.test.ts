import { describe, expect, it } from 'vitest';
import { type AnyActorRef, createActor, createMachine } from 'xstate';
import { Mailboxes } from '../../src/healing/mailbox.ts';

/** An actor that keeps what it takes, and says so to its mailboxes. */
const reader = (mailboxes: Mailboxes, id: string, got: unknown[], takes = true): AnyActorRef => {
  const actor = createActor(
    createMachine({
      on: {
        '*': {
          actions: ({ event }) => {
            got.push(event.type);
            if (takes) mailboxes.processed(id, event);
          },
        },
      },
    }),
  ).start();
  mailboxes.attach(id, actor);
  return actor;
};
const boxes = (...ids: string[]) => {
  let now = 100;
  const mailboxes = new Mailboxes(ids, () => now);
  return {
    mailboxes,
    at: (ms: number) => {
      now = ms;
    },
  };
};
const dead = (mailboxes: Mailboxes) => mailboxes.deadLetters.map(({ to, event, reason }) => [to, event.type, reason]);

describe('mail', () => {
  it('is held, in order, until its actor is ready, and counted', () => {
    const { mailboxes } = boxes('a');
    const got: unknown[] = [];
    mailboxes.post('a', { type: 'ONE' });
    reader(mailboxes, 'a', got);
    mailboxes.post('a', { type: 'TWO' });
    expect([got, mailboxes.progress('a')]).toEqual([
      [],
      { accepted: 0, processed: 0, held: 2, unprocessedSince: null },
    ]);
    mailboxes.open('a');
    mailboxes.post('a', { type: 'THREE' });
    expect(got).toEqual(['ONE', 'TWO', 'THREE']);
    expect(mailboxes.progress('a')).toEqual({ accepted: 3, processed: 3, held: 0, unprocessedSince: null });
  });

  it('is not delivered where nobody is attached, however often the door is opened', () => {
    const { mailboxes } = boxes('a');
    mailboxes.post('a', { type: 'ONE' });
    mailboxes.open('a');
    expect(mailboxes.progress('a')).toMatchObject({ accepted: 0, held: 1 });
  });

  it('that was delivered and not taken is the first that the next incarnation gets', () => {
    const { mailboxes, at } = boxes('a');
    const got: unknown[] = [];
    reader(mailboxes, 'a', got, false);
    mailboxes.open('a');
    mailboxes.post('a', { type: 'ONE' });
    at(250);
    mailboxes.post('a', { type: 'TWO' });
    expect(mailboxes.progress('a')).toEqual({ accepted: 2, processed: 0, held: 0, unprocessedSince: 100 });
    mailboxes.shut('a');
    mailboxes.post('a', { type: 'THREE' });
    expect(mailboxes.progress('a')).toMatchObject({ held: 3, unprocessedSince: null });
    const next: unknown[] = [];
    reader(mailboxes, 'a', next);
    mailboxes.open('a');
    expect(next).toEqual(['ONE', 'TWO', 'THREE']);
  });

  it('of one object, delivered twice and not taken, reaches the next incarnation twice; and what waits longest tells since when', () => {
    const { mailboxes, at } = boxes('a');
    reader(mailboxes, 'a', [], false);
    mailboxes.open('a');
    const tick = { type: 'TICK' };
    mailboxes.post('a', tick);
    mailboxes.post('a', { type: 'OTHER' });
    at(250);
    mailboxes.post('a', tick);
    expect(mailboxes.progress('a').unprocessedSince).toBe(100);
    mailboxes.shut('a');
    const next: unknown[] = [];
    reader(mailboxes, 'a', next);
    mailboxes.open('a');
    expect(next).toEqual(['TICK', 'OTHER', 'TICK']);
    expect(mailboxes.progress('a')).toMatchObject({ processed: 3, unprocessedSince: null });
  });

  it('of any number that was not taken is kept', () => {
    const { mailboxes } = boxes('a');
    reader(mailboxes, 'a', [], false);
    mailboxes.open('a');
    mailboxes.stall('a');
    for (let n = 0; n < 200_000; n++) mailboxes.post('a', { type: 'ONE', n });
    mailboxes.shut('a');
    expect([mailboxes.progress('a').held, mailboxes.deadLetterCount]).toEqual([200_000, 0]);
  });

  it('that comes while what was held is delivered comes after it; and none is delivered once the door is shut again', () => {
    const { mailboxes } = boxes('a');
    const got: string[] = [];
    const actor = createActor(
      createMachine({
        on: {
          '*': {
            actions: ({ event }) => {
              got.push(event.type);
              mailboxes.processed('a', event);
              if (event.type === 'TWO') mailboxes.shut('a');
            },
          },
        },
      }),
    ).start();
    for (const type of ['ONE', 'TWO', 'THREE']) mailboxes.post('a', { type });
    mailboxes.attach('a', actor);
    mailboxes.open('a');
    expect(got).toEqual(['ONE', 'TWO']);
    mailboxes.open('a');
    expect(got).toEqual(['ONE', 'TWO', 'THREE']);
  });

  it('for nobody, for who has ended, and beyond what is kept, is a dead letter', () => {
    const { mailboxes } = boxes('a');
    mailboxes.post('b', { type: 'ONE' });
    mailboxes.post('a', { type: 'TWO' });
    mailboxes.end('a');
    mailboxes.post('a', { type: 'THREE' });
    expect(dead(mailboxes)).toEqual([
      ['b', 'ONE', 'no such actor'],
      ['a', 'TWO', 'the actor had ended'],
      ['a', 'THREE', 'the actor had ended'],
    ]);
    // Whoever comes after all gets mail again.
    const got: unknown[] = [];
    reader(mailboxes, 'a', got);
    mailboxes.post('a', { type: 'FOUR' });
    mailboxes.open('a');
    expect(got).toEqual(['FOUR']);
  });

  it('is bounded, and so are the dead letters, which are all counted', () => {
    const { mailboxes } = boxes('a');
    for (let n = 0; n < 101_002; n++) mailboxes.post('a', { type: `N${n}` });
    expect(mailboxes.progress('a').held).toBe(100_000);
    expect(mailboxes.deadLetterCount).toBe(1_002);
    expect(mailboxes.deadLetters).toHaveLength(1_000);
    expect(dead(mailboxes)[0]).toEqual(['a', 'N100002', 'mailbox full']);
  });

  it('past the door reaches who lives, and says where nobody does', () => {
    const { mailboxes } = boxes('a');
    const got: unknown[] = [];
    expect(mailboxes.urgent('a', { type: 'ONE' })).toBe(false);
    expect(mailboxes.urgent('b', { type: 'ONE' })).toBe(false);
    const actor = reader(mailboxes, 'a', got);
    expect(mailboxes.urgent('a', { type: 'TWO' })).toBe(true);
    actor.stop();
    expect(mailboxes.urgent('a', { type: 'THREE' })).toBe(false);
    expect(got).toEqual(['TWO']);
    expect(mailboxes.deadLetterCount).toBe(0);
  });

  it('sent past it to who had ended is noted, but not what it delivered itself', () => {
    const { mailboxes } = boxes('a');
    reader(mailboxes, 'a', [], false);
    mailboxes.open('a');
    const own = { type: 'ONE' };
    mailboxes.post('a', own);
    mailboxes.lost('a', own);
    expect(mailboxes.deadLetterCount).toBe(0);
    mailboxes.lost('a', { type: 'TWO' });
    mailboxes.lost('b', { type: 'THREE' });
    expect(dead(mailboxes)).toEqual([
      ['a', 'TWO', 'the actor had ended'],
      ['b', 'THREE', 'the actor had ended'],
    ]);
  });

  it('is counted as processed once, and only what was delivered is', () => {
    const { mailboxes } = boxes('a');
    reader(mailboxes, 'a', [], false);
    mailboxes.open('a');
    const event = { type: 'ONE' };
    mailboxes.post('a', event);
    mailboxes.processed('a', { type: 'ONE' });
    expect(mailboxes.progress('a')).toMatchObject({ processed: 0 });
    mailboxes.processed('a', event);
    mailboxes.processed('a', event);
    expect(mailboxes.progress('a')).toMatchObject({ processed: 1, unprocessedSince: null });
  });

  it('to a deaf actor is accepted and not delivered, until it is restarted', () => {
    const { mailboxes } = boxes('a');
    const got: unknown[] = [];
    reader(mailboxes, 'a', got);
    mailboxes.open('a');
    mailboxes.stall('a');
    mailboxes.post('a', { type: 'ONE' });
    expect([got, mailboxes.progress('a')]).toEqual([[], { accepted: 1, processed: 0, held: 0, unprocessedSince: 100 }]);
    reader(mailboxes, 'a', got);
    mailboxes.open('a');
    expect(got).toEqual(['ONE']);
  });

  it('whose send throws throws at nobody: it is counted, and the actor is deaf from then on', () => {
    const { mailboxes } = boxes('a');
    const broken = new Error('an inspector threw');
    let sends = 0;
    const actor = {
      id: 'x',
      getSnapshot: () => ({ status: 'active' }),
      send: () => {
        sends++;
        throw broken;
      },
    } as unknown as AnyActorRef;
    mailboxes.attach('a', actor);
    mailboxes.open('a');
    mailboxes.post('a', { type: 'ONE' });
    mailboxes.post('a', { type: 'TWO' });
    expect([sends, mailboxes.faultCount, mailboxes.lastFault]).toEqual([1, 1, { to: 'x', error: broken }]);
    expect(mailboxes.progress('a')).toMatchObject({ accepted: 2, processed: 0 });
  });

  it('knows its actors, tells of every new incarnation, and names who is unknown', () => {
    const { mailboxes } = boxes('a', 'b');
    const born: unknown[] = [];
    mailboxes.attached.subscribe(({ id, ref }) => born.push([id, ref]));
    const actor = reader(mailboxes, 'a', []);
    expect(born).toEqual([['a', actor]]);
    expect([mailboxes.ids(), mailboxes.ref('a'), mailboxes.ref('b'), mailboxes.ref('c')]).toEqual([
      ['a', 'b'],
      actor,
      null,
      null,
    ]);
    expect(() => mailboxes.progress('c')).toThrow('no mailbox for c; known are a, b');
  });
});
