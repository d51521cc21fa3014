import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POLICY } from '../../../src/cli/guardian/policy.ts';
import { readRestarts, sayRestarts } from '../../../src/cli/guardian/read-restarts.ts';
import { GUARDIAN_FILE, raiseCrashLoop, restartRecord } from '../../../src/cli/guardian/records.ts';
import { freshFolder } from '../cli.ts';

const NOW = Date.UTC(2026, 10, 28, 12);
const DAY_MS = 86_400_000;
const killed = { code: null, signal: 'SIGKILL', hung: null };
const restart = { event: 'restart', end: killed, pid: 41, uptimeMs: 61_234, restart: 2, waitMs: 500 } as const;
const gaveUp = { ...restart, event: 'gave_up', restart: 6, waitMs: null } as const;

const folderOf = (...lines: readonly unknown[]): string => {
  const dir = freshFolder();
  mkdirSync(join(dir, 'logs'));
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(join(dir, GUARDIAN_FILE), `${text}\n`);
  return dir;
};

describe('what the guardian leaves behind', () => {
  it('says when, of whom, how it ended and what is done', () => {
    expect(restartRecord(restart, NOW)).toEqual({
      timestamp: '2026-11-28T12:00:00.000Z',
      ts: NOW / 1_000,
      event: 'restart',
      guardian_pid: process.pid,
      pid: 41,
      code: null,
      signal: 'SIGKILL',
      hung: null,
      says: 'the bot was ended by SIGKILL',
      uptime_seconds: 61.23,
      restart: 2,
      wait_ms: 500,
    });
  });

  it('counts the restarts of the last 24 hours, and no others', () => {
    const dir = folderOf(
      restartRecord(restart, NOW - DAY_MS),
      restartRecord(restart, NOW - DAY_MS + 1_000),
      restartRecord(restart, NOW),
      restartRecord(gaveUp, NOW),
    );
    expect(readRestarts(dir, NOW)).toMatchObject({ restarts_in_24_hours: 2, last: { event: 'gave_up' } });
  });

  it('is read where lines of it are torn or of somebody else, and where there is none', () => {
    const mine = restartRecord(restart, NOW);
    const dir = folderOf('{"ts":1', mine, { ts: 'noon', says: 'hello' }, { ts: 5 }, '');
    expect(readRestarts(dir, NOW)).toEqual({ restarts_in_24_hours: 1, last: mine });
    expect(readRestarts(freshFolder(), NOW)).toEqual({ restarts_in_24_hours: 0, last: null });
  });

  it('is told in a line: of restarts, and that it gave up only while nothing runs', () => {
    const last = restartRecord(restart, NOW);
    const end = restartRecord(gaveUp, NOW);
    const say = (restarts: number, one: typeof last | null, running: boolean) =>
      sayRestarts({ restarts_in_24_hours: restarts, last: one }, running);
    expect(say(0, null, false)).toBeNull();
    expect(say(0, last, true)).toBeNull();
    expect(say(0, last, false)).toBeNull();
    const says = 'the bot was ended by SIGKILL (logs/guardian.jsonl)';
    const at = '2026-11-28T12:00:00.000Z';
    expect(say(1, last, true)).toBe(`restarted once by the guardian in 24 hours; last at ${at}: ${says}`);
    expect(say(3, end, true)).toBe(`restarted 3 times by the guardian in 24 hours; last at ${at}: ${says}`);
    expect(say(3, end, false)).toBe(`the guardian gave up at ${at}: ${says}`);
  });

  it('is one critical alert when it gives up, that fires, says what to do, and holds the record', () => {
    const dir = freshFolder();
    const record = restartRecord(gaveUp, NOW);
    raiseCrashLoop(dir, 'it stays down', record, NOW);
    const lines = readFileSync(join(dir, 'logs/operator_alerts.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'CRITICAL',
      category: 'GUARDIAN_CRASH_LOOP',
      subject: 'the bot',
      message: 'it stays down',
      details: record,
      action_required: expect.stringMatching(/bot_out\.log and logs\/guardian\.jsonl.*open positions are unattended/),
      timestamp: NOW / 1_000,
      timestamp_iso: '2026-11-28T12:00:00.000Z',
      id: `GUARDIAN-${process.pid}-${NOW}`,
      state: 'firing',
      count: 1,
      first_at: '2026-11-28T12:00:00.000Z',
    });
  });

  it('keeps what the design promises: 10 s to find a hang, 5 restarts in ten minutes, a wait of 300 s at most', () => {
    expect(POLICY.silenceMs + POLICY.graceMs).toBe(10_000);
    expect(POLICY.restarts).toEqual({ most: 5, withinMs: 600_000 });
    expect(POLICY.backoff).toEqual({ firstMs: 500, capMs: 300_000 });
    expect(POLICY.calmMs).toBe(60_000);
    // What another start would not change is no crash.
    // What waits for others is none either, and no end.
    expect(POLICY.outageCodes).toEqual([68]);
    expect([...POLICY.finalCodes].sort((a, b) => a - b)).toEqual([0, 64, 69, 75, 77, 78, 130, 143]);
  });
});
