import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openRecords, type RecordsReader } from '../../../src/cli/inspector/records/reader.ts';
import { type RecordsSource, recordsSource } from '../../../src/cli/inspector/records/records-source.ts';
import type { StreamEvent } from '../../../src/inspector/contract.ts';
import { type FlightLine, flightFile } from '../../../src/inspector/flight-line.ts';
import { freshFolder } from '../cli.ts';
import { cascade, directoryWith, escalation, sealed } from '../ledgers.ts';

const reader = (dir: string): RecordsReader => {
  const made = openRecords(dir);
  onTestFinished(() => made.close());
  return made;
};
const source = async (dir: string): Promise<RecordsSource> => {
  const made = await recordsSource(dir);
  onTestFinished(() => made.close());
  return made;
};
const lines = (of: readonly unknown[]): string => of.map((line) => `${JSON.stringify(line)}\n`).join('');

/** A directory with a ledger, a log and a flight. */
function rest(): string {
  const dir = directoryWith(sealed(cascade()));
  const time = (ms: number): string => new Date(ms).toISOString();
  writeFileSync(
    join(dir, 'logs/bot_out.log'),
    lines([
      { level: 'info', time: time(0), feed: 'sim', symbols: ['BTCUSDT'], msg: `kintsugi runs in ${dir}` },
      { level: 'error', time: time(70_000), msg: 'the log of the bus cannot be mended' },
    ]),
  );
  mkdirSync(join(dir, 'run/flight'), { recursive: true });
  const flight: readonly FlightLine[] = [
    {
      keyframe: true,
      at: 1,
      actors: [
        {
          id: 'signalBus',
          machine: 'signalBus',
          value: 'starting',
          status: 'active',
          incarnation: 2,
          since: 0,
          context: {},
        },
      ],
    },
    {
      n: 1,
      at: 5,
      actor: 'signalBus',
      machine: 'signalBus',
      event: 'OPENED',
      from: null,
      was: 'starting',
      value: { running: 'idle' },
      status: 'active',
      incarnation: 2,
      taken: ['t'],
      context: { lastSeq: [0, 4] },
    },
  ];
  writeFileSync(join(dir, flightFile(0)), lines(flight));
  return dir;
}

describe('a directory in which no bot runs', () => {
  it('is told as its records end: nobody runs, who was how, and what they were doing', async () => {
    const dir = rest();
    escalation(dir, { soft_kill_switch_active: true, reason: 'signal_bus/log-verifies was given up' });
    const from = await source(dir);
    const { status, kind, feed, speed, commands, verdict, components } = from.overview();
    expect({ kind, speed, commands, status: status.status }).toEqual({
      kind: 'records',
      speed: null,
      commands: [],
      status: 'not_running',
    });
    expect(feed).toMatchObject({ kind: 'simulated market', symbols: ['BTCUSDT'] });
    expect(status.kill_switch).toMatchObject({ active: true, reason: 'signal_bus/log-verifies was given up' });
    expect(verdict.title.length).toBeGreaterThan(5);
    const bus = components.find(({ id }) => id === 'signal_bus');
    expect(bus).toMatchObject({ health: 'red', state: 'running.idle', restarts: 1 });
    expect(components.find(({ id }) => id === 'heartbeat')?.health).toBe('green');
    expect(from.actors()).toMatchObject([{ id: 'signalBus', value: { running: 'idle' }, health: 'red', since: 5 }]);
    expect(from.actor('signalBus')).toMatchObject({ context: { lastSeq: 4 }, visits: { t: 1 }, accepts: [] });
    expect(from.actor('signalBus')?.log.map(({ type }) => type)).toEqual(['OPENED']);
    expect(from.actor('nobody')).toBe(null);
    expect(from.machines().map(({ id }) => id)).toEqual(expect.arrayContaining(['signalBus', 'safetyLayer', 'signal']));
    expect(from.events({ limit: 10 }).map(({ to }) => to)).toEqual(['signalBus']);
    expect((await from.why('signal_bus'))?.incident).toBe(
      (await from.incidents({ component: 'signal_bus', limit: 1 }))[0]?.incident_id,
    );
    expect(await from.log({ search: 'mended', limit: 5 })).toMatchObject([{ level: 'error', at: 70_000 }]);
    const newestFirst = (await from.log({ limit: 5 })).map(({ at }) => at);
    expect(newestFirst.length).toBeGreaterThan(1);
    expect(newestFirst).toEqual(newestFirst.toSorted((a, b) => b - a));
    expect(await from.trading()).not.toBe(null);
  });

  it('takes no commands, and says why; it is not alive', async () => {
    const dir = rest();
    const from = await source(dir);
    const answer = await from.command({ do: 'resume', reason: 'test' });
    expect(answer).toMatchObject({ ok: false });
    expect(answer.says).toContain(`No bot runs in ${dir}`);
    expect(answer.says).toContain(`kintsugi run --dir ${dir}`);
    expect(from.liveness()).toMatchObject({ alive: false, ready: false });
  });

  it('greets who follows at once, and tells when the files have changed', async () => {
    const dir = rest();
    const from = await source(dir);
    const told: StreamEvent[] = [];
    const end = from.follow((event) => void told.push(event));
    expect(told.map(({ type }) => type)).toEqual(['hello']);
    const [first] = cascade();
    const fresh = { ...first, incident_id: 'INC-NEW', ts: 99_999, timestamp: new Date(99_999_000).toISOString() };
    appendFileSync(join(dir, 'logs/healing.jsonl'), lines([fresh]));
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toContain('overview'), {
      timeout: 45_000,
      interval: 100,
    });
    expect(told.flatMap((one) => (one.type === 'incident' ? [one.incident.incident_id] : []))).toEqual(['INC-NEW']);
    end();
    const count = told.length;
    appendFileSync(join(dir, 'logs/healing.jsonl'), lines([{ ...fresh, incident_id: 'INC-NEWER' }]));
    await from.refresh();
    expect(told).toHaveLength(count);
  });
});

describe('reading a directory', () => {
  it('changes nothing of it: no byte, no name, no time', async () => {
    const dir = rest();
    const seen = () =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map(({ parentPath, name }) => {
          const path = join(parentPath, name);
          return [path, statSync(path).mtimeMs, readFileSync(path).toString('base64')];
        });
    const before = seen();
    const from = await source(dir);
    await Promise.all([
      from.trading(),
      from.moment(5),
      from.history(),
      from.signals({ limit: 5 }),
      from.steps({ from: 0, to: 9, limit: 9 }),
    ]);
    expect(seen()).toEqual(before);
  });

  it('is asked what cannot be understood, and says which part and what is wanted', async () => {
    const from = reader(rest());
    await expect(from.moment(Number.NaN)).rejects.toMatchObject({
      name: 'BadQuestion',
      message: 'at: milliseconds are wanted, NaN was given',
    });
    await expect(from.signals({ limit: -1 })).rejects.toThrow('limit: a number from 0 on is wanted, -1 was given');
    await expect(from.steps({ from: 0, to: Number.POSITIVE_INFINITY, limit: 1 })).rejects.toThrow('to: ');
  });

  it('answers for a directory that is not there yet, and for the bot that comes to it', async () => {
    const dir = join(freshFolder(), 'later');
    const from = reader(dir);
    expect(await from.trading()).toBe(null);
    expect(await from.history()).toMatchObject({ from: null, to: null });
    cpSync(rest(), dir, { recursive: true });
    await vi.waitFor(async () => expect((await from.incidents({ limit: 9 })).length).toBeGreaterThan(0), {
      timeout: 45_000,
      interval: 200,
    });
  });
});
