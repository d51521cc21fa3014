import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processTime } from '../../../src/adapters/process-time.ts';
import { simDocument } from '../../../src/cli/sim/document.ts';
import { passes, unfired } from '../../../src/cli/sim/findings.ts';
import { type ProveParts, prove } from '../../../src/cli/sim/prove.ts';
import { type SimFlags, simWish } from '../../../src/cli/sim/wish.ts';
import type { FaultKind } from '../../../src/sim/fault-kinds.ts';
import type { Outcome } from '../../../src/sim/outcome.ts';
import type { Script } from '../../../src/sim/script.ts';
import { parseScript } from '../../../src/sim/script-file.ts';
import type { Simulator } from '../../../src/sim/simulators.ts';
import { fault, meeting, outcome, script } from '../../simulation/outcomes.ts';
import { freshFolder } from '../cli.ts';

const KINDS: readonly FaultKind[] = ['crash', 'disk-full'];
const draw = (seed: number): Script =>
  script(seed, [fault(60_000, 'crash'), fault(120_000, 'disk-full'), fault(180_000, 'crash')]);

const simulator = (simulate: (script: Script) => Outcome): Simulator => ({
  simulate: async (script) => simulate(script),
  keep: async (script) => ({ outcome: simulate(script), decided: [], disk: [] }),
});

const struck = ({ seed, faults }: Script, more: Partial<Outcome> = {}): Outcome =>
  outcome(seed, {
    faults: { crash: faults.filter(({ kind }) => kind === 'crash').length },
    meetings: faults.map(({ kind }) => meeting(kind, 'signal_bus')),
    ...more,
  });

async function proven(flags: SimFlags, simulate: (script: Script) => Outcome, more: Partial<ProveParts> = {}) {
  const wish = simWish({ faults: KINDS.join(), twice: false, ...flags }, 2);
  const findings = await prove(wish, {
    simulators: [simulator(simulate), simulator(simulate)],
    draw,
    given: null,
    possible: (kinds) => kinds.map((kind) => ({ fault: kind, component: 'signal_bus', state: 'running.idle' })),
    time: processTime(),
    entry: '',
    folder: freshFolder(),
    stop: new AbortController().signal,
    onStage: () => undefined,
    ...more,
  });
  return { findings, document: simDocument(findings, wish) };
}

describe('a run of kintsugi sim', () => {
  it('passes where no law is broken, and says all that was counted', async () => {
    const both: Partial<Outcome> = { faults: { crash: 2, 'disk-full': 1 } };
    const { findings, document } = await proven({ seeds: '60' }, (given) => struck(given, both));
    expect(passes(findings)).toBe(true);
    expect(document).toMatchObject({
      passed: true,
      asked: 60,
      seeds: 60,
      simulated_hours: 120,
      faults: { crash: 120, 'disk-full': 60 },
      never_fired: [],
      coverage: { possible: 2, met: 2, never: [], unforeseen: [] },
      failure: null,
    });
    expect(document.matrix).toEqual([
      { component: 'signal_bus', fault: 'crash', healed: 0, safe: 120, red: 0 },
      { component: 'signal_bus', fault: 'disk-full', healed: 0, safe: 60, red: 0 },
    ]);
  });

  it('fails where a kind never fires in fifty seeds, and not in fewer', async () => {
    const few = await proven({ seeds: '49' }, (given) => struck(given));
    expect([passes(few.findings), unfired(few.findings)]).toEqual([true, []]);
    const many = await proven({ seeds: '50' }, (given) => struck(given));
    expect([passes(many.findings), unfired(many.findings)]).toEqual([false, ['disk-full']]);
    const wanted = await proven({ seeds: '50', faults: 'crash' }, (given) => struck(given));
    expect(passes(wanted.findings)).toBe(true);
  });

  it('fails at the first seed that breaks a law: how to replay it, and its script cut down, in a file that runs again', async () => {
    const breaks = (given: Script): Outcome =>
      struck(given, {
        wrong:
          given.seed >= 4 && given.faults.some(({ kind }) => kind === 'disk-full')
            ? [{ law: 'kept', says: 'lost' }]
            : [],
      });
    const folder = freshFolder();
    const { findings, document } = await proven({ seeds: '30' }, breaks, { folder });
    expect(passes(findings)).toBe(false);
    const file = join(folder, 'kintsugi-sim-4.json');
    expect(document.failure).toMatchObject({
      seed: 4,
      wrong: [{ law: 'kept', says: 'lost' }],
      replay: 'kintsugi sim --seed 4 --hours 2 --faults crash,disk-full',
      shrunk: { file, replay: `kintsugi sim --script ${file}`, faults: 1, minimal: true },
    });
    const kept = parseScript(readFileSync(file, 'utf8'));
    expect(kept.breaks).toEqual({ law: 'kept', says: 'lost' });
    expect(kept.script.faults).toEqual([fault(120_000, 'disk-full')]);
    expect(breaks(kept.script).wrong).toHaveLength(1);
  });

  it('keeps the script elsewhere where nothing can be written', async () => {
    const breaks = (given: Script): Outcome => struck(given, { wrong: [{ law: 'kept', says: 'lost' }] });
    const { findings } = await proven({ seeds: '1' }, breaks, { folder: '/proc' });
    const file = findings.failure?.cut?.file ?? '';
    expect(file).toContain('kintsugi-sim-');
    expect(parseScript(readFileSync(file, 'utf8')).script.seed).toBe(1);
  });

  it('is only run again, and not cut down, where one seed was asked for', async () => {
    const breaks = (given: Script): Outcome => struck(given, { wrong: [{ law: 'kept', says: 'lost' }] });
    const { findings } = await proven({ seed: '9' }, breaks);
    expect(findings.failure).toMatchObject({ script: { seed: 9 }, cut: null });
  });

  it('ends with what was seen so far when it is stopped, and does not pass', async () => {
    const stop = new AbortController();
    const { findings, document } = await proven(
      { seeds: '1000' },
      (given) => {
        if (given.seed === 20) stop.abort();
        return struck(given);
      },
      { stop: stop.signal },
    );
    expect(passes(findings)).toBe(false);
    expect(document).toMatchObject({ interrupted: true, passed: false, asked: 1_000 });
    expect(findings.tally.seeds).toBeGreaterThanOrEqual(20);
    expect(findings.tally.seeds).toBeLessThan(25);
  });

  it('says that it was stopped also where a seed had failed before', async () => {
    const stop = new AbortController();
    const { document } = await proven(
      { seeds: '1000', keepGoing: true, shrink: '0' },
      (given) => {
        if (given.seed === 20) stop.abort();
        return struck(given, { wrong: given.seed === 3 ? [{ law: 'kept', says: 'lost' }] : [] });
      },
      { stop: stop.signal },
    );
    expect(document).toMatchObject({ interrupted: true, passed: false, asked: 1_000, failure: { seed: 3 } });
  });
});
