import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

describe('examples/heal-any-xstate-app.ts', () => {
  it('heals an app that knows nothing of trading, prints the proof, and ends by itself', () => {
    const run = spawnSync(join(ROOT, 'node_modules/.bin/node'), ['examples/heal-any-xstate-app.ts'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(run.stderr).toBe('');
    const [opened, healed, remedy, proof, printed, summary] = run.stdout.split('\n');
    const found = 'printer/prints: 2 jobs wait, and no paper moved for half a second, though its heart beat';
    expect(opened).toContain(`[open] ${found}`);
    expect(Number(opened?.match(/beat (\d+) times$/)?.[1])).toBeGreaterThan(2);
    expect(healed).toContain(`[healed] ${found}`);
    expect(remedy?.trim()).toBe('RESTART printer: proven: incarnation 2 runs');
    expect(proof?.trim()).toBe('then: it holds');
    expect(printed).toBe('printed: letter.txt, report.pdf, photo.jpg');
    expect(summary).toBe('yellow, 1 healed, the printer was restarted 1 time(s)');
    expect(run.status).toBe(0);
  });
});
