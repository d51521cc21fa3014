/** What is judged by age holds for everybody who was just born, and everybody lives when he starts: neither is proof. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createMachine, setup } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Law } from '../../src/healing/vital.ts';
import { appOf } from './app.ts';

const HOUR_MS = 3_600_000;

/** A printer whose paper moves each 100 ms, as long as it may; all it knows of it is when that last was. */
function printing({
  law,
  moves,
}: {
  law: Partial<Law> & { readonly afterMs: number };
  moves: (birth: number) => boolean;
}) {
  const clock = new VirtualClock(0);
  const { afterMs, ...rest } = law;
  let birth = 0;
  let timer = 0;
  const printer = (): AnyStateMachine => {
    const own = ++birth;
    const paper = { movedAt: clock.now() };
    clock.clearTimeout(timer);
    timer = clock.setTimeout(function beat() {
      if (moves(own)) paper.movedAt = clock.now();
      timer = clock.setTimeout(beat, 100);
    }, 100);
    return createMachine({ context: { paper } });
  };
  const scene = appOf({
    clock,
    sweepMs: 1_000,
    children: [{ id: 'printer', logic: printer }],
    invariants: [
      {
        id: 'printer/prints',
        actor: 'printer',
        broken: ({ context, now }) => (now - context.paper.movedAt > afterMs ? 'no paper moves' : null),
        ...rest,
      },
    ],
  });
  const outcomes = () => scene.last('printer/prints')?.remedies.map(({ type, outcome }) => `${type} ${outcome}`);
  return { ...scene, outcomes };
}

describe('a law about age', () => {
  it('is not proven by a restart that only made everything young', () => {
    const { app, clock, last, outcomes, escalations } = printing({ law: { afterMs: 500 }, moves: () => false });
    clock.advance(60_000);
    expect(last('printer/prints')?.status).toBe('failed');
    expect(outcomes()).toEqual(['RESTART unproven', 'RESTART unproven', 'RESTART unproven']);
    expect(last('printer/prints')?.verdict).toMatch(/^it was reported done, and held for \d+ ms; but no paper moves$/);
    expect(last('printer/prints')?.remedies[0]?.plan?.expects).toMatch(/, and for \d+ ms without a break$/);
    clock.advance(HOUR_MS);
    expect(app.status()).toMatchObject({ status: 'red', incidents: { total: 1, healed: 0 } });
    expect(escalations[0]).toContain('printer/prints could not be healed');
  });

  it('is not proven so either where it had held for long before it broke', () => {
    let jammed = false;
    const { app, clock } = printing({ law: { afterMs: 2_000 }, moves: () => !jammed });
    clock.advance(HOUR_MS);
    jammed = true;
    clock.advance(HOUR_MS);
    expect(app.status()).toMatchObject({ status: 'red', incidents: { total: 1, healed: 0 } });
  });

  it('is proven once it held for as long as it says', () => {
    const { app, clock, outcomes, last } = printing({
      law: { afterMs: 30_000, provenAfterMs: 31_000 },
      moves: (birth) => birth === 3,
    });
    clock.advance(90_000);
    expect(app.status().incidents).toMatchObject({ total: 1, healed: 0 });
    clock.advance(40_000);
    expect(outcomes()).toEqual(['RESTART unproven', 'RESTART proven']);
    expect(last('printer/prints')).toMatchObject({ status: 'healed', evidence_after: { holds: true } });
    expect(app.status().incidents).toEqual({ total: 1, healed: 1, failed: 0, cleared: 0 });
  });

  it('deceives once at most, where it says nothing of its age: what did not last is another rung, and has to last longer', () => {
    const { app, clock, outcomes, last } = printing({ law: { afterMs: 60_000 }, moves: () => false });
    clock.advance(HOUR_MS);
    expect(app.status()).toMatchObject({ status: 'red', incidents: { total: 2, healed: 1 } });
    expect(outcomes()?.slice(0, 2)).toEqual(['RESTART unproven', 'RESTART unproven']);
    expect(last('printer/prints')?.status).toBe('failed');
  });

  it('is healed soon where it broke soon and the next one works', () => {
    const { clock, last } = printing({ law: { afterMs: 500 }, moves: (birth) => birth > 1 });
    clock.advance(4_000);
    expect(last('printer/prints')?.status).toBe('healed');
  });

  it('is not cleared by a young actor either, that came back by itself when its remedies had failed', () => {
    const { app, clock, last } = printing({ law: { afterMs: 500 }, moves: () => false });
    clock.advance(60_000);
    expect(last('printer/prints')?.status).toBe('failed');
    app.kill('printer');
    clock.advance(5_000);
    expect(app.status()).toMatchObject({ actors: { printer: { restarts: 4 } }, incidents: { total: 1, cleared: 0 } });
  });
});

describe('an actor that ends again and again', () => {
  it.each([0, 100, 2_000])('is not healed by its start: it ends after %i ms', (afterMs) => {
    const clock = new VirtualClock(0);
    let ends = true;
    const short = setup({
      actions: {
        end: () => {
          if (ends) throw new Error('away');
        },
      },
    }).createMachine({ initial: 'a', states: { a: { after: { [afterMs]: { actions: 'end' } } } } });
    const { app, last } = appOf({ clock, children: [{ id: 'a', logic: short }] });
    clock.advance(HOUR_MS);
    expect(app.status()).toMatchObject({ incidents: { total: 1, healed: 0, cleared: 0 } });
    expect(app.status().incidents.failed).toBeGreaterThan(0);
    ends = false;
    clock.advance(HOUR_MS);
    expect(last('a/alive')?.status).toBe('healed');
    expect(app.status().status).toBe('green');
  });
});
