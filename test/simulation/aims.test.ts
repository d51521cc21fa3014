import { describe, expect, it } from 'vitest';
import { drawScript } from '../../src/sim/draw-script.ts';
import type { Script } from '../../src/sim/script.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { statesIn } from '../../src/sim/standings.ts';

const calm = drawScript(1, { hours: 0.2, kinds: [] });
const script = (faults: Script['faults']): Script => ({ ...calm, faults });

describe('a fault that waits', () => {
  it('strikes the actor it waits for, where that stands as it should', async () => {
    const { faults, meetings } = await simulate(
      script([
        { at: 60_000, kind: 'actor-ends', chance: 1, aim: { actor: 'shadowEngine', state: 'running.recording.idle' } },
        { at: 70_000, kind: 'disk-slow', chance: 1, aim: { actor: 'heartbeat', state: 'running.beating' } },
        { at: 80_000, kind: 'log-deleted', chance: 5, aim: { actor: 'exitGates', state: 'running.recording.idle' } },
      ]),
    );
    expect(faults).toEqual({ 'actor-ends': 1, 'disk-slow': 1, 'log-deleted': 1 });
    const met = (fault: string, component: string) =>
      meetings.filter((one) => one.fault === fault && one.component === component).map(({ state }) => statesIn(state));
    expect(met('actor-ends', 'shadow_engine')).toEqual([expect.arrayContaining(['running.recording.idle'])]);
    expect(met('disk-slow', 'heartbeat')).toEqual([['running.beating']]);
    expect(met('log-deleted', 'exit_gates')).toEqual([expect.arrayContaining(['running.recording.idle'])]);
  }, 300_000);

  it('in its turn lets the next strike where it finds nothing to strike, and strikes when it does', async () => {
    const aim = { actor: 'exitGates', state: 'running.recording.idle', inTurn: true } as const;
    const { faults } = await simulate(
      script([
        { at: 60_000, kind: 'file-truncated', chance: 1, aim },
        { at: 60_000, kind: 'event-storm', chance: 1, aim },
        { at: 60_000, kind: 'foreign-writer', chance: 2, aim },
      ]),
    );
    expect(faults).toEqual({ 'file-truncated': 1, 'event-storm': 1, 'foreign-writer': 1 });
  }, 300_000);

  it('never strikes where that does not come to pass', async () => {
    const { faults, meetings } = await simulate(
      script([{ at: 1_000, kind: 'crash', chance: 1, aim: { actor: 'marketFeed', state: 'running.ended' } }]),
    );
    expect([faults, meetings]).toEqual([{}, []]);
  }, 300_000);
});

it('whoever draws a script says which faults wait, and for what; the others are as they would be without', () => {
  const drawing = { hours: 1, kinds: ['crash', 'disk-slow'], everyMs: 30_000 } as const;
  const aim = { actor: 'exitGates', state: 'running.watch.watching' } as const;
  for (let seed = 1; seed <= 20; seed++) {
    const plain = drawScript(seed, drawing).faults;
    const aimed = drawScript(seed, { ...drawing, aims: { crash: [aim] } }).faults;
    expect(aimed.map(({ at, kind, chance }) => [at, kind, chance])).toEqual(
      plain.map(({ at, kind, chance }) => [at, kind, chance]),
    );
    for (const fault of aimed) if (fault.kind === 'crash') expect(fault.aim).toEqual(aim);
  }
});
