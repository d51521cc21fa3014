import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forgetToken, INSPECTOR_TOKEN_FILE, keptToken, readToken } from '../../src/adapters/request-token.ts';

const bot = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-token-'));
  mkdirSync(join(root, 'run'));
  return root;
};

it('a token is kept over lives, for its owner alone, and forgotten when it is told', () => {
  const root = bot();
  const token = keptToken(root, INSPECTOR_TOKEN_FILE);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(join(root, INSPECTOR_TOKEN_FILE)).mode & 0o777).toBe(0o600);
  expect(keptToken(root, INSPECTOR_TOKEN_FILE)).toBe(token);
  expect(readToken(root)).toBeNull();
  forgetToken(root, INSPECTOR_TOKEN_FILE);
  expect(keptToken(root, INSPECTOR_TOKEN_FILE)).not.toBe(token);
});

it('a token that others could have read, put there or guessed is not kept', () => {
  const root = bot();
  const path = join(root, INSPECTOR_TOKEN_FILE);
  const readable = keptToken(root, INSPECTOR_TOKEN_FILE);
  chmodSync(path, 0o640);
  const fresh = keptToken(root, INSPECTOR_TOKEN_FILE);
  expect(fresh).not.toBe(readable);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const weak of ['', 'short', 'x'.repeat(64)]) {
    writeFileSync(path, `${weak}\n`, { mode: 0o600 });
    expect(keptToken(root, INSPECTOR_TOKEN_FILE)).toMatch(/^[0-9a-f]{64}$/);
  }
  const elsewhere = join(bot(), 'planted');
  writeFileSync(elsewhere, `${'a'.repeat(64)}\n`, { mode: 0o600 });
  unlinkSync(path);
  symlinkSync(elsewhere, path);
  expect(keptToken(root, INSPECTOR_TOKEN_FILE)).not.toBe('a'.repeat(64));
  expect(readFileSync(elsewhere, 'utf8')).toBe(`${'a'.repeat(64)}\n`);
});

it('a token that cannot be written is told of by its file, and leaves nothing behind', () => {
  const root = bot();
  mkdirSync(join(root, INSPECTOR_TOKEN_FILE));
  expect(() => keptToken(root, INSPECTOR_TOKEN_FILE)).toThrow(/cannot write run\/inspector_token/);
  expect(readdirSync(join(root, 'run'))).toEqual(['inspector_token']);
});
