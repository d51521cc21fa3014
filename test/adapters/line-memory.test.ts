import { describe, expect, it } from 'vitest';
import { LineMemory } from '../../src/adapters/line-memory.ts';
import { fc } from '../fast-check.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (memory: LineMemory, from: number, to: number): string[] =>
  memory.touching(from, to).map(({ offset, bytes }) => `${offset}:${new TextDecoder().decode(bytes)}`);
/** Lines of the lengths given, in a block that begins at `offset`. */
const ends = (lengths: readonly number[]): number[] => {
  const all = [0];
  for (const length of lengths) all.push((all.at(-1) ?? 0) + length);
  return all;
};

describe('the memory of lines', () => {
  it('gives the lines that share a byte with a place, and those only', () => {
    const memory = new LineMemory(100);
    memory.remember(10, encode('aa\nbbb\n'), [0, 3, 7]);
    memory.remember(17, encode('c\n'), [0, 2]);
    expect(texts(memory, 0, 10)).toEqual([]);
    expect(texts(memory, 12, 13)).toEqual(['10:aa\n']);
    expect(texts(memory, 12, 14)).toEqual(['10:aa\n', '13:bbb\n']);
    expect(texts(memory, 16, 18)).toEqual(['13:bbb\n', '17:c\n']);
    expect(texts(memory, 19, 1_000)).toEqual([]);
    expect(texts(memory, 0, 1_000)).toHaveLength(3);
  });

  it('keeps its own bytes: those it was given are used again', () => {
    const memory = new LineMemory(10);
    const bytes = encode('aa\n');
    memory.remember(0, bytes, [0, 3]);
    bytes.fill(0);
    expect(texts(memory, 0, 3)).toEqual(['0:aa\n']);
  });

  it('forgets what stood where a line is written now, and behind it: the log was cut off there', () => {
    const memory = new LineMemory(100);
    memory.remember(0, encode('aa\nbbbb\ncc\n'), [0, 3, 8, 11]);
    memory.remember(11, encode('dd\n'), [0, 3]);
    memory.remember(6, encode('e\n'), [0, 2]);
    expect(texts(memory, 0, 1_000)).toEqual(['0:aa\n', '6:e\n']);
    memory.remember(8, encode('f\n'), [0, 2]);
    expect(texts(memory, 0, 1_000)).toEqual(['0:aa\n', '6:e\n', '8:f\n']);
    memory.remember(0, encode('g\n'), [0, 2]);
    expect(texts(memory, 0, 1_000)).toEqual(['0:g\n']);
  });

  it('has the whole of it, each line at its place, as long as none was forgotten', () => {
    const memory = new LineMemory(3);
    memory.remember(0, encode('a\nb\n'), [0, 2, 4]);
    memory.remember(9, encode('c\n'), [0, 2]);
    expect(new TextDecoder().decode(memory.whole() ?? encode('?'))).toBe('a\nb\n    \nc\n');
    memory.remember(11, encode('d\ne\n'), [0, 2, 4]);
    expect(memory.whole()).toBe(null);
    memory.forgetAll(100);
    memory.remember(100, encode('f\n'), [0, 2]);
    expect(memory.whole()).toBe(null);
    memory.forgetAll();
    expect(memory.whole()).toBe(null);
  });

  it('that may keep none keeps none, and one that was told to forget has forgotten', () => {
    const none = new LineMemory(0);
    none.remember(0, encode('a\n'), [0, 2]);
    expect(texts(none, 0, 9)).toEqual([]);
    const memory = new LineMemory(10);
    memory.remember(0, encode('a\n'), [0, 2]);
    memory.forgetAll();
    expect(texts(memory, 0, 9)).toEqual([]);
    memory.remember(5, encode('b\n'), [0, 2]);
    expect(texts(memory, 0, 9)).toEqual(['5:b\n']);
  });

  it('holds the last lines, never fewer than it was told to while there are as many, and no more than a block more', () => {
    const blocks = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 40 }), (written, most) => {
        const memory = new LineMemory(most);
        const all: string[] = [];
        let offset = 0;
        for (const lengths of written) {
          const bytes = encode(lengths.map((length) => `${'x'.repeat(length - 1)}\n`).join(''));
          for (const [i, at] of ends(lengths).slice(0, -1).entries())
            all.push(`${offset + at}:${'x'.repeat((lengths[i] ?? 0) - 1)}\n`);
          memory.remember(offset, bytes, ends(lengths));
          offset += bytes.length;
        }
        const kept = texts(memory, 0, offset);
        expect(kept).toEqual(all.slice(all.length - kept.length));
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(most, all.length));
        expect(kept.length).toBeLessThan(most + 8);
      }),
    );
  });

  it('stays bounded over many thousands of blocks', () => {
    const memory = new LineMemory(5);
    for (let n = 0; n < 10_000; n++) memory.remember(n * 2, encode('a\n'), [0, 2]);
    expect(texts(memory, 0, 20_000)).toEqual([19_990, 19_992, 19_994, 19_996, 19_998].map((at) => `${at}:a\n`));
  });
});
