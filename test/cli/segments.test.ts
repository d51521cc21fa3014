import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi } from './cli.ts';

const findingsIn = (out: string): { readonly file: string; readonly line: number; readonly severity: string }[] =>
  JSON.parse(out).findings;

describe('a bot whose event log goes on in new files', () => {
  it('is looked at, mended, archived and started again as one log', async () => {
    const dir = freshFolder();
    const config = join(freshFolder(), 'config.json');
    writeFileSync(config, '{"segmentMb": 0.02}');
    const run = (time: string) =>
      kintsugi(['run', '--speed', 'max', '--for', time, '--dir', dir, '--config', config, '--json']);
    const segments = () => readdirSync(join(dir, 'logs')).filter((name) => /^signal_bus-\d+/.test(name));
    const file = (name: string) => join(dir, 'logs', name);

    expect(await run('40m')).toMatchObject({ code: 0 });
    const [first = '', second = ''] = segments();
    expect(segments().length).toBeGreaterThanOrEqual(3);
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });

    const lines = readFileSync(file(first), 'utf8').split('\n');
    lines[4] = `#${lines[4]?.slice(1)}`;
    writeFileSync(file(first), lines.join('\n'));
    const sick = await kintsugi(['doctor', '--dir', dir, '--json']);
    expect(sick.code).toBe(1);
    expect(findingsIn(sick.out).filter(({ severity }) => severity === 'error')).toContainEqual(
      expect.objectContaining({ file: `logs/${first}`, line: 5, kind: 'bad-line' }),
    );
    expect(await kintsugi(['heal', '--dir', dir])).toMatchObject({ code: 0 });
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });

    // A run makes a checkpoint of what was mended; then the oldest segment may go.
    expect(await run('5m')).toMatchObject({ code: 0 });
    mkdirSync(join(dir, 'archive'));
    renameSync(file(first), join(dir, 'archive', first));
    const without = JSON.parse((await run('5m')).out);
    expect(without.incidents.total).toBe(0);
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });

    // Without a checkpoint nobody knows what it said: the bot says so, and asks the exchange.
    rmSync(join(dir, 'state/bus_checkpoint.json'));
    renameSync(file(second), join(dir, 'archive', second));
    const asked = await run('5m');
    expect(asked.err).toContain('the oldest segments of the log were taken away');
    expect(JSON.parse(asked.out).incidents).toMatchObject({ total: 1, healed: 1 });
    expect(JSON.parse((await run('5m')).out).incidents.total).toBe(0);
  });
});
