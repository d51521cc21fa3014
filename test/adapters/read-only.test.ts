import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { everythingBelow, placeAt, ReadOnlyFile, readIfThere, shortPath } from '../../src/adapters/read-only.ts';

const bench = () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'kintsugi-look-')));
  const root = join(home, 'bot');
  mkdirSync(join(root, 'logs/deep'), { recursive: true });
  writeFileSync(join(root, 'logs/a.jsonl'), 'one\ntwo\n');
  return { home, root, at: (path: string) => join(root, path) };
};
const paths = (root: string, skip: readonly string[] = []): string[] =>
  [...everythingBelow(root, skip)].map(({ path, kind }) => `${kind} ${path}`);

describe('everything below a folder', () => {
  it('comes in order of names, folders before what is in them, without what is to be left out', () => {
    const { root, at } = bench();
    writeFileSync(at('b.json'), '');
    writeFileSync(at('logs/deep/c'), '');
    mkdirSync(at('quarantine'));
    writeFileSync(at('quarantine/d'), '');
    expect(paths(root, ['quarantine'])).toEqual([
      'file b.json',
      'folder logs',
      'file logs/a.jsonl',
      'folder logs/deep',
      'file logs/deep/c',
    ]);
  });

  it('names links, says whether they lead out, and follows none, not even into a circle', () => {
    const { home, root, at } = bench();
    mkdirSync(join(home, 'bot-of-another'));
    symlinkSync('..', at('logs/up'));
    symlinkSync(root, at('logs/circle'));
    symlinkSync(join(home, 'bot-of-another'), at('logs/neighbour'));
    symlinkSync('../../gone', at('logs/broken'));
    const links = [...everythingBelow(root, [])].filter(({ kind }) => kind === 'link');
    expect(links.map(({ path, leadsOut, target }) => [path, leadsOut, target])).toEqual([
      ['logs/broken', true, join(home, 'gone')],
      ['logs/circle', false, root],
      ['logs/neighbour', true, join(home, 'bot-of-another')],
      ['logs/up', false, root],
    ]);
  });

  it('tells what nobody may read, also to root, and does not go in there', () => {
    const { root, at } = bench();
    writeFileSync(at('logs/deep/hidden'), '');
    chmodSync(at('logs/a.jsonl'), 0o200);
    chmodSync(at('logs/deep'), 0o300);
    const sights = [...everythingBelow(root, [])];
    expect(sights.map(({ path, readable }) => [path, readable])).toEqual([
      ['logs', true],
      ['logs/a.jsonl', false],
      ['logs/deep', false],
    ]);
    chmodSync(at('logs/deep'), 0o700);
  });

  it('goes on when a file goes away between two looks', () => {
    const { root, at } = bench();
    for (const name of ['x', 'y', 'z']) writeFileSync(at(name), '');
    const seen: string[] = [];
    for (const { path } of everythingBelow(root, [])) {
      if (path === 'x') rmSync(at('y'));
      seen.push(path);
    }
    expect(seen).toEqual(['logs', 'logs/a.jsonl', 'logs/deep', 'x', 'z']);
  });

  it('throws the system’s error where there is no folder', () => {
    const { root } = bench();
    expect(() => paths(join(root, 'gone'))).toThrow(/ENOENT/);
    expect(() => paths(join(root, 'logs/a.jsonl'))).toThrow(/ENOTDIR/);
  });
});

describe('looking', () => {
  it('changes nothing: no file, no size, no time', async () => {
    const { home, root, at } = bench();
    utimesSync(at('logs/a.jsonl'), 1, 1);
    const state = () => JSON.stringify([readdirSync(home, { recursive: true }), statSync(at('logs/a.jsonl')).mtimeMs]);
    const before = state();
    expect(paths(root)).toHaveLength(3);
    for (const path of ['', 'logs', 'gone/deeper', 'logs/a.jsonl', 'logs/a.jsonl/x']) placeAt(at(path));
    const file = new ReadOnlyFile(at('logs/a.jsonl'));
    await file.read(0, 100);
    file.close();
    expect(readIfThere(at('gone'))).toBeNull();
    expect(state()).toBe(before);
  });
});

describe('a file opened for reading alone', () => {
  it('gives what is asked for, fewer bytes at the end, none beyond', async () => {
    const { at } = bench();
    const file = new ReadOnlyFile(at('logs/a.jsonl'));
    expect(file.size).toBe(8);
    expect(Buffer.from(await file.read(4, 3)).toString()).toBe('two');
    expect(Buffer.from(await file.read(4, 100)).toString()).toBe('two\n');
    expect(await file.read(100, 5)).toHaveLength(0);
    const target = new Uint8Array(3);
    expect(await file.readInto(target, 7)).toBe(1);
    expect(target).toEqual(new Uint8Array([10, 0, 0]));
    file.close();
  });

  it('is as long as it was, though it grows', () => {
    const { at } = bench();
    const file = new ReadOnlyFile(at('logs/a.jsonl'));
    writeFileSync(at('logs/a.jsonl'), 'three\n', { flag: 'a' });
    expect(file.size).toBe(8);
    file.close();
  });

  it('is never reached by a link', () => {
    const { at } = bench();
    symlinkSync('logs/a.jsonl', at('link'));
    expect(() => new ReadOnlyFile(at('link'))).toThrow(/ELOOP/);
    expect(() => new ReadOnlyFile(at('gone'))).toThrow(/ENOENT/);
  });
});

describe('reading what may not be there', () => {
  it('gives null where nothing is, and throws where something else is', () => {
    const { at } = bench();
    expect(readIfThere(at('gone'))).toBeNull();
    expect(Buffer.from(readIfThere(at('logs/a.jsonl')) ?? []).toString()).toBe('one\ntwo\n');
    expect(() => readIfThere(at('logs'))).toThrow(/EISDIR/);
    expect(() => readIfThere(at('logs/a.jsonl/x'))).toThrow(/ENOTDIR/);
  });
});

describe('a place for a directory', () => {
  it('is a folder, nothing, or taken, and says whether it may be used', () => {
    const { home, root, at } = bench();
    expect(placeAt(root)).toEqual({ is: 'folder', readable: true, writable: true });
    expect(placeAt(at('new/deeper/still'))).toEqual({ is: 'nothing', parent: root, creatable: true });
    expect(placeAt(at('logs/a.jsonl'))).toEqual({ is: 'taken', by: at('logs/a.jsonl') });
    expect(placeAt(at('logs/a.jsonl/x/y'))).toEqual({ is: 'taken', by: at('logs/a.jsonl') });
    chmodSync(root, 0o500);
    expect(placeAt(root)).toMatchObject({ readable: true, writable: false });
    expect(placeAt(at('new'))).toMatchObject({ is: 'nothing', creatable: false });
    chmodSync(root, 0o700);
    symlinkSync(root, join(home, 'link'));
    expect(placeAt(join(home, 'link'))).toMatchObject({ is: 'folder' });
    symlinkSync(join(home, 'gone'), join(home, 'broken'));
    expect(placeAt(join(home, 'broken'))).toMatchObject({ is: 'nothing', parent: home });
  });
});

describe('a path as a person types it', () => {
  it('is relative where it stays below, and absolute where it does not', () => {
    expect(shortPath('/home/me/bot', '/home/me')).toBe('./bot');
    expect(shortPath('/home/me', '/home/me')).toBe('.');
    expect(shortPath('/home/you', '/home/me')).toBe('/home/you');
    expect(shortPath('/home/me/..bot', '/home/me')).toBe('./..bot');
  });
});
