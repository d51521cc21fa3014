/**
 * The whole bot against faults from a seed. More: `SEEDS=200 npx vitest run test/simulation/whole-bot`; one of them: `SEED=114`;
 * denser faults: `EVERY_S=60`.
 */
import { describe, expect, it } from 'vitest';
import { drawScript } from '../../src/sim/draw-script.ts';
import { FAULT_KINDS, type FaultKind } from '../../src/sim/fault-kinds.ts';
import { simulate } from '../../src/sim/simulate.ts';

const SEEDS = Number(process.env.SEEDS ?? 12);
const FIRST = Number(process.env.SEED ?? 1);
const HOURS = Number(process.env.HOURS ?? 2);
const EVERY_MS = process.env.EVERY_S ? Number(process.env.EVERY_S) * 1_000 : undefined;
const count = process.env.SEED ? 1 : SEEDS;
const scriptOf = (seed: number) => drawScript(seed, { hours: HOURS, ...(EVERY_MS ? { everyMs: EVERY_MS } : {}) });

describe(`the whole bot on a simulated world (${count} seeds from ${FIRST}, ${HOURS} h of faults)`, () => {
  it('keeps its promises at every fault, and comes to rest after the last', async () => {
    const met = new Map<FaultKind, number>();
    const wrong: string[] = [];
    let [lives, incidents, fills] = [0, 0, 0];
    for (let seed = FIRST; seed < FIRST + count; seed++) {
      const outcome = await simulate(scriptOf(seed));
      lives += outcome.lives;
      incidents += outcome.incidents;
      fills += outcome.fills;
      for (const [kind, times] of Object.entries(outcome.faults))
        met.set(kind as FaultKind, (met.get(kind as FaultKind) ?? 0) + times);
      for (const { law, says } of outcome.wrong)
        wrong.push(`${law}: ${says}; replay: SEED=${seed} npx vitest run test/simulation/whole-bot`);
    }
    expect(wrong).toEqual([]);
    console.log(`simulated: ${count} seeds, ${lives} lives, ${incidents} incidents, ${fills} fills`);
    if (count < 10) return;
    // A fault that never fires proves nothing.
    expect(FAULT_KINDS.filter((kind) => !met.has(kind))).toEqual([]);
    expect(lives).toBeGreaterThan(count);
    expect(fills).toBeGreaterThan(count * 5);
  }, 1_800_000);

  it('is the same world twice, to the last byte', async () => {
    const [one, other] = [await simulate(scriptOf(FIRST)), await simulate(scriptOf(FIRST))];
    expect(other).toEqual(one);
    expect(one.trace).toMatch(/^[0-9a-f]{64}$/);
  }, 600_000);
});
