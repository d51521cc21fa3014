import { execFile } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** A run of the real Vitest, which tries twice, over files of these texts. @returns all lines it says */
function said(...files: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-counted-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [n, text] of files.entries()) writeFileSync(join(folder, `file-${n}.test.ts`), text);
  const options = ['--root', folder, '--retry', '1', '--maxWorkers', '1', '--pool', 'threads'];
  const reporter = ['--reporter', join(ROOT, 'test/count-reporter.ts')];
  return new Promise((resolved) => {
    const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...options, ...reporter];
    execFile(process.execPath, vitest, (_, out) => resolved(out.trim().split('\n')));
  });
}

it('counts in the last line what passed and failed, and names before it what passed only at the second try', async () => {
  const lines = await said(
    `import { describe, expect, it } from 'vitest';
    let tries = 0;
    describe('a bot', () => {
      it('is slow to begin with', () => { tries += 1; expect(tries, 'it was\\nslow').toBe(2); });
      it('is well', () => {});
    });
    it('is broken', () => { expect(1).toBe(2); });`,
    `throw new Error('this file cannot be read');`,
  );
  expect(lines).toEqual([
    expect.stringMatching(
      /^passed at the second try: file-0\.test\.ts > a bot > is slow to begin with \(.*it was.*\)$/,
    ),
    '2 passed, 2 failed',
  ]);
});

it('says the count alone where all passed at once', async () => {
  expect(await said(`import { it } from 'vitest'; it('is well', () => {});`)).toEqual(['1 passed, 0 failed']);
});
