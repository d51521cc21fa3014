import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BOT_LOG, pinoLog } from '../../src/adapters/pino-log.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';

const lines = (root: string) =>
  readFileSync(join(root, BOT_LOG), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the log for people', () => {
  it('is on disk when the call returns, with the time of the bot', () => {
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-pino-'));
    const log = pinoLog(root, { clock: new VirtualClock(0) });
    log.warn('🔧 [HEALING] Created signals.jsonl', { path: 'logs/signals.jsonl' });
    expect(lines(root)).toEqual([
      {
        level: 'warn',
        time: '1970-01-01T00:00:00.000Z',
        path: 'logs/signals.jsonl',
        msg: '🔧 [HEALING] Created signals.jsonl',
      },
    ]);
    log.close();
  });

  it('is made anew with the next line when it was deleted', () => {
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-pino-'));
    const log = pinoLog(root, { clock: new VirtualClock(0) });
    log.info('one');
    rmSync(join(root, BOT_LOG));
    log.info('two');
    expect(lines(root).map(({ msg }) => msg)).toEqual(['two']);
    log.close();
  });

  it('survives a disk that is full, says so once, and writes what waited when there is space', () => {
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-pino-'));
    mkdirSync(join(root, 'logs'));
    // Whatever is written to /dev/full is refused as by a full disk.
    symlinkSync('/dev/full', join(root, BOT_LOG));
    const told: string[] = [];
    const log = pinoLog(root, {
      clock: new VirtualClock(0),
      mirror: (level, message) => told.push(`${level} ${message}`),
    });
    log.info('one');
    log.info('two');
    expect(told.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    expect(told).toContain('info two');
    rmSync(join(root, BOT_LOG));
    log.info('three');
    expect(lines(root).map(({ msg }) => msg)).toEqual(['one', 'two', 'three']);
    log.close();
  });

  it('loses no line to a SIGKILL', async () => {
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-pino-'));
    const script = `
      import { pinoLog } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/adapters/pino-log.ts'))};
      const log = pinoLog(${JSON.stringify(root)}, { clock: { now: () => 0 } });
      for (let n = 0; n < 5000; n++) log.info('line ' + n);
      process.kill(process.pid, 'SIGKILL');`;
    const node = resolve(import.meta.dirname, '../../node_modules/.bin/node');
    const child = spawn(node, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    await new Promise((resolved) => child.on('close', resolved));
    expect(lines(root)).toHaveLength(5_000);
  });
});
