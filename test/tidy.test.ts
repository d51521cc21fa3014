import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });

const sources = files(SRC).map((path) => ({ path: relative(SRC, path), text: readFileSync(path, 'utf8') }));
const layerOf = (path: string): string => path.split('/')[0] ?? path;

interface Import {
  readonly from: string;
  readonly to: string;
}
const imports: Import[] = sources.flatMap(({ path, text }) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) => ({
    from: path,
    to: specifier.startsWith('.') ? relative(SRC, resolve(SRC, dirname(path), specifier)) : specifier,
  })),
);
const inner = (to: string): boolean => sources.some(({ path }) => path === to);

/** Code without its comments and strings: prose may name what code may not. */
const code = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");

/** DESIGN §2: `machines` ← `healing`, `actors` → `ports` ← `adapters`; only `cli` sees everything. Ports speak of messages. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  machines: ['machines'],
  ports: ['ports', 'machines'],
  healing: ['healing', 'machines', 'ports'],
  // Statistics of records: pure, and of no use to a bot.
  report: ['report', 'ports', 'machines'],
  actors: ['actors', 'machines', 'healing', 'ports'],
  // What can be seen of any XState app; its server is an adapter.
  inspector: ['inspector', 'machines', 'healing', 'ports'],
  'inspector/index.ts': ['inspector', 'adapters'],
  adapters: ['adapters', 'ports', 'machines'],
  // The inspector's server asks an `InspectorSource`.
  'adapters/http': ['adapters', 'ports', 'machines', 'inspector'],
  cli: ['cli', 'sim', 'actors', 'machines', 'healing', 'ports', 'adapters', 'inspector', 'report'],
  // The public entry point brings a real clock and chance.
  'healing/index.ts': ['healing', 'adapters'],
  // A whole bot in a world of its own: what a command starts, and nobody else.
  sim: ['sim', 'actors', 'machines', 'healing', 'ports', 'adapters', 'cli'],
  'index.ts': ['cli', 'actors', 'machines', 'healing', 'ports'],
};

describe('the house', () => {
  it('has imports that point one way only', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        inner(to) &&
        !(MAY_IMPORT[from] ?? MAY_IMPORT[dirname(from)] ?? MAY_IMPORT[layerOf(from)] ?? []).includes(layerOf(to)),
    );
    expect(wrong).toEqual([]);
  });

  it('has machines that are pure: they import XState and each other', () => {
    const wrong = imports.filter(({ from, to }) => layerOf(from) === 'machines' && !inner(to) && to !== 'xstate');
    expect(wrong).toEqual([]);
  });

  it('has a healing engine that knows nothing of trading', () => {
    const engine = sources.filter(({ path }) => /^healing\/[^/]+$/.test(path));
    const wrong = engine.flatMap(({ path, text }) =>
      [...code(text).matchAll(/\b(candle|broker|feature|tradeExecution|signalBus|price)s?\b/gi)].map(
        ([word]) => `${path}: ${word}`,
      ),
    );
    expect(wrong).toEqual([]);
    expect(
      imports.filter(({ from, to }) => /^healing\/[^/]+$/.test(from) && to.startsWith('healing/invariants')),
    ).toEqual([]);
  });

  it('takes time, chance and files through ports: only adapters touch the real ones', () => {
    const forbidden =
      /\bDate\.now\b|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\s*\(|\bnew Date\(\)|\bperformance\.now\b|\bfetch\s*\(/;
    const own = (text: string) => code(text).replace(/\b(clock|this|[a-z]\w*)\.(set|clear)Timeout/g, '');
    const wrong = sources
      .filter(({ path }) => layerOf(path) !== 'adapters' && path !== 'ports/clock.ts')
      .flatMap(({ path, text }) =>
        own(text)
          .split('\n')
          .flatMap((line) => (forbidden.test(line) ? [`${path}: ${line.trim()}`] : [])),
      );
    expect(wrong).toEqual([]);
    const io = imports.filter(
      ({ from, to }) => layerOf(from) !== 'adapters' && /^(node:)?(fs|fs\/promises|net|http|child_process)$/.test(to),
    );
    expect(io).toEqual([]);
  });

  it('has no any, no default export, no non-null assertion, no empty catch, nothing left to do', () => {
    const forbidden: readonly (readonly [string, RegExp])[] = [
      ['any', /(:|<|\bas|,)\s*any\b/],
      ['default export', /\bexport default\b/],
      ['empty catch', /catch\s*(\([^)]*\))?\s*\{\s*\}/],
      ['left to do', /\b(TODO|FIXME|XXX)\b/],
      ['silenced', /@ts-(ignore|expect-error|nocheck)/],
    ];
    const wrong = sources.flatMap(({ path, text }) =>
      forbidden.flatMap(([name, pattern]) =>
        pattern.test(name === 'any' ? code(text) : text) ? [`${path}: ${name}`] : [],
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('has one idea a file: none is longer than 400 lines, most are shorter than 200', () => {
    const lines = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length }));
    expect(lines.filter((file) => file.lines > 400)).toEqual([]);
    expect(lines.filter((file) => file.lines < 200).length / lines.length).toBeGreaterThan(0.8);
  });

  it('finds a component under the same name in every folder', () => {
    const machines = sources
      .filter(({ path }) => layerOf(path) === 'machines')
      .map(({ path }) => path.slice('machines/'.length));
    const shared = new Set([
      'arrivals.ts',
      'beats.ts',
      'healer.ts',
      'index.ts',
      'life.ts',
      'messages.ts',
      'signal-lifecycle.ts',
      'vitals.ts',
    ]);
    const missing = machines.filter(
      (name) =>
        !shared.has(name) && !name.startsWith('compile/') && !sources.some(({ path }) => path === `actors/${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('has no half-made merge in what people read', () => {
    const read = ['README.md', 'BENCHMARKS.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
    const marked = read.filter(
      (name) => name.endsWith('.md') && /^(<{7}|>{7}) /m.test(readFileSync(join(ROOT, name), 'utf8')),
    );
    expect(marked).toEqual([]);
  });
});
