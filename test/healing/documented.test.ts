import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

describe('docs/supervise.md', () => {
  it('has an example that runs, and prints what is said', () => {
    const page = readFileSync(join(ROOT, 'docs/supervise.md'), 'utf8');
    const [, program = '', printed = ''] = /```ts\n(.*?)```.*?```\n(.*?)```/s.exec(page) ?? [];
    const run = spawnSync(join(ROOT, 'node_modules/.bin/node'), ['--input-type=module-typescript'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 30_000,
      input: program.replace("'kintsugi/healing'", "'./src/healing/index.ts'"),
    });
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe(printed);
    expect(run.stdout).toContain('healed printer/prints');
    expect(run.status).toBe(0);
  });
});
