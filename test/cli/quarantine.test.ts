import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi } from './cli.ts';

/** A directory with a bad line of the log and a torn document in quarantine. */
async function healed(): Promise<{ readonly dir: string; readonly ids: readonly string[] }> {
  const dir = freshFolder();
  await kintsugi(['run', '--speed', 'max', '--for', '10m', '--dir', dir]);
  appendFileSync(join(dir, 'logs/signal_bus.jsonl'), 'this is no record\n');
  writeFileSync(join(dir, 'logs/positions_futures.json'), '{"open_positions":[');
  expect(await kintsugi(['heal', '--dir', dir])).toMatchObject({ code: 0 });
  const { out } = await kintsugi(['quarantine', 'list', '--dir', dir, '--json']);
  return { dir, ids: entriesIn(out).map(({ id }) => id) };
}

/** Beside them lies the checkpoint: made of a log that is another one now. */
const entriesIn = (out: string): { readonly id: string; readonly source: string; readonly file: string }[] =>
  JSON.parse(out).entries.filter(({ source }: { source: string }) => source !== 'state/bus_checkpoint.json');

describe('kintsugi quarantine', () => {
  it('lists what was set aside, shows its bytes, and puts them back where they stood', async () => {
    const { dir, ids } = await healed();
    expect(ids).toHaveLength(2);
    const [line = '', document = ''] = ids;
    const list = await kintsugi(['quarantine', 'list', '--dir', dir]);
    expect(list.out).toContain('logs/signal_bus.jsonl at');
    expect(list.out).toContain('17 bytes');
    expect((await kintsugi(['quarantine', 'show', line, '--dir', dir])).out).toBe('this is no record');
    const clean = readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8');

    expect(await kintsugi(['quarantine', 'restore', line, '--dir', dir])).toMatchObject({ code: 0 });
    expect(readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8')).toContain('\nthis is no record\n');
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 1 });
    expect(await kintsugi(['heal', '--dir', dir])).toMatchObject({ code: 0 });
    expect(readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8')).toBe(clean);

    const { out } = await kintsugi(['quarantine', 'restore', document, '--dir', dir]);
    expect(out).toContain('what stood there is in quarantine/');
    expect(readFileSync(join(dir, 'logs/positions_futures.json'), 'utf8')).toBe('{"open_positions":[');
  });

  it('tells of what lies there and of which a damaged index says nothing', async () => {
    const { dir } = await healed();
    const { out: whole, err: silent } = await kintsugi(['quarantine', 'list', '--dir', dir, '--json']);
    expect([JSON.parse(whole).unlisted, silent]).toEqual([[], '']);
    const files = JSON.parse(whole).entries.map(({ file }: { file: string }) => file);
    writeFileSync(join(dir, 'quarantine/index.jsonl'), '{"id": "torn');
    const { out, err, code } = await kintsugi(['quarantine', 'list', '--dir', dir, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out).unlisted).toEqual([...new Set(files)].sort());
    for (const file of files) expect(err).toContain(file);
    expect((await kintsugi(['quarantine', 'list', '--dir', dir])).out).toBe('Nothing is listed.\n');
    expect((await kintsugi(['doctor', '--dir', dir])).out).toContain('index.jsonl does not tell of it');
  });

  it('says what is wrong with an id it does not know, and with bytes that are not what was set aside', async () => {
    const { dir, ids } = await healed();
    expect(await kintsugi(['quarantine', 'show', 'nonsense', '--dir', dir])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no such entry'),
    });
    expect(await kintsugi(['quarantine', 'show'])).toMatchObject({ code: 64 });
    const { out } = await kintsugi(['quarantine', 'list', '--dir', dir, '--json']);
    const [entry] = entriesIn(out);
    writeFileSync(join(dir, entry?.file ?? ''), 'somebody was here');
    const before = readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8');
    expect(await kintsugi(['quarantine', 'restore', ids[0] ?? '', '--dir', dir])).toMatchObject({
      code: 1,
      err: expect.stringContaining('are not those that were set aside'),
    });
    expect(readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8')).toBe(before);
  });
});
