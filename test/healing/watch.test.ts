import { describe, expect, it } from 'vitest';
import { type AnyActorRef, createActor, createMachine, fromTransition } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { Keepsake } from '../../src/healing/keepsake.ts';
import { Mailboxes } from '../../src/healing/mailbox.ts';
import { settled } from '../../src/healing/settled.ts';
import { follow, Look, type Sight, watch } from '../../src/healing/watch.ts';

const lamp = createMachine({
  id: 'lamp',
  initial: 'off',
  on: { BREAK: { actions: () => fail() } },
  states: {
    off: { on: { PRESS: 'on' } },
    on: { initial: 'dim', on: { PRESS: 'off', END: 'gone' }, states: { dim: { on: { MORE: 'bright' } }, bright: {} } },
    gone: { type: 'final' },
  },
});
const fail = (): never => {
  throw new Error('the bulb broke');
};
const lit = (): AnyActorRef => createActor(lamp, { id: 'lamp' }).start();
const words = ({ status, snapshot, since }: Sight): string => `${status} ${JSON.stringify(snapshot.value)} ${since}`;

describe('watching an actor', () => {
  it('begins with what it is, says since when it is in a state of its life, and how it ended', () => {
    let now = 1;
    const seen: string[] = [];
    const actor = lit();
    watch(actor, () => now).subscribe({ next: (sight) => seen.push(words(sight)), complete: () => seen.push('over') });
    for (const type of ['PRESS', 'MORE', 'END']) {
      now++;
      actor.send({ type });
    }
    const dim = 'active {"on":"dim"} 2';
    expect(seen).toEqual(['active "off" 1', dim, 'active {"on":"bright"} 2', 'done "gone" 4', 'over']);
  });

  it('says since when also to one who asks before it has been told itself', () => {
    let now = 1;
    const actor = lit();
    const before: number[] = [];
    const looks: Look[] = [];
    actor.subscribe(() => before.push(...looks.map(({ sight }) => sight.since)));
    const look = new Look(
      actor,
      () => now,
      () => undefined,
    );
    looks.push(look);
    now = 2;
    actor.send({ type: 'PRESS' });
    expect([before, look.sight.since]).toEqual([[2], 2]);
  });

  it('completes where it fails, and at once where it has ended before', () => {
    const actor = lit();
    const seen: string[] = [];
    const look = (): void =>
      void watch(actor, () => 0).subscribe({
        next: ({ status, error }) => seen.push(`${status} ${String(error)}`),
        complete: () => seen.push('over'),
      });
    look();
    actor.send({ type: 'BREAK' });
    look();
    const broke = ['error Error: the bulb broke', 'over'];
    expect(seen).toEqual(['active undefined', ...broke, ...broke]);
  });

  it('goes on with the next incarnation, and is silent once nobody listens', () => {
    const mailboxes = new Mailboxes(['lamp', 'other'], () => 0);
    const seen: string[] = [];
    const subscription = follow(mailboxes, 'lamp', () => 0).subscribe((sight) => seen.push(words(sight)));
    const [first, second] = [lit(), lit()];
    mailboxes.attach('lamp', first);
    first.send({ type: 'PRESS' });
    mailboxes.attach('other', lit());
    mailboxes.attach('lamp', second);
    first.send({ type: 'PRESS' });
    second.send({ type: 'PRESS' });
    subscription.unsubscribe();
    second.send({ type: 'PRESS' });
    mailboxes.attach('lamp', lit());
    expect(seen).toEqual(['active "off" 0', 'active {"on":"dim"} 0', 'active "off" 0', 'active {"on":"dim"} 0']);
  });
});

describe('the settled view', () => {
  it('is shown once a turn, of all as they are then; and at once when one ended', () => {
    const clock = new VirtualClock(1_000);
    const mailboxes = new Mailboxes(['lamp', 'other'], () => clock.now());
    const actor = lit();
    mailboxes.attach('lamp', actor);
    const seen: string[] = [];
    let next = 0;
    const showing = settled(
      mailboxes,
      () => clock.now(),
      clock.scheduler,
      () => Math.max(0, next - clock.now()),
    );
    const began = clock.now();
    const subscription = showing.subscribe((view) => {
      const sight = view.sight('lamp');
      next = clock.now() + 500;
      expect(view.sight('lamp')).toBe(sight);
      expect(view.sight('other')).toBeUndefined();
      seen.push(`${clock.now() - began} ${sight?.status} ${JSON.stringify(sight?.snapshot.value)}`);
    });
    clock.advance(1);
    actor.send({ type: 'PRESS' });
    actor.send({ type: 'MORE' });
    clock.advance(600);
    actor.send({ type: 'PRESS' });
    actor.send({ type: 'BREAK' });
    clock.advance(1);
    expect(seen).toEqual(['0 active "off"', '500 active {"on":"bright"}', '601 error "off"']);
    subscription.unsubscribe();
  });
});

describe('a keepsake', () => {
  it('makes one heir of one logic, and knows a poisoned snapshot in each of its incarnations', () => {
    let breaks = false;
    const logic = fromTransition((count: number) => (breaks ? fail() : count + 1), 0);
    const keepsake = new Keepsake();
    const heir = keepsake.heir(logic);
    expect(keepsake.heir(logic)).toBe(heir);
    expect(keepsake.heir(fromTransition(() => 0, 0))).not.toBe(heir);
    const life = (): unknown => {
      const actor = createActor(keepsake.heir(logic));
      actor.subscribe({ error: () => undefined });
      const born = actor.start().getSnapshot().context;
      actor.send({ type: 'ADD' });
      return born;
    };
    expect([life(), life()]).toEqual([0, 1]);
    breaks = true;
    expect(life()).toBe(2);
    breaks = false;
    // It failed its heir before that had taken anything: the next one begins anew, and those after it do not.
    expect([life(), life(), life()]).toEqual([0, 1, 2]);
  });
});
