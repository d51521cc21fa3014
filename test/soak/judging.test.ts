import { closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { fc } from '../fast-check.ts';
import { judge, type Measure } from './judging.ts';
import { figureIn, figuresOf, folderFigures } from './process-figures.ts';
import { medianOf, slopeOf } from './slope.ts';

const samplesOf = (count: number, y: (hours: number) => number) =>
  Array.from({ length: count }, (_, i) => ({ x: i / 60, y: y(i / 60) }));

describe('a slope', () => {
  it('of a line is that of the line, whatever a third of its samples say', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 9, max: 60 }), (slope, count) => {
        const samples = samplesOf(count, (x) => 7 + slope * x).map((one, i) =>
          i % 4 === 3 ? { ...one, y: 1e6 } : one,
        );
        const found = slopeOf(samples);
        expect(found.slope).toBeCloseTo(slope, 6);
        expect(found.low).toBeLessThanOrEqual(found.slope);
        expect(found.high).toBeGreaterThanOrEqual(found.slope);
      }),
    );
  });

  /** Sen's interval for n = 10 leaves out (45 − 1.96 · √125) / 2 slopes at either end: 11. */
  it('lies in the interval of Sen (1968)', () => {
    const ys = [1, 4, 2, 6, 5, 9, 7, 11, 10, 12];
    const samples = ys.map((y, x) => ({ x, y }));
    const slopes = samples
      .flatMap((a, i) => samples.slice(i + 1).map((b) => (b.y - a.y) / (b.x - a.x)))
      .sort((a, b) => a - b);
    expect(slopeOf(samples)).toEqual({ slope: medianOf(slopes), low: slopes[10], high: slopes[34] });
  });

  it('is not known from too little', () => {
    expect(slopeOf([])).toEqual({ slope: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
    const two = slopeOf(samplesOf(2, (x) => x));
    expect([two.low, two.high]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe('a soak', () => {
  const measure = (samples: Measure['samples'], by: Measure['by'] = 'median'): Measure => ({
    name: 'RSS',
    unit: 'MB',
    mostPerHour: 16,
    by,
    samples,
  });
  const chance = seededChance(7);
  const noise = (): number => chance.next() * 40;

  it('tells growth below much noise, and calls flat what only moves', () => {
    expect(judge(measure(samplesOf(120, (x) => 300 + 60 * x + noise()))).word).toBe('growing');
    expect(judge(measure(samplesOf(240, () => 300 + noise()))).word).toBe('flat');
  });

  it('looks through garbage that waits to be collected', () => {
    const sawtooth = samplesOf(240, (x) => 80 + ((x * 997) % 60));
    expect(judge(measure(sawtooth, 'least')).word).toBe('flat');
  });

  it('does not call flat what it cannot tell, and only tells of what may grow', () => {
    expect(judge(measure(samplesOf(4, () => 300 + noise()))).word).toBe('unclear');
    expect(judge(measure([])).word).toBe('unclear');
    expect(judge({ ...measure(samplesOf(60, (x) => 100 * x)), mostPerHour: null }).word).toBe('told');
  });

  it('sees an open file, and what lies in a folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kintsugi-soaked-'));
    writeFileSync(join(folder, 'a'), Buffer.alloc(2 ** 20));
    const { openFiles } = figuresOf(process.pid);
    const fd = openSync(join(folder, 'b'), 'w');
    expect(figuresOf(process.pid).openFiles).toBe(openFiles + 1);
    closeSync(fd);
    expect(figuresOf(process.pid)).toMatchObject({ openFiles, threads: expect.any(Number) });
    writeFileSync(join(folder, 'log-000001.jsonl'), '');
    expect(folderFigures(folder)).toEqual({ bytes: 1, largest: 1, segments: 1 });
    expect(figureIn('# HELP a\na{quantile="1"} 3\na 4.5\n', 'a')).toBe(4.5);
    expect(() => figureIn('a 1', 'b')).toThrow('does not tell b');
  });
});
