/** What cannot be meant is said at once, by the field and the id. */
import { describe, expect, it } from 'vitest';
import { appOf, counter } from './app.ts';

const a = { id: 'a', logic: counter() };
const law = { id: 'a/sane', actor: 'a', broken: () => null };
const withPart = (part: object) => ({ children: [{ ...a, ...part }] });
const withLaw = (change: object) => ({ children: [a], invariants: [{ ...law, ...change }] });

describe('supervise', () => {
  it.each([
    [
      withPart({ restart: 'permanant' }),
      "a: restart must be one of permanent, transient, temporary, and is 'permanant'",
    ],
    [withPart({ startWithinMs: Number.NaN }), 'the part a: startWithinMs must be'],
    [withPart({ stopWithinMs: -1 }), 'the part a: stopWithinMs must be'],
    [withPart({ logic: undefined }), 'the part a: logic must be an XState logic'],
    [withPart({ restore: 'yes' }), 'the part a: restore must be'],
    [withPart({ readyWhen: true }), 'the part a: readyWhen must be a function'],
    [withPart({ dependsOn: ['nobody'] }), 'the part a: dependsOn must be ids of its siblings'],
    [withPart({ id: '' }), 'the id of a part or group must be a word'],
    [withPart({ id: 'healer' }), 'the id healer is taken'],
    [
      {
        children: [
          { ...a, dependsOn: ['b'] },
          { id: 'g', children: [{ id: 'b', logic: counter() }] },
        ],
      },
      "the part a: dependsOn must be ids of its siblings under the same supervisor, and is 'b'",
    ],
    [{ children: [{ id: 'g', strategy: 'all', children: [a] }] }, 'the group g: strategy must be one of'],
    [{ children: [a], restartsAfter: 'all' }, 'supervise: restartsAfter must be one of dependencies, all-before'],
    [{ children: [a], intensity: { most: 1.5, withinMs: 1 } }, 'supervise: intensity.most must be'],
    [{ children: [a], backoff: { firstMs: 1, capMs: Number.NaN } }, 'supervise: backoff.capMs must be'],
    [{ children: [a], sweepMs: 0 }, 'sweepMs must be a number of milliseconds above 0, and is 0'],
    [{ children: [a], policy: { answerWithinMs: Number.NaN } }, 'policy.answerWithinMs must be'],
    [{ children: [a], log: 'console' }, 'log must be a function'],
    [withLaw({ id: 'a/alive' }), 'the invariant a/alive is there already'],
    [withLaw({ id: 'a/mail-drains' }), 'the invariant a/mail-drains is there already'],
    [{ children: [a], invariants: [law, law] }, 'the invariant a/sane is there already'],
    [withLaw({ broken: undefined }), 'the invariant a/sane: broken must be a function'],
    [withLaw({ severity: 'low' }), 'the invariant a/sane: severity must be one of'],
    [withLaw({ patienceMs: Number.NaN }), 'the invariant a/sane: patienceMs must be'],
    [
      withLaw({ provenAfterMs: 'soon' }),
      "the invariant a/sane: provenAfterMs must be a number of milliseconds, and is 'soon'",
    ],
    [withLaw({ everyMs: 0 }), 'the invariant a/sane: everyMs must be a number of milliseconds above 0'],
    [withLaw({ dependsOn: ['a/alife'] }), 'the invariant a/sane: dependsOn must be ids of invariants'],
    [withLaw({ remedies: [{ type: 'REBOOT' }] }), 'the type of a remedy must be one of EXPIRE, REPAIR, RESTART'],
    [withLaw({ remedies: [{ type: 'REPAIR' }] }), "REPAIR's target must be a word"],
    [withLaw({ remedies: [{ type: 'RESTART', to: 'b' }] }), "RESTART's addressee must be one of a, and is 'b'"],
    [withLaw({ remedies: [{ type: 'RESTART', scope: 'all' }] }), "RESTART's scope must be one of one, rest"],
  ])('refuses what cannot be meant (%#)', (options, words) => {
    expect(() => appOf(options as unknown as Parameters<typeof appOf>[0])).toThrow(words);
    expect(() => appOf(options as unknown as Parameters<typeof appOf>[0])).toThrow(TypeError);
  });

  it('takes a field that is there and undefined for one that was left out', () => {
    const part = { restart: undefined, startWithinMs: undefined, stopWithinMs: undefined, dependsOn: undefined };
    const change = { patienceMs: undefined, remedies: undefined, dependsOn: undefined, proofWithinMs: undefined };
    let wrong = false;
    const { app, clock, last } = appOf({
      children: [{ ...a, ...part }],
      sweepMs: 1_000,
      policy: { answerWithinMs: undefined },
      invariants: [{ ...law, ...change, broken: () => (wrong ? 'wrong' : null) }],
    });
    clock.advance(10);
    app.post('a', { type: 'BOOM' });
    clock.advance(5_000);
    expect(app.status().actors.a).toMatchObject({ restarts: 1, state: 'counting' });
    wrong = true;
    clock.advance(1_100);
    wrong = false;
    clock.advance(10_000);
    expect(last('a/sane')).toMatchObject({ status: 'healed', remedies: [{ type: 'RESTART', outcome: 'proven' }] });
  });

  it('says that it knows nobody of that name', () => {
    const { app } = appOf({ children: [a] });
    for (const how of ['follow', 'terminate', 'start', 'kill'] as const)
      expect(() => app[how]('typo')).toThrow(
        new TypeError(how === 'follow' ? 'there is no typo among healer, app, a' : 'there is no typo among a'),
      );
  });
});
