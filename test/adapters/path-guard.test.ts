import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { insideOf } from '../../src/adapters/path-guard.ts';

/** `bot` beside `bot-of-another` and `elsewhere`, which has folders of the same names. */
function bench() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'kintsugi-guard-')));
  const root = join(home, 'bot');
  mkdirSync(join(root, 'a/b/c'), { recursive: true });
  for (const other of ['elsewhere', 'bot-of-another']) mkdirSync(join(home, other, 'b/c'), { recursive: true });
  return { home, root, at: (path: string) => join(root, path), elsewhere: join(home, 'elsewhere') };
}
const refusal = (root: string, path: string): unknown => {
  try {
    return insideOf(root, path);
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('a path', () => {
  it.each([
    ['a/b/c/file', 'a/b/c/file'],
    ['a/../a/./b//c/file', 'a/b/c/file'],
    ['new/folder/file', 'new/folder/file'],
    ['.', '.'],
    ['', '.'],
    ['..file', '..file'],
    ['a/..b/...', 'a/..b/...'],
    ['a/b/', 'a/b'],
    ['a\\..\\..\\x', 'a\\..\\..\\x'],
    ['%2e%2e/x', '%2e%2e/x'],
  ])('%j is inside', (path, where) => {
    const { root } = bench();
    expect(insideOf(root, path)).toBe(join(root, where));
  });

  it.each(['..', '../', '../bot-of-another/x', 'a/../..', 'a/b/../../../x', './../x', '/etc/passwd', '/', '//x'])(
    '%j leads out',
    (path) => {
      expect(refusal(bench().root, path)).toBe('ESCAPE');
    },
  );

  it('leads out where it is absolute, though it names something inside: paths of records are relative', () => {
    const { root } = bench();
    expect(refusal(root, join(root, 'a/b'))).toBe('ESCAPE');
  });

  it.each(['\0', 'a/\0', 'a/b\0/../../x', 'file\0.json'])('with a NUL (%j) leads nowhere', (path) => {
    expect(refusal(bench().root, path)).toBe('ESCAPE');
  });
});

describe('a symbolic link', () => {
  const LEVELS = ['a', 'a/b', 'a/b/c'];

  it.each(LEVELS)('out of the directory, at %s, is not followed', (level) => {
    const { root, at, elsewhere } = bench();
    rmSync(at(level), { recursive: true });
    symlinkSync(elsewhere, at(level));
    expect(refusal(root, 'a/b/c/file')).toBe('ESCAPE');
    expect(refusal(root, `${level}/new/file`)).toBe('ESCAPE');
  });

  it.each(LEVELS)('that takes the place of %s after it had been used is not followed', (level) => {
    const { root, at, elsewhere } = bench();
    expect(insideOf(root, 'a/b/c/file')).toBe(at('a/b/c/file'));
    const below = 'a/b/c'.slice(level.length + 1);
    mkdirSync(join(elsewhere, below), { recursive: true });
    renameSync(at(level), at('was'));
    symlinkSync(elsewhere, at(level));
    expect(refusal(root, 'a/b/c/file')).toBe('ESCAPE');
  });

  it.each(['/', '/.', '/../bot'])('is found also where the directory is written with %s at its end', (end) => {
    const { root, at, elsewhere } = bench();
    const written = root + end;
    expect(insideOf(written, 'a/b/c/file')).toBe(at('a/b/c/file'));
    expect(insideOf(written, 'a/b/c/file')).toBe(at('a/b/c/file'));
    renameSync(at('a'), at('was'));
    symlinkSync(elsewhere, at('a'));
    expect(refusal(written, 'a/b/c/file')).toBe('ESCAPE');
  });

  it('to a sibling whose name begins like ours leads out', () => {
    const { home, root, at } = bench();
    symlinkSync(join(home, 'bot-of-another'), at('link'));
    expect(refusal(root, 'link/file')).toBe('ESCAPE');
  });

  it('over another link, or up and down again by .., is judged by where it ends', () => {
    const { root, at } = bench();
    symlinkSync('../../elsewhere', at('a/out'));
    symlinkSync('a/out', at('by'));
    symlinkSync('../bot/a', at('a/home'));
    symlinkSync('b', at('a/near'));
    expect(refusal(root, 'by/file')).toBe('ESCAPE');
    expect(refusal(root, 'a/out/file')).toBe('ESCAPE');
    expect(insideOf(root, 'a/near/file')).toBe(at('a/near/file'));
  });

  it.each([
    ['to itself', 'link'],
    ['to nothing', '/nowhere/at/all'],
  ])('%s is refused', (_, target) => {
    const { root, at } = bench();
    symlinkSync(target, at('link'));
    expect(() => insideOf(root, 'link/file')).toThrow();
  });

  it('on the way to the directory itself is nobody else’s matter', () => {
    const { home, root } = bench();
    symlinkSync(root, join(home, 'short'));
    expect(insideOf(join(home, 'short'), 'a/b/file')).toBe(join(home, 'short/a/b/file'));
  });

  it('is not listed through: what another folder holds is not told', async () => {
    const { root, at, elsewhere } = bench();
    writeFileSync(join(elsewhere, 'private'), '');
    symlinkSync(elsewhere, at('link'));
    const files = nodeFiles(root, { durability: 'written', watched: false });
    for (const path of ['link', 'link/', 'link/.']) {
      await expect(files.list(path), path).rejects.toMatchObject({ name: 'FileFault', code: 'ESCAPE' });
    }
    expect((await files.stat('link/'))?.kind).toBe('other');
    await expect(files.makeFolder('link/new')).rejects.toMatchObject({ code: 'ESCAPE' });
    expect(readdirSync(elsewhere).sort()).toEqual(['b', 'private']);
  });
});
