import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIncidents } from '../../src/cli/read-incidents.ts';
import { freshFolder, kintsugi } from './cli.ts';

const record = (status: 'open' | 'healed', id = 'i-1') => ({
  event_type: 'incident',
  incident_id: id,
  component: 'signal_bus',
  invariant: 'signal-bus/log-sound',
  severity: 'critical',
  status,
  broken_since: '2026-01-01T00:00:00.000Z',
  opened_at: '2026-01-01T00:00:00.001Z',
  closed_at: status === 'healed' ? '2026-01-01T00:00:00.021Z' : null,
  detected_ms: 1,
  healed_ms: status === 'healed' ? 20 : null,
  waits_for: null,
  evidence_before: { holds: false, says: '1 bad line', taken_at: '2026-01-01T00:00:00.000Z' },
  evidence_after:
    status === 'healed' ? { holds: true, says: 'every line verifies', taken_at: '2026-01-01T00:00:00.020Z' } : null,
  remedies: [],
  verdict: null,
  ts: 1,
  timestamp: '2026-01-01T00:00:00.001Z',
});

const ledger = (...lines: string[]): string => {
  const dir = freshFolder();
  mkdirSync(join(dir, 'logs'));
  writeFileSync(join(dir, 'logs/healing.jsonl'), lines.join('\n'));
  return dir;
};

describe('kintsugi incidents', () => {
  it('tells the last word on each incident, and counts lines that cannot be read', () => {
    const dir = ledger(
      JSON.stringify(record('open')),
      '{"torn',
      JSON.stringify(record('open', 'i-2')),
      JSON.stringify(record('healed')),
    );
    const { incidents, unread } = readIncidents(dir);
    expect(unread).toBe(1);
    expect(incidents.map(({ incident_id, status }) => [incident_id, status])).toEqual([
      ['i-1', 'healed'],
      ['i-2', 'open'],
    ]);
  });

  it('shows the evidence before and after, and gives JSON to machines', async () => {
    const dir = ledger(JSON.stringify(record('healed')), '{"torn', '');
    const { code, out, err } = await kintsugi(['incidents', '--dir', dir]);
    expect(code).toBe(0);
    for (const part of ['healed', 'signal-bus/log-sound', '1 bad line', 'every line verifies'])
      expect(out).toContain(part);
    expect(err).toBe('1 line of the ledger could not be read; kintsugi verify says which\n');
    expect((await kintsugi(['incidents', '--dir', dir, '--since', '1s'])).out).toBe(
      'No incident is such a one, of 1 that was recorded.\n',
    );
    expect((await kintsugi(['verify', '--dir', dir])).out).toContain('logs/healing.jsonl, line 2');
    const json = JSON.parse((await kintsugi(['incidents', '--dir', dir, '--json'])).out);
    expect(json).toMatchObject({ schema: 1, incidents: [{ incident_id: 'i-1', status: 'healed' }] });
  });

  it('says so when there was none', async () => {
    expect(await kintsugi(['incidents', '--dir', freshFolder()])).toMatchObject({
      code: 0,
      out: 'No incident was recorded.\n',
    });
  });
});
