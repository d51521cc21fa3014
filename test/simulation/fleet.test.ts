/**
 * The product's workers, leases and fenced commits against faults from seeds. More: `SEEDS=500 npx vitest run test/simulation/fleet.test.ts`;
 * others: `FROM=1000`; one that failed: the command that is printed.
 */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLEET_FAULTS } from '../../src/sim/fleet/fleet-faults.ts';
import { drawFleetScript, FLEET_FAULT_KINDS, type FleetFaultKind } from '../../src/sim/fleet/fleet-script.ts';
import { fleetScriptText, parseFleetScript } from '../../src/sim/fleet/fleet-script-file.ts';
import type { Sabotage } from '../../src/sim/fleet/sabotage.ts';
import { shrinkFleet } from '../../src/sim/fleet/shrink-fleet.ts';
import { simulateFleet } from '../../src/sim/fleet/simulate-fleet.ts';
import { kintsugi } from '../cli/cli.ts';

const SEEDS = Number(process.env.SEEDS ?? 40);
const FROM = Number(process.env.FROM ?? 1);
/** In so many seeds a control has to be seen. */
const WITHIN_SEEDS = 32;

/** Laws that are broken within a few seeds, up to the one that is looked for. */
async function brokenBy(
  sabotage: readonly Sabotage[],
  kinds: readonly FleetFaultKind[],
  law: string,
  within = WITHIN_SEEDS,
): Promise<ReadonlySet<string>> {
  const broken = new Set<string>();
  for (let seed = 1; seed <= within && !broken.has(law); seed++)
    for (const one of (await simulateFleet(drawFleetScript(seed, kinds), { sabotage })).wrong) broken.add(one.law);
  return broken;
}

describe('a simulated fleet', () => {
  it(`keeps its promises at every fault, and goes on after the last (${SEEDS} seeds from ${FROM})`, async () => {
    const fired = new Set<string>();
    const counts = { claims: 0, acknowledged: 0, fills: 0 };
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      const outcome = await simulateFleet(drawFleetScript(seed));
      expect(outcome.wrong, `replay: kintsugi sim --fleet --seed ${seed}`).toEqual([]);
      for (const kind of Object.keys(outcome.faults)) fired.add(kind);
      counts.claims += outcome.counts.claims;
      counts.acknowledged += outcome.counts.acknowledged;
      counts.fills += outcome.counts.fills;
    }
    expect([...fired].sort()).toEqual([...FLEET_FAULT_KINDS].sort());
    expect(counts.claims).toBeGreaterThan(SEEDS * 5);
    expect(counts.acknowledged).toBeGreaterThan(SEEDS * 100);
    expect(counts.fills).toBeGreaterThan(SEEDS * 5);
  }, 1_800_000);

  it('is the same in another process, whose time zone and language are others', async () => {
    const { out, err } = await kintsugi(['sim', '--fleet', '--seeds', '3', '--from', '40', '--json'], {
      TZ: 'Pacific/Kiritimati',
      LC_ALL: 'tr_TR.UTF-8',
    });
    expect(out, err).not.toBe('');
    const there = JSON.parse(out) as {
      readonly traces: unknown;
      readonly passed: boolean;
      readonly same_again: boolean;
    };
    const here = [];
    for (const seed of [40, 41, 42]) here.push({ seed, trace: (await simulateFleet(drawFleetScript(seed))).trace });
    expect(there).toMatchObject({ passed: true, same_again: true, traces: here });
  });

  it('has every kind of fault as data', () => {
    expect(FLEET_FAULTS.map(({ kind }) => kind)).toEqual(FLEET_FAULT_KINDS);
  });
});

describe('the laws of a fleet see', () => {
  it('a store without a fence: owners of two epochs commit', async () => {
    expect(await brokenBy(['no-fence'], ['commits-late', 'worker-killed'], 'one-owner-commits')).toContain(
      'one-owner-commits',
    );
  });

  it('epochs without revisions, where commits are late and silence is taken for a refusal: records are there twice', async () => {
    expect(await brokenBy(['no-revision', 'silence-is-refusal'], ['commits-late'], 'nothing-twice')).toContain(
      'nothing-twice',
    );
  });

  it('that revisions alone keep even such a worker from doing harm', async () => {
    expect(await brokenBy(['silence-is-refusal'], ['commits-late'], 'any', 8)).toEqual(new Set());
  });

  it('workers that do not look at their lease in the moment of sending', async () => {
    expect(await brokenBy(['no-look-before-sending'], ['worker-frozen'], 'only-owners-order')).toContain(
      'only-owners-order',
    );
  });

  it('leases that run on for too long: nobody takes over', async () => {
    expect(await brokenBy(['leases-outlast'], ['worker-killed'], 'taken-over-in-time')).toContain('taken-over-in-time');
  });

  it('bots that do not hear of the one switch', async () => {
    expect(await brokenBy(['deaf-to-the-switch'], ['fleet-held'], 'held-means-no-entries')).toContain(
      'held-means-no-entries',
    );
  });
});

describe('a seed that fails', () => {
  const sabotage = ['deaf-to-the-switch'] as const;

  it('is cut down to the faults that break the law, and runs again from a file', async () => {
    const script = drawFleetScript(1);
    const simulate = (one: typeof script) => simulateFleet(one, { sabotage });
    const failing = { ...script, faults: [...script.faults, { at: 4_000, kind: 'fleet-held' as const, chance: 7 }] };
    const law = 'held-means-no-entries';
    expect((await simulate(failing)).wrong.map((one) => one.law)).toContain(law);
    const cut = await shrinkFleet(failing, { law, simulate, maxRuns: 40, isStopped: () => false });
    // The switch that is put on at the end of every run is enough.
    expect(cut.script.faults).toEqual([]);
    expect(cut.script.setting).toMatchObject({ drift: 0, latencyMs: 1, workers: 2, partitions: 2 });
    const again = parseFleetScript(fleetScriptText(cut.script, law));
    expect(again).toEqual(cut.script);
    expect((await simulate(again)).trace).toBe((await simulate(cut.script)).trace);
  });

  it('is told with what would be typed wrong', async () => {
    const said = async (...args: readonly string[]) => {
      const { code, err } = await kintsugi(['sim', '--fleet', ...args]);
      return [code, err.trim()];
    };
    expect(await said('--faults', 'store-dwon')).toEqual([64, expect.stringContaining('Did you mean store-down?')]);
    expect(await said('--hours', '2')).toEqual([64, expect.stringContaining('no such setting')]);
    expect(await said('--script', join(tmpdir(), 'not-there.json'))).toEqual([
      1,
      expect.stringContaining('no such file'),
    ]);
  });

  it('is kept with all that was decided', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kintsugi-fleet-')), 'trace');
    const { code } = await kintsugi(['sim', '--fleet', '--seed', '3', '--trace', file]);
    expect([code, existsSync(file)]).toEqual([0, true]);
    expect(readFileSync(file, 'utf8')).toContain(' claimed sim/');
  });
});
