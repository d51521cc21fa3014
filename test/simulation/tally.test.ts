import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { matrixTables } from '../../src/cli/sim/say-matrix.ts';
import { coverageOf } from '../../src/sim/coverage.ts';
import type { Outcome } from '../../src/sim/outcome.ts';
import { Tally } from '../../src/sim/tally.ts';
import { meeting, outcome } from './outcomes.ts';

const OUTCOMES: readonly Outcome[] = [
  outcome(2, {
    faults: { crash: 2, 'disk-full': 1 },
    lives: 3,
    fills: 5,
    meetings: [
      meeting('crash', 'signal_bus', 'running.idle', 'healed'),
      meeting('crash', 'signal_bus', 'starting', 'safe'),
      meeting('disk-full', 'heartbeat', 'running.idle', 'red'),
    ],
  }),
  outcome(1, {
    faults: { crash: 1 },
    lives: 2,
    fills: 7,
    meetings: [meeting('crash', 'signal_bus', 'running.idle', 'healed'), meeting('crash', 'heartbeat')],
  }),
];

const tallied = (outcomes: readonly Outcome[]): Tally => {
  const tally = new Tally();
  for (const one of outcomes) tally.add(one);
  return tally;
};

describe('what many seeds come to', () => {
  it('is counted, and is the same in whatever order they come', () => {
    for (const tally of [tallied(OUTCOMES), tallied(OUTCOMES.toReversed())]) {
      expect(tally).toMatchObject({ seeds: 2, lives: 5, fills: 12, struck: 4, simulatedMs: 14_400_000 });
      expect(tally.faults.get('crash')).toBe(3);
      expect(tally.traces().map(({ seed }) => seed)).toEqual([1, 2]);
      expect(tally.verdicts('signal_bus', 'crash')).toEqual({ healed: 2, safe: 1, red: 0 });
      expect(tally.verdicts('signal_bus', 'disk-full')).toBe(null);
      expect(tally.met()).toEqual([
        { fault: 'crash', component: 'heartbeat', state: 'running.idle', times: 1 },
        { fault: 'crash', component: 'signal_bus', state: 'running.idle', times: 2 },
        { fault: 'crash', component: 'signal_bus', state: 'starting', times: 1 },
        { fault: 'disk-full', component: 'heartbeat', state: 'running.idle', times: 1 },
      ]);
    }
  });

  it('covers what can be met, and says what never was, and what nobody foresaw', () => {
    const possible = [
      { fault: 'crash', component: 'signal_bus', state: 'running.idle' },
      { fault: 'crash', component: 'signal_bus', state: 'starting' },
      { fault: 'crash', component: 'heartbeat', state: 'running.idle' },
      { fault: 'crash', component: 'heartbeat', state: 'starting' },
    ] as const;
    const { unforeseen, ...told } = coverageOf(tallied(OUTCOMES).met(), possible);
    expect(told).toMatchObject({ possible: 4, met: 3, never: [possible[3]] });
    expect(unforeseen).toEqual([{ fault: 'disk-full', component: 'heartbeat', state: 'running.idle', times: 1 }]);
    expect(coverageOf([], possible).never).toEqual(possible);
  });

  it('covers each state of a component that is in several at once', () => {
    const met = [
      { fault: 'crash', component: 'bot', state: 'running.entries.open + books.agreed', times: 2 },
      { fault: 'crash', component: 'bot', state: 'running.entries.open + books.diverged', times: 1 },
    ] as const;
    expect(coverageOf(met, []).cells).toEqual([
      { fault: 'crash', component: 'bot', state: 'running.entries.open', times: 3 },
      { fault: 'crash', component: 'bot', state: 'running.books.agreed', times: 2 },
      { fault: 'crash', component: 'bot', state: 'running.books.diverged', times: 1 },
    ]);
  });

  it('is a matrix of components and kinds, in tables that fit the terminal', () => {
    const kinds = ['crash', 'disk-full', 'feed-silent'] as const;
    const [one = '', ...more] = matrixTables(tallied(OUTCOMES), kinds, 80).map(stripVTControlCharacters);
    expect(more).toEqual([]);
    expect(one.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['', 'crash', 'disk-full', 'feed-silent'],
      ['heartbeat', '1○', '1✖', '·'],
      ['signal_bus', '2✔ 1○', '·', '·'],
    ]);
    const narrow = matrixTables(tallied(OUTCOMES), kinds, 30).map(stripVTControlCharacters);
    expect(narrow).toHaveLength(2);
    for (const line of narrow.join('\n').split('\n')) expect(line.length).toBeLessThanOrEqual(30);
    expect(narrow[1]?.split('\n')[0]?.trim()).toBe('feed-silent');
  });
});
