import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERTS_FILE, fileAlerts } from '../../src/adapters/file-alerts.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Notice } from '../../src/ports/alerts.ts';
import { faultyFiles } from '../faults/faulty-files.ts';

const notice = (n: number, change: Partial<Notice> = {}): Notice => ({
  level: 'CRITICAL',
  category: 'TEST',
  message: `number ${n}`,
  details: { n },
  action_required: 'Look.',
  timestamp: n,
  timestamp_iso: new Date(n * 1000).toISOString(),
  id: `alert_${n}`,
  state: 'firing',
  subject: 's',
  count: 1,
  first_at: new Date(n * 1000).toISOString(),
  ...change,
});
const signal = new AbortController().signal;

function bench(root = mkdtempSync(join(tmpdir(), 'kintsugi-file-alerts-'))) {
  const files = faultyFiles(nodeFiles(root, { durability: 'written', watched: false }));
  const file = fileAlerts(jsonlLogs(files, fileQuarantine(files, new VirtualClock(0))));
  const path = join(root, ALERTS_FILE);
  const lines = (): unknown[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const told = async (): Promise<Notice[]> => {
    const all: Notice[] = [];
    for await (const one of file.told()) all.push(one);
    return all;
  };
  return { root, files, file, path, lines, told };
}

describe('the file of alerts', () => {
  it('has what it was handed, in order, and tells it again', async () => {
    const { file, lines, told } = bench();
    expect(await file.deliver([notice(1), notice(2)], signal)).toEqual({ ok: true });
    expect(await file.deliver([notice(3, { state: 'resolved' })], signal)).toEqual({ ok: true });
    expect(lines()).toEqual([notice(1), notice(2), notice(3, { state: 'resolved' })]);
    expect(await told()).toEqual(lines());
    await file.close();
  });

  it('has none before one that stands before it is durable: a power cut could keep the later alone', async () => {
    const { files, root } = bench();
    const logs = jsonlLogs(files, fileQuarantine(files, new VirtualClock(0)));
    let underWay = 0;
    let together = 0;
    const watching = {
      log: (...asked: Parameters<typeof logs.log>) => {
        const log = logs.log(...asked);
        const append = log.append.bind(log);
        log.append = async (record) => {
          together = Math.max(together, ++underWay);
          return append(record).finally(() => underWay--);
        };
        return log;
      },
    };
    const file = fileAlerts(watching);
    expect(
      await file.deliver(
        [1, 2, 3, 4].map((n) => notice(n)),
        signal,
      ),
    ).toEqual({ ok: true });
    expect(together).toBe(1);
    await file.close();
    expect(await bench(root).told()).toHaveLength(4);
  });

  it('is there as soon as it was asked, also where nothing was ever told', async () => {
    const { file, path, told } = bench();
    expect(await told()).toEqual([]);
    expect(existsSync(path)).toBe(true);
    await file.close();
  });

  it('gets no line twice, neither from this life nor from one before', async () => {
    const { root, file } = bench();
    await file.deliver([notice(1)], signal);
    await file.deliver([notice(1), notice(2)], signal);
    await file.close();
    const next = bench(root);
    expect(await next.file.deliver([notice(2), notice(2, { state: 'resolved' })], signal)).toEqual({ ok: true });
    expect(next.lines()).toEqual([notice(1), notice(2), notice(2, { state: 'resolved' })]);
    await next.file.close();
  });

  it('leaves lines of the Python bot, of the guardian and of nobody where they are, and takes none for ours', async () => {
    const { root, path } = bench();
    const before = '{"level":"HIGH","category":"X","message":"old","timestamp":1}\n{"torn": \n';
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, before);
    const { file, told } = bench(root);
    await file.deliver([notice(1)], signal);
    expect(readFileSync(path, 'utf8')).toBe(`${before}${JSON.stringify(notice(1))}\n`);
    expect(await told()).toEqual([notice(1)]);
    await file.close();
  });

  it.each(['ENOSPC', 'EDQUOT'])('tells what stands before a torn line that nobody can end by %s', async (code) => {
    const { root, path } = bench();
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(notice(1))}\n{"level":"CRI`);
    const { file, files, told } = bench(root);
    files.faults.push({ operation: 'append', path: ALERTS_FILE, code });
    expect(await told()).toEqual([notice(1)]);
    await expect(file.deliver([notice(2)], signal)).rejects.toThrow(code);
    files.faults.length = 0;
    expect(await file.deliver([notice(1), notice(2)], signal)).toEqual({ ok: true });
    await file.close();
    expect(await bench(root).told()).toEqual([notice(1), notice(2)]);
  });

  it('does not say that nothing was told where it is not there and cannot be made', async () => {
    const { files, told } = bench();
    files.faults.push({ operation: 'openAppend', path: ALERTS_FILE, code: 'ENOSPC' });
    await expect(told()).rejects.toThrow(ALERTS_FILE);
  });

  it.each(['ENOSPC', 'EACCES', 'EROFS', 'EPERM'])(
    'refused by %s says so, and has each once when it is over',
    async (code) => {
      const { files, file, lines } = bench();
      await file.deliver([notice(1)], signal);
      files.faults.push({ operation: 'append', path: ALERTS_FILE, code });
      expect(await file.deliver([notice(2), notice(3)], signal)).toMatchObject({
        ok: false,
        retry: true,
        why: expect.stringMatching(new RegExp(`${ALERTS_FILE}: .*\\(${code}\\)`)),
      });
      expect(lines()).toEqual([notice(1)]);
      files.faults.length = 0;
      expect(await file.deliver([notice(2), notice(3)], signal)).toEqual({ ok: true });
      expect(lines()).toEqual([notice(1), notice(2), notice(3)]);
      await file.close();
    },
  );
});
