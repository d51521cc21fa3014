import { describe, expect, it } from 'vitest';
import { linesIn } from '../../src/cli/read-ledger.ts';
import { canonical, hashOf, type Link, linkOf, seal } from '../../src/healing/chain.ts';
import { checkChain, type LedgerLine } from '../../src/healing/chain-check.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { fc } from '../fast-check.ts';

const encoder = new TextEncoder();
const records = fc.array(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), { minLength: 2, maxLength: 12 });

/** The lines of a ledger in which these records were chained, as text. */
const chained = (all: readonly LogRecord[]): string[] => {
  let last: Link | null = null;
  return all.map((record) => {
    const sealed: LogRecord & Link = seal(record, last);
    last = sealed;
    return JSON.stringify(sealed);
  });
};
const read = (lines: readonly string[]): readonly LedgerLine[] => linesIn(encoder.encode(`${lines.join('\n')}\n`));
const rules = (lines: readonly string[], remembered: Link | null = null): readonly string[] =>
  checkChain(read(lines), [], remembered).findings.map(({ rule, line }) => `${rule} ${line}`);

describe('a hash chain', () => {
  it('hashes a record alike however its fields are ordered, and unlike when any value differs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (record, word) => {
        const backwards = Object.fromEntries(Object.entries(record).reverse());
        expect(canonical(JSON.parse(JSON.stringify(backwards)))).toBe(canonical(JSON.parse(JSON.stringify(record))));
        expect(hashOf({ ...record, word })).not.toBe(hashOf({ ...record, word: `${word}.` }));
      }),
    );
  });

  it('verifies whatever was put in it, after a way through JSON', () => {
    fc.assert(
      fc.property(records, (all) => {
        const lines = chained(all);
        const verdict = checkChain(read(lines), [], null);
        expect(verdict.findings).toEqual([]);
        expect(verdict).toMatchObject({ chained: all.length, legacy: 0, head: { chain: all.length } });
      }),
    );
  });

  it('holds what JSON cannot: undefined, NaN and minus zero are hashed as they will be read', () => {
    const sealed = seal({ nothing: undefined, none: Number.NaN, zero: -0, nested: { gone: undefined } }, null);
    expect(rules([JSON.stringify(sealed)])).toEqual([]);
    expect(linkOf(JSON.parse(JSON.stringify(sealed)))).toEqual({ chain: 1, hash: sealed.hash });
  });

  it('shows a line that was taken out, copied, moved or put in', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.constantFrom('out', 'copied', 'moved', 'put in'), (all, seed, what) => {
        const lines = chained(all);
        const at = seed % (lines.length - 1);
        const one = lines[at] ?? '';
        const head = linkOf(JSON.parse(lines.at(-1) ?? '{}'));
        const changed = {
          out: lines.toSpliced(at, 1),
          copied: [...lines, one],
          moved: [...lines.toSpliced(at, 1), one],
          'put in': lines.toSpliced(at + 1, 0, '{"event_type":"incident"}'),
        }[what];
        expect(rules(changed, head)).not.toEqual([]);
      }),
    );
  });

  it('shows any one character that was changed into another, unless the line means the same as before', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(), fc.constantFrom(...'0a":,{} \\'), (all, row, column, put) => {
        const lines = chained(all);
        const at = row % lines.length;
        const line = lines[at] ?? '';
        const changed = line.slice(0, column % line.length) + put + line.slice((column % line.length) + 1);
        let means = '';
        try {
          means = canonical(JSON.parse(changed));
        } catch {
          means = 'nothing';
        }
        fc.pre(means !== canonical(JSON.parse(line)));
        expect(rules(lines.with(at, changed), linkOf(JSON.parse(lines.at(-1) ?? '{}')))).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('names one changed record once, whichever of its fields it was', () => {
    const lines = chained([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const second = JSON.parse(lines[1] ?? '') as LogRecord;
    for (const change of [
      { a: 9 },
      { prev: 'f'.repeat(64) },
      { chain: 7 },
      { hash: 'f'.repeat(64) },
      { hash: 'short' },
    ])
      expect(rules(lines.with(1, JSON.stringify({ ...second, ...change }))), JSON.stringify(change)).toEqual([
        'changed 2',
      ]);
  });

  it('shows a forger who hashed his line anew: the next one does not follow it', () => {
    const lines = chained([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const forged = seal({ a: 9 }, linkOf(JSON.parse(lines[0] ?? '')));
    expect(rules(lines.with(1, JSON.stringify(forged)))).toEqual(['link 3']);
  });

  it('shows what was cut off at the end only where somebody remembers it', () => {
    const lines = chained([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(rules(lines.slice(0, 2))).toEqual([]);
    expect(rules(lines.slice(0, 2), linkOf(JSON.parse(lines[2] ?? '')))).toEqual(['removed null']);
  });

  it('accounts for a gap by bytes in quarantine that stood there, and by no more of them than there were', () => {
    const lines = chained([{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }]);
    const [first = '', second = '', third = '', fourth = ''] = lines;
    const offset = first.length + 1;
    const kept = { id: 'Q1', offset, length: second.length, records: 1 };
    const blank = ' '.repeat(second.length);
    const repaired = checkChain(read([first, blank, third, fourth]), [kept], null);
    expect(repaired.findings).toEqual([]);
    expect(repaired.accounted).toEqual([{ line: 3, missing: [2, 2], quarantine: ['Q1'] }]);
    const robbed = checkChain(read([first, blank, fourth]), [kept], null);
    expect(robbed.findings.map(({ rule, line }) => [rule, line])).toEqual([['removed', 3]]);
    const elsewhere = checkChain(read([first, third, fourth]), [{ ...kept, offset: 9_999 }], null);
    expect(elsewhere.findings.map(({ rule }) => rule)).toEqual(['removed']);
  });
});
