import { describe, expect, it } from 'vitest';
import {
  ago,
  clock,
  clockExact,
  count,
  dateTime,
  duration,
  moment,
  money,
  percent,
  plural,
  price,
  sentence,
  words,
} from '../../inspector/src/format.ts';
import { fc } from '../fast-check.ts';

const NOW = Date.parse('2026-11-28T14:07:41.153Z');
/** The spaces before a unit that never break are ordinary ones to a reader. */
const read = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers on the page', () => {
  it('have thousands separators, a sign where asked for, and a real minus', () => {
    expect(count(4812)).toBe('4,812');
    expect(money(1234.5)).toBe('$1,234.50');
    expect(money(12, { sign: true })).toBe('+$12.00');
    expect(money(-36.4, { sign: true })).toBe('−$36.40');
    expect(read(percent(0.9891))).toBe('98.9 %');
    expect(read(percent(-0.021, 1, true))).toBe('−2.1 %');
    expect(price(91_204.1)).toBe('91,204.1');
    expect(price(0.08412)).toBe('0.08412');
    expect(plural(1, 'repair')).toBe('1 repair');
    expect(plural(1200, 'repair')).toBe('1,200 repairs');
  });

  it('are a dash where they are not known, never a zero', () => {
    for (const unknown of [null, undefined, Number.NaN])
      expect([count(unknown), money(unknown), percent(unknown), price(unknown), duration(unknown)]).toEqual(
        Array.from({ length: 5 }, () => '–'),
      );
  });
});

describe('times on the page', () => {
  it('are as long as a person would say', () => {
    const said = [41, 4_200, 9_000, 38_000, 112_000, 60_000, 3_600_000, 7_500_000, 86_400_000, 273_600_000];
    expect(said.map(duration)).toEqual([
      '41 ms',
      '4.2 s',
      '9 s',
      '38 s',
      '1 m 52 s',
      '1 m',
      '1 h',
      '2 h 05 m',
      '24 h',
      '3 d 4 h',
    ]);
  });

  it('never show sixty of a unit, whatever their length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (ms) => {
        expect(duration(ms)).not.toMatch(/\b(60 s|60 m|1000 ms)\b/);
      }),
    );
  });

  it('say how long ago in one unit, and what is to come as such', () => {
    expect([0, 6_000, 360_000, 7_200_000, 400_000_000].map((gone) => ago(NOW - gone, NOW))).toEqual([
      'now',
      '6 s ago',
      '6 m ago',
      '2 h ago',
      '4 d ago',
    ]);
    expect(ago(NOW + 300_000, NOW)).toBe('in 5 m');
  });

  it('are UTC, whatever the machine has', () => {
    expect([clock(NOW), clockExact(NOW), dateTime(NOW)]).toEqual(['14:07:41', '14:07:41.153', '28 Nov 14:07:41 UTC']);
    expect(moment('2026-11-28T14:07:41.153Z')).toBe(NOW);
    expect([moment(null), moment('never')]).toEqual([null, null]);
  });
});

it('names of code are words for a person', () => {
  expect([words('signal_bus'), words('signalBus'), words('log-verifies')]).toEqual([
    'Signal bus',
    'Signal bus',
    'Log verifies',
  ]);
  expect(sentence('nobody answers.')).toBe('Nobody answers');
});
