import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi, NODE, ROOT, start, startForTest } from './cli.ts';

const FILES = [
  'logs/signal_bus.jsonl',
  'logs/signals.jsonl',
  'logs/ensemble_predictions.jsonl',
  'logs/enriched_decisions.jsonl',
  'logs/positions_futures.json',
  'logs/exit_runtime_events.jsonl',
  'logs/shadow_trade_outcomes.jsonl',
  'logs/signal_decisions.jsonl',
  'logs/.bot_heartbeat',
  'logs/healing.jsonl',
  'logs/operator_alerts.jsonl',
  'logs/bot_out.log',
  'feature_store/intelligence/summary.json',
  'feature_store/healing_escalation_state.json',
];

describe('kintsugi run', () => {
  it('runs for the time asked, writes every file of the design, tells what it came to, and leaves sound records', async () => {
    const dir = freshFolder();
    const { code, out, err } = await kintsugi(['run', '--speed', 'max', '--for', '30m', '--seed', '7', '--dir', dir]);
    expect({ code, err }).toMatchObject({ code: 0 });
    for (const part of ['Signals by state', 'Decisions by guard', 'Trades', 'P&L', 'Incidents'])
      expect(out).toContain(part);
    expect(FILES.filter((file) => !existsSync(join(dir, file)))).toEqual([]);
    const doctor = await kintsugi(['doctor', '--dir', dir, '--json']);
    expect(JSON.parse(doctor.out)).toMatchObject({ schema: 1, sound: true });
    expect(doctor.code).toBe(0);
    const status = await kintsugi(['status', '--dir', dir, '--json']);
    expect(status.code).toBe(3);
    expect(JSON.parse(status.out)).toMatchObject({ status: 'not_running', pid: null });
    expect(Object.keys(JSON.parse(status.out).components)).toHaveLength(13);
  });

  it('--json prints one document on stdout and nothing else', async () => {
    const { code, out } = await kintsugi(['run', '--speed', 'max', '--for', '5m', '--json', '--dir', freshFolder()]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: 1,
      ticks: expect.any(Number),
      trades: { closed: expect.any(Number) },
    });
  });

  it('answers status, lets nobody else in, and stops cleanly on Ctrl-C, also when it arrives twice as npm sends it', async () => {
    const dir = freshFolder();
    const bot = startForTest(['run', '--speed', '20', '--dir', dir]);
    await bot.said('kintsugi runs in');
    const answer = await kintsugi(['status', '--dir', dir, '--json']);
    const report = JSON.parse(answer.out);
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining(['status', 'pid', 'uptime_seconds', 'kill_switch', 'pipeline', 'components']),
    );
    expect({ green: 0, yellow: 1, unknown: 1, red: 2 }[String(report.status)]).toBe(answer.code);
    expect(await kintsugi(['run', '--dir', dir])).toMatchObject({
      code: 75,
      err: expect.stringContaining(String(report.pid)),
    });
    expect(await kintsugi(['heal', '--dir', dir])).toMatchObject({ code: 75 });
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });
    bot.kill('SIGINT');
    bot.kill('SIGINT');
    const { code, out, err } = await bot.outcome;
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('stopping cleanly') });
    expect(out).toContain('What this run came to');
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });
  });

  it('names its directory as a shell takes it, in what it says to type', async () => {
    const cwd = freshFolder();
    const { err } = await kintsugi(['run', '--speed', 'max', '--for', '1m', '--dir', 'my bot'], {}, cwd);
    expect(err).toContain("kintsugi status --dir './my bot' asks how it is");
  });

  it('stops cleanly on SIGTERM, even one that comes while it starts', async () => {
    const bot = start(['run', '--dir', freshFolder()]);
    await bot.said('Ctrl-C stops it cleanly');
    bot.kill('SIGTERM');
    expect(await bot.outcome).toMatchObject({ code: 0 });
  });

  it('runs on where a full disk takes none of its words, and says where one takes none of its data', () => {
    const full = openSync('/dev/full', 'w');
    const run = (args: readonly string[], stdout: number | 'pipe', stderr: number | 'pipe') =>
      spawnSync(NODE, [join(ROOT, 'src/cli/kintsugi.ts'), ...args], {
        stdio: ['ignore', stdout, stderr],
        encoding: 'utf8',
      });
    const bot = ['run', '--speed', '10', '--for', '20s', '--no-http', '--json', '--dir'];
    const deaf = run([...bot, freshFolder()], 'pipe', full);
    const mute = run(['config', 'keys'], full, 'pipe');
    closeSync(full);
    expect({ code: deaf.status, ticks: JSON.parse(deaf.stdout || '{}').ticks }).toEqual({
      code: 0,
      ticks: expect.any(Number),
    });
    expect({ code: mute.status, err: mute.stderr.trim() }).toEqual({
      code: 1,
      err: 'kintsugi: stdout takes nothing more (ENOSPC): what was to be written there is not whole',
    });
  });

  it('says what of a recording it does not play again, and that only a new directory would', async () => {
    const cwd = freshFolder();
    const bar = (i: number): string => `${1_767_225_600_000 + i * 60_000},100,101,99,100,1\n`;
    const record = (bars: number): void =>
      writeFileSync(
        join(cwd, 'BTCUSDT.csv'),
        `timestamp,open,high,low,close,volume\n${Array.from({ length: bars }, (_, i) => bar(i)).join('')}`,
      );
    const play = () => kintsugi(['run', '--feed', 'replay:BTCUSDT.csv', '--speed', 'max'], {}, cwd);
    record(3);
    const first = await play();
    expect(first.err).not.toContain('the recording');
    expect(await play()).toMatchObject({
      code: 0,
      err: expect.stringContaining(
        'nothing is left of the recording: it ends at 2026-01-01T00:03:00.000Z, and a run in this directory had come to 2026-01-01T00:03:00.000Z. Another --dir',
      ),
    });
    record(4);
    const later = await play();
    expect(later.err).toContain('the recording goes on, without its first 3 bars: a run in this directory had come to');
    // What is counted there is of the first run, too.
    expect(later.out).toMatch(
      /^\nWhat this run came to {2}1 tick, .*\nIncidents .*\nWhat all runs in this directory came to\n/,
    );
  });
});
