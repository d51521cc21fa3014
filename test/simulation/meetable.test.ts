import { describe, expect, it } from 'vitest';
import { MAX_OPEN_POSITIONS } from '../../src/actors/veto.ts';
import { catalogue } from '../../src/healing/invariants/catalogue.ts';
import { coverageOf } from '../../src/sim/coverage.ts';
import { drawScript } from '../../src/sim/draw-script.ts';
import { FAULT_KINDS } from '../../src/sim/fault-kinds.ts';
import type { Life } from '../../src/sim/life.ts';
import { aimsOf, IN_VAIN, meetable, NEVER_STOOD_IN } from '../../src/sim/meetable.ts';
import { standingOf } from '../../src/sim/meetings.ts';
import { ACTORS } from '../../src/sim/roster.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { BETWEEN_LIVES, STANDINGS, statesIn } from '../../src/sim/standings.ts';
import { BAR_MS, SYMBOLS } from '../../src/sim/world/market.ts';

const PACE = { lookMs: 30_000, changeMs: 1_000, checkMs: 20_000, saveMs: 30_000, sweepMs: 60_000 };

/** Whom some invariant has repaired. */
const repaired = new Set(
  catalogue({ barMs: BAR_MS, recorded: false, ...PACE }, ['BTCUSDT']).flatMap(({ actor, remedies }) =>
    remedies.flatMap(({ type, to }) => (type !== 'REPAIR' ? [] : [typeof to === 'string' ? to : actor])),
  ),
);

describe('what can meet', () => {
  it('is every state of a statechart, of regions side by side each its own', () => {
    expect(STANDINGS.get('heartbeat')).toEqual([
      'starting',
      'failed',
      'reviving',
      'stopping',
      'running.expecting',
      'running.beating',
      'running.late',
      'running.still',
      'running.mending',
      'done',
      'error',
    ]);
    expect(STANDINGS.get('signalBus')).toEqual(
      expect.arrayContaining(['running.log.committing', 'running.history.lost']),
    );
  });

  it('leaves out only states that there are, and mending only where no invariant has anything mended', () => {
    for (const reasons of [NEVER_STOOD_IN, IN_VAIN])
      for (const actor of ACTORS)
        for (const state of Object.keys(reasons[actor] ?? {})) expect(STANDINGS.get(actor), actor).toContain(state);
    const unmended = ACTORS.filter((actor) => IN_VAIN[actor]?.['running.mending'] !== undefined);
    expect(unmended.sort()).toEqual(ACTORS.filter((actor) => !repaired.has(actor)).sort());
  });

  it('leaves out no state that anybody is ever found in, nor one that there would be room for', async () => {
    expect(SYMBOLS.length).toBeLessThan(MAX_OPEN_POSITIONS);
    const found = new Set<string>();
    let life: Life | null = null;
    const look = (actor: string): void => {
      for (const state of statesIn(standingOf(life, actor))) found.add(`${actor} ${state}`);
    };
    // First starts that fail, and repairs that are asked for.
    await simulate(drawScript(2, { hours: 0.5, meet: true }), {
      observer: {
        born: (one) => {
          life = one;
        },
        took: (actor) => void Promise.resolve().then(() => look(actor)),
      },
    });
    expect(found.size).toBeGreaterThan(130);
    const inVain = ACTORS.flatMap((actor) =>
      Object.keys({ ...NEVER_STOOD_IN[actor], ...IN_VAIN[actor] }).map((state) => `${actor} ${state}`),
    );
    expect(inVain.filter((state) => found.has(state))).toEqual([]);
  }, 300_000);

  it('has every kind meet somebody; whoever has ended is met by what strikes all, and by nothing that strikes the living', () => {
    for (const kind of FAULT_KINDS) expect(meetable([kind]).length, kind).toBeGreaterThan(3);
    const over = meetable(FAULT_KINDS).filter(({ state }) => state === BETWEEN_LIVES);
    const kinds = new Set(over.map(({ fault }) => fault));
    expect(kinds.has('crash')).toBe(true);
    expect(kinds.has('actor-throws')).toBe(false);
    const ends = (state: string) => ({ fault: 'crash', component: 'heartbeat', state, times: 1 }) as const;
    const { cells } = coverageOf([ends('done'), ends('error'), ends('stopped'), ends('no process')], []);
    expect(cells).toEqual([{ fault: 'crash', component: 'heartbeat', state: BETWEEN_LIVES, times: 3 }]);
  });

  it('is what scripts aim at: in enough of them, every state that a kind can wait for', () => {
    const aimed = new Set<string>();
    for (let seed = 1; seed <= 400; seed++)
      for (const { kind, aim } of drawScript(seed, { hours: 2, kinds: ['feed-silent'], everyMs: 60_000 }).faults)
        if (aim) aimed.add(`${kind} ${aim.actor} ${aim.state}`);
    expect([...aimed].sort()).toEqual(
      aimsOf('feed-silent')
        .map(({ actor, state }) => `feed-silent ${actor} ${state}`)
        .sort(),
    );
  });
});
