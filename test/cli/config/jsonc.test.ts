import { describe, expect, it } from 'vitest';
import { readJsonc } from '../../../src/cli/config/jsonc.ts';

const faults = (text: string) => readJsonc(text).faults.map(({ line, column, says }) => `${line}:${column} ${says}`);

describe('JSON with comments', () => {
  it('is read with comments, trailing commas and the mark of some editors, and places are those of the text', () => {
    const text = '\uFEFF// first\n{\n  "a": 1, /* why */\r\n  "b": {\n\t"c": [true, "x",],\n  },\n}\n';
    const { value, place, faults: wrong } = readJsonc(text);
    expect(wrong).toEqual([]);
    expect(value).toEqual({ a: 1, b: { c: [true, 'x'] } });
    expect(place(['a'])).toEqual({ line: 3, column: 3 });
    expect(place(['b', 'c'])).toEqual({ line: 5, column: 2 });
    expect(place(['b', 'c', 1])).toEqual({ line: 5, column: 14 });
    // What is missing is missing in what is around it.
    expect(place(['b', 'd'])).toEqual({ line: 4, column: 3 });
    expect(place([])).toEqual({ line: 2, column: 1 });
  });

  it('takes any name of a key as it is', () => {
    const { value } = readJsonc('{"__proto__": {"x": 1}, "constructor": 2}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect((value as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['', '1:1 it is not JSON: a value is missing'],
    ['// nothing', '1:11 it is not JSON: a value is missing'],
    ['{"a": 1', '1:8 it is not JSON: a closing } is missing'],
    ['{"a": [1', '1:9 it is not JSON: a closing ] is missing'],
    ['{\n  a: 1 }', '2:3 it is not JSON: what stands here is neither a value nor a key in double quotes'],
    ["{'a': 1}", '1:2 it is not JSON: what stands here is neither a value nor a key in double quotes'],
    ['{"a": 1\n "b": 2}', '2:2 it is not JSON: a comma is missing'],
    ['{"a" 1}', '1:6 it is not JSON: a colon is missing'],
    ['{"a": 1,,}', '1:9 it is not JSON: a key in double quotes is missing'],
    ['{"a": }', '1:7 it is not JSON: a value is missing'],
    ['{} {}', '1:4 it is not JSON: there is more after the end'],
    ['{} /* never', '1:4 it is not JSON: a comment has no end'],
    ['{"a": "x\n"}', '1:7 it is not JSON: a text has no end; it may not go over several lines'],
    ['{"a": "\\q"}', '1:7 it is not JSON: there is no such escape after \\'],
    ['{"a": "\\u12"}', '1:7 it is not JSON: this is no \\u and four hexadecimal digits'],
    ['{"a": 01}', '1:8 it is not JSON: a comma is missing'],
  ])('%j is refused where it goes wrong', (text, says) => {
    expect(faults(text)[0]).toBe(says);
  });

  it('does not take a key twice, at any depth', () => {
    expect(faults('{"a": 1,\n "a": 1, "b": [{"c": 1, "c": 2}]}')).toEqual([
      '2:2 "a" stands here again; it has stood at 1:2. Keep one',
      '2:25 "c" stands here again; it has stood at 2:17. Keep one',
    ]);
  });
});
