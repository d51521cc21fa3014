/** Bytes of real files, and what happens to bytes: from one flipped bit to a file that is somebody else's. */
import { fc } from '../fast-check.ts';

/** What breaks readers: numbers at their edges, names of prototypes, depth, control characters, halves of characters. */
const TOKENS = [
  ...[
    '0',
    '-0',
    '-1',
    '1e309',
    '-1e309',
    '9007199254740993',
    '0.1e-400',
    'NaN',
    'Infinity',
    'null',
    'true',
    '""',
    '[]',
    '{}',
  ],
  ...[
    '"__proto__"',
    '"__proto__":{"polluted":true}',
    '"constructor"',
    '"toString"',
    '../../etc/passwd',
    '"\\ud800"',
    '\\u0000',
  ],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\u2028',
    '\ufeff',
    '\0',
    ',',
    '"',
    '\\',
    '{',
    '}',
    '//',
    '/*',
    '🔧',
    '['.repeat(2_000),
    '{"a":'.repeat(2_000),
  ],
].map((text) => Buffer.from(text));

const ODD = [
  Buffer.from([0xff]),
  Buffer.from([0xc3, 0x28]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.alloc(64),
  Buffer.alloc(5_000, 0x20),
];

const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const size = fc.oneof({ weight: 6, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(4_000) });

type Change = (bytes: Buffer) => Buffer;
const spliced = (bytes: Buffer, at: number, gone: number, come: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), come, bytes.subarray(at + gone)]);
const placeIn = (bytes: Buffer, where: number): number => Math.floor(where * (bytes.length + 1));

const flips = fc.tuple(fraction, fc.nat(7)).map(
  ([where, bit]): Change =>
    (bytes) => {
      const changed = Buffer.from(bytes);
      const at = placeIn(bytes, where);
      if (at < bytes.length) changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      return changed;
    },
);
const foreign = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TOKENS, ...ODD) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
);
const comes = fc.tuple(fraction, fc.boolean(), foreign).map(
  ([where, over, bytes]): Change =>
    (old) =>
      spliced(old, placeIn(old, where), over ? bytes.length : 0, bytes),
);
const goes = fc.tuple(fraction, size).map(
  ([where, n]): Change =>
    (old) =>
      spliced(old, placeIn(old, where), n, Buffer.alloc(0)),
);
const twice = fc.tuple(fraction, size).map(
  ([where, n]): Change =>
    (old) => {
      const at = placeIn(old, where);
      return spliced(old, at, 0, old.subarray(at, at + n));
    },
);
const torn = fraction.map(
  (where): Change =>
    (old) =>
      old.subarray(0, placeIn(old, where)),
);
/** Numbers in text become others: what still parses goes deeper. */
const renumbered = fc
  .tuple(fraction, fc.constantFrom('0', '-1', '1e308', '99999999999999999999', '1.5', '"x"', 'null'))
  .map(
    ([where, number]): Change =>
      (old) => {
        const text = old.toString('latin1');
        const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
        const one = found[Math.floor(where * found.length)];
        return one === undefined ? old : spliced(old, one.index, one[0].length, Buffer.from(number));
      },
  );
const swappedLines = fc.tuple(fraction, fraction).map(
  ([a, b]): Change =>
    (old) => {
      const lines = old.toString('latin1').split('\n');
      const [i, j] = [Math.floor(a * lines.length), Math.floor(b * lines.length)];
      [lines[i], lines[j]] = [lines[j] ?? '', lines[i] ?? ''];
      return Buffer.from(lines.join('\n'), 'latin1');
    },
);

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: flips },
  { weight: 5, arbitrary: comes },
  { weight: 2, arbitrary: goes },
  { weight: 2, arbitrary: twice },
  { weight: 1, arbitrary: torn },
  { weight: 4, arbitrary: renumbered },
  { weight: 1, arbitrary: swappedLines },
);

/** One of these files after so many changes; sometimes bytes that never were one. */
export const mutated = (corpus: readonly Uint8Array[], most = 6): fc.Arbitrary<Buffer> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...corpus), fc.array(change, { maxLength: most }))
        .map(([bytes, changes]) => changes.reduce((now: Buffer, one) => one(now), Buffer.from(bytes))),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  );
