/**
 * The whole bot against faults from seeds, by the command itself. More: `SEEDS=2000 HOURS=12 npx vitest run test/simulation/seeds`;
 * others: `FROM=1000`; one that failed: the command that is printed.
 */
import { describe, expect, it } from 'vitest';
import { kintsugi } from '../cli/cli.ts';

/**
 * Not all seeds of all kinds pass yet: docs/simulation.md lists the laws that are open. These do, and must go on doing so; `SEEDS` and `FROM`
 * run others, of all kinds: `SEEDS=500 FROM=1`.
 */
const HELD: readonly { readonly from: number; readonly seeds: number; readonly faults: string }[] =
  process.env.SEEDS === undefined
    ? [
        {
          from: 7,
          seeds: 12,
          faults:
            'crash,power-cut,disk-full,disk-errors,disk-slow,feed-silent,feed-doubled,feed-reordered,order-rejected,order-unknown,exchange-silent,fills-late,fills-reordered,fills-doubled,clock-forward',
        },
        {
          from: 14,
          seeds: 9,
          faults:
            'crash,power-cut,actor-ends,actor-wedged,actor-throws,log-deleted,garbage-appended,bytes-overwritten,document-torn,disk-full,disk-errors,feed-silent,order-rejected,order-unknown',
        },
      ]
    : [{ from: Number(process.env.FROM ?? 1), seeds: Number(process.env.SEEDS), faults: '' }];
const HOURS = Number(process.env.HOURS ?? 2);
/** In so many seeds everything that can be met is met. */
const ENOUGH_FOR_ALL = 500;

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
    readonly never: readonly unknown[];
    readonly unforeseen: readonly { readonly component: string; readonly state: string }[];
  };
  readonly failure: { readonly wrong: readonly unknown[]; readonly replay: string } | null;
  readonly twice: { readonly seeds: number; readonly difference: unknown } | null;
}

describe.each(HELD)('the whole bot on a simulated world ($seeds seeds from $from)', ({ from, seeds, faults }) => {
  it('keeps its promises at every fault, comes to rest after the last, and is the same in another process', async () => {
    const { out, err } = await kintsugi([
      'sim',
      '--seeds',
      `${seeds}`,
      '--from',
      `${from}`,
      '--hours',
      `${HOURS}`,
      '--workers',
      '2',
      ...(faults === '' ? [] : ['--faults', faults]),
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
    expect(told.seeds).toBe(seeds);
    expect(totals.lives).toBeGreaterThan(seeds);
    expect(totals.fills).toBeGreaterThan(seeds);
    expect(totals.incidents).toBeGreaterThan(seeds);
    // The healer of the other's healer stands stopped for an instant; a script cannot aim at that yet.
    const unforeseen = coverage.unforeseen.filter(
      ({ component, state }) => !(component === 'architectureHealing' && state === 'stopped'),
    );
    expect(unforeseen).toEqual([]);
    if (seeds >= ENOUGH_FOR_ALL) expect(coverage.never).toEqual([]);
  }, 1_800_000);
});
