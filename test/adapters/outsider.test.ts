import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cutDocument, removeFile, tearLog } from '../../src/adapters/outsider.ts';
import { fc } from '../fast-check.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'kintsugi-outsider-'));
const line = (n: number): string => JSON.stringify({ n, says: 'a record of ordinary length' });

it('a torn log has one old line spoilt and half a line at its end, and all else as it was', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 2_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (count, chance) => {
        const root = folder();
        const lines = Array.from({ length: count }, (_, n) => line(n));
        writeFileSync(join(root, 'a.jsonl'), `${lines.join('\n')}\n`);
        const { flippedAt, flipped, appended } = tearLog(root, 'a.jsonl', () => chance);
        const after = readFileSync(join(root, 'a.jsonl'), 'utf8').split('\n');
        expect(after).toHaveLength(count + 1);
        expect(after.at(-1)).toHaveLength(appended);
        expect(() => JSON.parse(after.at(-1) ?? '')).toThrow();
        const spoilt = after.slice(0, -1).filter((text, n) => text !== lines[n]);
        expect(spoilt).toHaveLength(1);
        expect(spoilt[0]).toContain('#'.repeat(flipped));
        expect(spoilt[0]?.length).toBe(lines[after.indexOf(spoilt[0] ?? '')]?.length);
        expect(flippedAt).not.toBeNull();
        // The newest may be in the making.
        expect(after.slice(-4, -1)).toEqual(lines.slice(-3));
      },
    ),
    { numRuns: 25 },
  );
});

it('an empty log gets half a line, and no place outside the directory is touched', () => {
  const root = folder();
  writeFileSync(join(root, 'a.jsonl'), '');
  expect(tearLog(root, 'a.jsonl', () => 0)).toMatchObject({ flippedAt: null, flipped: 0 });
  const elsewhere = folder();
  writeFileSync(join(elsewhere, 'b.json'), '{"kept":true}');
  symlinkSync(elsewhere, join(root, 'link'));
  for (const path of ['../b.json', 'link/b.json', join(elsewhere, 'b.json')]) {
    expect(() => cutDocument(root, path)).toThrow('ESCAPE');
    expect(() => removeFile(root, path)).toThrow('ESCAPE');
    expect(() => tearLog(root, path, () => 0)).toThrow('ESCAPE');
  }
  expect(readFileSync(join(elsewhere, 'b.json'), 'utf8')).toBe('{"kept":true}');
});

it('a document is cut in half', () => {
  const root = folder();
  mkdirSync(join(root, 'logs'));
  writeFileSync(join(root, 'logs/p.json'), '{"open_positions":[]}');
  expect(cutDocument(root, 'logs/p.json')).toBe(10);
  expect(readFileSync(join(root, 'logs/p.json'), 'utf8')).toBe('{"open_pos');
});
