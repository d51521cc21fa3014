/** The command itself, on short lives of the whole bot. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawScript } from '../../../src/sim/draw-script.ts';
import { scriptText } from '../../../src/sim/script-file.ts';
import { freshFolder, kintsugi, startForTest } from '../cli.ts';

interface Told {
  readonly passed: boolean;
  readonly seeds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly traces: readonly { readonly seed: number; readonly trace: string }[];
  readonly interrupted: boolean;
  readonly twice: unknown;
}

const simIn = async (env: Record<string, string>, ...args: readonly string[]) => {
  const { code, out, err } = await kintsugi(['sim', ...args, '--json'], env);
  return { code, err, told: JSON.parse(out) as Told };
};
const sim = (...args: readonly string[]) => simIn({}, ...args);

/** A life takes a second, and on a machine that has much else to do a minute. */
const PATIENT_MS = 240_000;

describe('kintsugi sim', { timeout: PATIENT_MS }, () => {
  it('runs seeds on threads, and finds them the same in another process, all of them', async () => {
    const { code, told } = await sim('--seeds', '3', '--hours', '0.05', '--workers', '2', '--twice');
    expect(code).toBe(0);
    expect(told).toMatchObject({ passed: true, seeds: 3, twice: { seeds: 3, difference: null } });
    // From its sources, file by file, it is the same as from the few files that tests start (one-file-packages.ts).
    const { told: again } = await simIn({ AS_IT_IS: '1' }, '--seed', '2', '--hours', '0.05');
    expect(again.traces).toEqual([told.traces[1]]);
    expect(new Set(told.traces.map(({ trace }) => trace)).size).toBe(3);
  });

  it('draws the kinds that were asked for, and no others; none, where none were', async () => {
    const { told } = await sim(
      '--seed',
      '1',
      '--hours',
      '0.2',
      '--faults',
      'disk-slow=3,feed-silent',
      '--every',
      '20s',
    );
    expect(Object.keys(told.faults).sort()).toEqual(['disk-slow', 'feed-silent']);
    expect(Object.values(told.faults).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(3);
    const { told: calm, code } = await sim('--seed', '1', '--hours', '0.05', '--faults', 'none');
    expect([code, calm.faults]).toEqual([0, {}]);
  });

  it('runs the script of a file as it stands, and leaves a disk that inspector, doctor and verify read', async () => {
    const folder = freshFolder();
    const file = join(folder, 'script.json');
    writeFileSync(file, scriptText({ breaks: null, script: drawScript(7, { hours: 0.1 }) }));
    const out = join(folder, 'left');
    const { code, told, err } = await sim('--script', file, '--out', out);
    expect(code).toBe(0);
    expect(err).toContain(`kintsugi inspect --dir ${out}`);
    const { told: drawn } = await sim('--seed', '7', '--hours', '0.1');
    expect(told.traces).toEqual(drawn.traces);
    expect(existsSync(join(out, 'logs/signal_bus.jsonl'))).toBe(true);
    const doctor = await kintsugi(['doctor', '--dir', out, '--json']);
    expect(JSON.parse(doctor.out)).toMatchObject({ dir: out });
    const verified = await kintsugi(['verify', '--dir', out]);
    expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('sound')]);
    const page = startForTest(['inspect', '--dir', out, '--port', '0']);
    await page.said('its records are shown');
    await expect.poll(page.out).toContain('http://127.0.0.1:');
    const once = await kintsugi(['sim', '--script', file, '--out', out]);
    expect([once.code, once.err]).toEqual([1, expect.stringContaining('something is there already')]);
  });

  it('writes all that was decided, and every time the same', async () => {
    const folder = freshFolder();
    const file = join(folder, 'decided');
    const { code } = await sim('--seed', '3', '--hours', '0.05', '--trace', file);
    expect(code).toBe(0);
    const { out } = await kintsugi(['sim', '--seed', '3', '--hours', '0.05', '--trace', '-'], { TZ: 'Asia/Kolkata' });
    expect(out).toBe(readFileSync(file, 'utf8'));
    expect(out.split('\n').length).toBeGreaterThan(200);
  });

  it('ends at Ctrl-C with what was seen so far', async () => {
    const run = startForTest(['sim', '--seeds', '100000', '--hours', '0.05', '--workers', '1', '--json']);
    await run.said('Ctrl-C');
    run.kill('SIGINT');
    const { code, out, err } = await run.outcome;
    expect(code).toBe(130);
    expect(err).toContain('ending with what was seen so far');
    expect(JSON.parse(out)).toMatchObject({ interrupted: true, passed: false, asked: 100_000 });
  });

  it.each([
    [['--faults', 'crahs'], 64, 'Did you mean crash?'],
    [['--seeds', 'many'], 64, '--seeds many: a whole number'],
    [['--script', '/nowhere.json'], 1, '--script /nowhere.json: there is no such file'],
  ])('refuses in words: %j', async (args, code, words) => {
    const { code: ended, err, out } = await kintsugi(['sim', ...args]);
    expect([ended, out]).toEqual([code, '']);
    expect(err).toContain(words);
  });

  it('says what is wrong with a script', async () => {
    const file = join(freshFolder(), 'script.json');
    writeFileSync(file, '{"schema":1}');
    const { code, err } = await kintsugi(['sim', '--script', file]);
    expect([code, err]).toEqual([1, expect.stringContaining('it is no script: breaks')]);
    const folder = freshFolder();
    mkdirSync(join(folder, 'kept'));
    const { err: refused } = await kintsugi(['sim', '--seed', '1', '--out', folder]);
    expect(refused).toContain('something is there already');
  });
});
