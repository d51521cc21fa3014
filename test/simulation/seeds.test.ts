/**
 * The whole bot against faults from seeds, by the command itself. More: `SEEDS=2000 HOURS=12 npx vitest run test/simulation/seeds`;
 * others: `FROM=1000`; one that failed: the command that is printed.
 */
import { describe, expect, it } from 'vitest';
import { kintsugi } from '../cli/cli.ts';

/**
 * All 36 kinds of faults, and no list of exceptions. So many take two and a half minutes of two processors. `FROM` runs others.
 */
const SEEDS = Number(process.env.SEEDS ?? 500);
const FROM = Number(process.env.FROM ?? 1);
const HOURS = Number(process.env.HOURS ?? 2);
interface Told {
  readonly passed: boolean;
  readonly seeds: number;
  readonly simulated_hours: number;
  readonly took_s: number;
  readonly totals: {
    readonly lives: number;
    readonly incidents: number;
    readonly fills: number;
    readonly faults: number;
  };
  readonly faults: Readonly<Record<string, number>>;
  readonly never_fired: readonly string[];
  readonly coverage: {
    readonly possible: number;
    readonly met: number;
    readonly unforeseen: readonly unknown[];
  };
  readonly failure: { readonly wrong: readonly unknown[]; readonly replay: string } | null;
  readonly twice: { readonly seeds: number; readonly difference: unknown } | null;
}

describe(`the whole bot on a simulated world (${SEEDS} seeds from ${FROM})`, () => {
  it('keeps its promises at every fault, comes to rest after the last, and is the same in another process', async () => {
    const { out, err } = await kintsugi([
      'sim',
      '--seeds',
      `${SEEDS}`,
      '--from',
      `${FROM}`,
      '--hours',
      `${HOURS}`,
      '--workers',
      '2',
      '--shrink',
      '0',
      '--json',
    ]);
    expect(out, err).not.toBe('');
    const told = JSON.parse(out) as Told;
    const { totals, coverage } = told;
    console.log(
      `simulated: ${told.seeds} seeds, ${told.simulated_hours} h in ${told.took_s} s, ${totals.faults} faults, ${totals.lives} lives, ${totals.incidents} incidents, ${totals.fills} fills; ${coverage.met} of ${coverage.possible} meetings`,
    );
    if (told.failure) console.log(`replay: ${told.failure.replay}`);
    expect(told.failure).toBe(null);
    expect(told.twice).toEqual({ seeds: 1, difference: null });
    expect(told.never_fired).toEqual([]);
    expect(told.passed).toBe(true);
    expect(told.seeds).toBe(SEEDS);
    expect(totals.lives).toBeGreaterThan(SEEDS);
    expect(totals.fills).toBeGreaterThan(SEEDS);
    expect(totals.incidents).toBeGreaterThan(SEEDS);
    expect(coverage.unforeseen).toEqual([]);
  }, 1_800_000);
});
