import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERTS_STATE_FILE } from '../../src/actors/alert-outbox.ts';
import { ALERTS_FILE } from '../../src/adapters/file-alerts.ts';
import type { Delivered } from '../../src/ports/alerts.ts';
import { FileFault, type Files } from '../../src/ports/files.ts';
import { alertHabitat, alertOf, HOUR, MINUTE, memorySink, recoveryOf, START } from './alert-habitat.ts';

const dead: Delivered = { ok: false, retry: true, afterMs: null, why: 'it is down' };
const refused: Delivered = { ok: false, retry: false, afterMs: null, why: 'HTTP 401' };

describe('an alert', () => {
  it('is told once while it lasts, with a count, again after four hours, and when it is over', async () => {
    const { sink, taken } = memorySink('one');
    const t = await alertHabitat({ sinks: [sink] });
    for (let n = 0; n < 5; n++) await t.desk.raise(alertOf());
    await t.advance(0);
    expect(taken.map(({ state, count }) => [state, count])).toEqual([['firing', 1]]);
    await t.advance(4 * HOUR);
    expect(taken.map(({ state, count }) => [state, count])).toEqual([
      ['firing', 1],
      ['firing', 5],
    ]);
    await t.desk.resolve(recoveryOf());
    await t.advance(24 * HOUR);
    expect(taken.map(({ state }) => state)).toEqual(['firing', 'firing', 'resolved']);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(1);
    expect(t.lines()).toEqual(taken);
    await t.desk.close();
  });

  it('has the field names of the Python bot in the file, and the added ones', async () => {
    const t = await alertHabitat();
    await t.desk.raise(alertOf());
    expect(t.lines()).toEqual([
      {
        level: 'CRITICAL',
        category: 'HEALING_ESCALATION',
        message: 'Entries are blocked',
        details: { reason: 'a test' },
        action_required: 'Look.',
        timestamp: START / 1000,
        timestamp_iso: '2026-01-05T00:00:00.000Z',
        id: expect.stringMatching(/^alert_\d+_[0-9a-f]{8}$/),
        state: 'firing',
        subject: 'kill_switch',
        count: 1,
        first_at: '2026-01-05T00:00:00.000Z',
      },
    ]);
    await t.desk.close();
  });

  it('is another alert when it is about another subject, and stays in the file where it is not critical', async () => {
    const { sink, taken } = memorySink('one');
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf({ subject: 'a' }));
    await t.desk.raise(alertOf({ subject: 'b', level: 'HIGH' }));
    await t.advance(0);
    expect(taken.map(({ subject }) => subject)).toEqual(['a']);
    expect(t.lines().map(({ subject }) => subject)).toEqual(['a', 'b']);
    await t.desk.raise(alertOf({ subject: 'b' }));
    await t.advance(0);
    expect(taken.map(({ subject, count }) => [subject, count])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await t.desk.close();
  });

  it('that nobody raised is not over either: there is no recovery without it', async () => {
    const { sink, taken } = memorySink('one');
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.resolve(recoveryOf());
    await t.advance(HOUR);
    expect(taken).toEqual([]);
    expect(t.lines()).toEqual([]);
    await t.desk.close();
  });

  it('is counted once a day however often it is told, also by the next life', async () => {
    const first = await alertHabitat({ sinks: [] });
    await first.desk.raise(alertOf());
    await first.desk.raise(alertOf({ subject: 'b' }));
    await first.advance(5 * HOUR);
    expect(first.desk.toldSince(START)).toBe(2);
    await first.desk.close();
    const second = await alertHabitat({ dir: first.dir, sinks: [], at: START + 5 * HOUR });
    expect([second.desk.toldSince(START), second.desk.toldSince(START + 6 * HOUR)]).toEqual([2, 0]);
    await second.desk.resolve(recoveryOf({ subject: 'b' }));
    await second.advance(26 * HOUR);
    expect(second.desk.toldSince(START + 7 * HOUR)).toBe(1);
    await second.desk.close();
  });

  it('goes on firing over a restart: told once, its time of repetition kept, its recovery told by the next life', async () => {
    const first = await alertHabitat({ sinks: [memorySink('one').sink] });
    await first.desk.raise(alertOf());
    await first.advance(0);
    await first.desk.close();
    const { sink, taken } = memorySink('one');
    const second = await alertHabitat({ dir: first.dir, sinks: [sink], at: START + HOUR });
    expect(second.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch']);
    await second.desk.raise(alertOf());
    await second.advance(3 * HOUR - 1);
    expect(taken).toEqual([]);
    await second.advance(1);
    await second.desk.resolve(recoveryOf());
    await second.advance(0);
    expect(taken.map(({ state, count }) => [state, count])).toEqual([
      ['firing', 2],
      ['resolved', 2],
    ]);
    expect(taken[0]?.id).toBe(first.lines()[0]?.id);
    await second.desk.close();
  });

  it.each([72 * MINUTE, 10 * 365 * 24 * HOUR])(
    'told while the clock was ahead by %i ms is told again four hours after that was put right, raised and restarted meanwhile',
    async (ahead) => {
      const wrong = await alertHabitat({ at: START + ahead });
      await wrong.desk.raise(alertOf());
      await wrong.desk.close();
      for (const life of [0, 1, 2]) {
        const t = await alertHabitat({ dir: wrong.dir, at: START + life * HOUR });
        for (let n = 0; n < 6; n++) {
          await t.desk.raise(alertOf());
          await t.advance(10 * MINUTE);
        }
        await t.desk.close();
      }
      const last = await alertHabitat({ dir: wrong.dir, at: START + 3 * HOUR });
      await last.desk.raise(alertOf());
      await last.advance(HOUR - 1);
      expect(last.lines()).toHaveLength(1);
      await last.advance(1);
      expect(last.lines().map(({ timestamp }) => timestamp * 1000)).toEqual([START + ahead, START + 4 * HOUR]);
      await last.advance(4 * HOUR - 1);
      expect(last.lines()).toHaveLength(2);
      await last.advance(1);
      expect(last.lines()).toHaveLength(3);
      await last.desk.close();
    },
  );

  /** A life whose disk had refused to note what fires, and the next one, which cannot open the file of what was told. */
  const lifeThatCannotRead = async () => {
    const first = await alertHabitat();
    await first.desk.raise(alertOf());
    await first.desk.raise(alertOf({ subject: 'b' }));
    await first.desk.close();
    rmSync(join(first.dir, ALERTS_STATE_FILE));
    let refuses = true;
    const files = (plain: Files): Files => ({
      ...plain,
      openAppend: async (path, options) => {
        if (refuses && path === ALERTS_FILE) throw new FileFault('open', path, 'EACCES', 'a test refuses it');
        return plain.openAppend(path, options);
      },
    });
    const { sink, taken } = memorySink('one');
    const second = await alertHabitat({ dir: first.dir, at: START + HOUR, sinks: [sink], files });
    expect(second.desk.firing('HEALING_ESCALATION')).toEqual([]);
    const takesAgain = async (): Promise<void> => {
      refuses = false;
      await second.advance(10 * MINUTE);
    };
    return { ...second, taken, takesAgain };
  };

  it('that was told in a file which cannot be read at the start is known when it can, and then told to be over', async () => {
    const t = await lifeThatCannotRead();
    await t.takesAgain();
    expect(t.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch', 'b']);
    await t.desk.resolve(recoveryOf());
    await t.advance(0);
    expect(t.lines().map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'kill_switch firing',
      'b firing',
      'kill_switch resolved',
    ]);
    expect(t.lines()[2]?.id).toBe(t.lines()[0]?.id);
    await t.desk.close();
  });

  it('is what this life says of it, where it spoke before it could read', async () => {
    const t = await lifeThatCannotRead();
    await t.desk.raise(alertOf());
    await t.desk.raise(alertOf({ subject: 'b' }));
    await t.desk.resolve(recoveryOf({ subject: 'b' }));
    await t.takesAgain();
    expect(t.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch']);
    expect(t.taken.map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'kill_switch firing',
      'b firing',
      'b resolved',
    ]);
    await t.desk.close();
  });
});

describe('a sink', () => {
  it('that is down is tried again with growing waits, and gets everything once, in order', async () => {
    const { sink, taken, tried } = memorySink('one', {}, [dead, dead, dead, dead]);
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf({ subject: 'a' }));
    await t.desk.raise(alertOf({ subject: 'b' }));
    const attempts: number[] = [];
    for (let second = 0; second < 20; second++) {
      const before = tried.length;
      await t.advance(1_000);
      if (tried.length > before) attempts.push(second);
    }
    expect(tried).toHaveLength(5);
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    for (const [index, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThanOrEqual(waits[index] ?? 0);
    expect(taken.map(({ subject }) => subject)).toEqual(['a', 'b']);
    expect(t.said.filter((line) => line.includes('cannot be delivered'))).toHaveLength(1);
    expect(t.said.at(-1)).toContain('alerts reach one again');
    expect(t.outbox().waiting).toEqual({ file: [], one: [] });
    await t.desk.close();
  });

  it('that says when it wants to be asked again is not asked before', async () => {
    const { sink, tried } = memorySink('one', {}, [{ ...dead, afterMs: 60_000 }]);
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf());
    await t.advance(59_999);
    expect(tried).toHaveLength(1);
    await t.advance(1);
    expect(tried).toHaveLength(2);
    await t.desk.close();
  });

  it('that is dead, or hangs, holds nobody up: not the caller, not the other sink, not the stop', async () => {
    const never = memorySink('hangs', { deliver: () => new Promise(() => undefined) });
    const down = memorySink('down', {}, Array(100).fill(dead));
    const well = memorySink('well');
    const t = await alertHabitat({ sinks: [never.sink, down.sink, well.sink] });
    await t.desk.raise(alertOf());
    await t.advance(0);
    expect(well.taken).toHaveLength(1);
    const stopped = t.desk.close();
    await t.advance(3_000);
    await stopped;
    expect(t.said.at(-1)).toContain('2 deliveries of alerts wait in state/alerts.json');
    const again = [memorySink('hangs'), memorySink('down'), memorySink('well')];
    const next = await alertHabitat({ dir: t.dir, sinks: again.map(({ sink }) => sink) });
    await next.advance(0);
    expect(again.map(({ taken }) => taken.length)).toEqual([1, 1, 0]);
    await next.desk.close();
  });

  it('that throws instead of answering is tried again like one that is down', async () => {
    let calls = 0;
    const { sink } = memorySink('one', {
      deliver: async () => {
        if (calls++ === 0) throw new Error('a bug in a sink');
        return { ok: true };
      },
    });
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf());
    await t.advance(2_000);
    expect(calls).toBe(2);
    expect(t.said.join()).toContain('a bug in a sink');
    await t.desk.close();
  });

  it('that refuses for good is not asked for ever; it is said once, and what it refused stays to be seen', async () => {
    const { sink, tried } = memorySink('one', {}, Array(100).fill(refused));
    const t = await alertHabitat({ sinks: [sink] });
    for (const subject of ['a', 'b', 'c']) await t.desk.raise(alertOf({ subject }));
    await t.advance(HOUR);
    expect(tried).toEqual([1, 1, 1]);
    expect(t.said.filter((line) => line.includes('refuses alerts for good: HTTP 401'))).toHaveLength(1);
    expect(t.outbox().undelivered.map((one: { notice: { subject: string } }) => one.notice.subject)).toEqual([
      'a',
      'b',
      'c',
    ]);
    await t.desk.close();
    const mended = memorySink('one');
    const next = await alertHabitat({ dir: t.dir, sinks: [mended.sink] });
    await next.advance(0);
    expect(mended.taken.map(({ subject }) => subject)).toEqual(['a', 'b', 'c']);
    expect(next.outbox().undelivered).toEqual([]);
    await next.desk.close();
  });

  it('that refuses one of several gets the others', async () => {
    const poison = memorySink('one', {
      gatherMs: 1_000,
      deliver: async (notices) => {
        if (notices.some(({ subject }) => subject === 'b')) return refused;
        poison.taken.push(...notices);
        return { ok: true };
      },
    });
    const t = await alertHabitat({ sinks: [poison.sink] });
    for (const subject of ['a', 'b', 'c']) await t.desk.raise(alertOf({ subject }));
    await t.advance(10_000);
    expect(poison.taken.map(({ subject }) => subject)).toEqual(['a', 'c']);
    expect(t.outbox().undelivered).toHaveLength(1);
    await t.desk.close();
  });

  it('gets what belongs together in one delivery', async () => {
    const { sink, tried } = memorySink('one', { gatherMs: 1_000 });
    const t = await alertHabitat({ sinks: [sink] });
    for (const subject of ['a', 'b', 'c']) await t.desk.raise(alertOf({ subject }));
    await t.advance(1_000);
    expect(tried).toEqual([3]);
    await t.desk.close();
  });

  it('is sent the last alert when the bot stops, without waiting for its turn', async () => {
    const { sink, taken } = memorySink('one', { gatherMs: 60_000 });
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf());
    await t.desk.close();
    expect(taken).toHaveLength(1);
  });

  it('that is not set up any more keeps what waits for it', async () => {
    const t = await alertHabitat({ sinks: [memorySink('one', {}, [dead, dead]).sink] });
    await t.desk.raise(alertOf());
    await t.desk.close();
    const without = await alertHabitat({ dir: t.dir });
    await without.desk.raise(alertOf({ subject: 'other' }));
    await without.desk.close();
    const { sink, taken } = memorySink('one');
    const again = await alertHabitat({ dir: t.dir, sinks: [sink] });
    await again.advance(0);
    expect(taken.map(({ subject }) => subject)).toEqual(['kill_switch']);
    await again.desk.close();
  });

  it('that is dead for long has a thousand waiting, and the oldest are given up and can be seen', async () => {
    const t = await alertHabitat({ sinks: [memorySink('one', {}, Array(5_000).fill(dead)).sink] });
    await Promise.all(Array.from({ length: 1_005 }, (_, n) => t.desk.raise(alertOf({ subject: `s${n}` }))));
    await t.advance(0);
    expect(t.outbox().waiting.one).toHaveLength(1_000);
    expect(t.outbox().undelivered.map(({ notice }: { notice: { subject: string } }) => notice.subject)).toEqual([
      's0',
      's1',
      's2',
      's3',
      's4',
    ]);
    expect(t.lines()).toHaveLength(1_005);
    await t.desk.close();
  });
});

describe('the disk', () => {
  it('that is full loses no alert: told at once all the same, and written in order when there is space', async () => {
    const { sink, taken } = memorySink('one');
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf({ subject: 'before' }));
    for (const operation of ['append', 'writeWhole'] as const) t.faults.push({ operation, path: /./, code: 'ENOSPC' });
    for (const subject of ['a', 'b', 'c']) await t.desk.raise(alertOf({ subject }));
    await t.advance(120_000);
    expect(taken.map(({ subject }) => subject)).toEqual(['before', 'a', 'b', 'c']);
    expect(t.lines().map(({ subject }) => subject)).toEqual(['before']);
    expect(t.said.filter((line) => line.includes('the disk is full'))).toHaveLength(2);
    t.faults.length = 0;
    await t.advance(HOUR);
    expect(t.lines().map(({ subject }) => subject)).toEqual(['before', 'a', 'b', 'c']);
    expect(t.outbox().waiting).toEqual({ file: [], one: [] });
    await t.desk.close();
  });

  /** It fires, and is over on a disk that takes nothing. */
  const overOnFullDisk = async () => {
    const { sink, taken } = memorySink('one');
    const t = await alertHabitat({ sinks: [sink] });
    await t.desk.raise(alertOf());
    await t.advance(0);
    for (const operation of ['append', 'writeWhole'] as const) t.faults.push({ operation, path: /./, code: 'ENOSPC' });
    await t.desk.resolve(recoveryOf());
    await t.advance(2 * MINUTE);
    return { ...t, states: () => taken.map(({ state }) => state) };
  };

  it('that notes nothing has nobody far away told that it is over: who comes after a kill knows that it fires, and goes by that', async () => {
    const t = await overOnFullDisk();
    expect(t.states()).toEqual(['firing']);
    const { sink, taken } = memorySink('one');
    const next = await alertHabitat({ dir: t.dir, at: START + 3 * MINUTE, sinks: [sink] });
    expect(next.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch']);
    await next.desk.resolve(recoveryOf());
    await next.advance(0);
    expect(taken.map(({ state }) => state)).toEqual(['resolved']);
    await next.desk.close();
  });

  it('that notes again has them told that it is over, once, whether the outbox or the file is first', async () => {
    for (const first of ['writeWhole', 'append']) {
      const t = await overOnFullDisk();
      t.faults.splice(0, 2, ...t.faults.filter(({ operation }) => operation !== first));
      await t.advance(10 * MINUTE);
      expect(t.states(), first).toEqual(['firing', 'resolved']);
      t.faults.length = 0;
      await t.advance(HOUR);
      expect(t.states(), first).toEqual(['firing', 'resolved']);
      expect(t.outbox().waiting).toEqual({ file: [], one: [] });
      await t.desk.close();
    }
  });

  it('that notes nothing keeps back no alert: one that fires again is told behind its end, and others without it', async () => {
    const t = await overOnFullDisk();
    await t.desk.raise(alertOf({ subject: 'b' }));
    await t.advance(0);
    expect(t.states()).toEqual(['firing', 'firing']);
    await t.desk.raise(alertOf());
    await t.advance(0);
    expect(t.states()).toEqual(['firing', 'firing', 'resolved', 'firing']);
    await t.desk.close();
  });

  it('that takes a part of a line and then no more leaves no part of it', async () => {
    const t = await alertHabitat();
    await t.desk.raise(alertOf({ subject: 'before' }));
    t.faults.push({ operation: 'append', path: ALERTS_FILE, code: 'ENOSPC', short: 40 });
    await t.desk.raise(alertOf({ subject: 'a' }));
    t.faults.length = 0;
    await t.advance(60_000);
    expect(t.lines().map(({ subject }) => subject)).toEqual(['before', 'a']);
    await t.desk.close();
  });

  it('that refuses the file alone until the bot stops: the next start writes what is missing, once', async () => {
    const t = await alertHabitat({ faults: [{ operation: 'append', path: ALERTS_FILE, code: 'EACCES' }] });
    for (const subject of ['a', 'b']) await t.desk.raise(alertOf({ subject }));
    await t.desk.close();
    expect(t.lines()).toEqual([]);
    const next = await alertHabitat({ dir: t.dir });
    expect(next.lines().map(({ subject }) => subject)).toEqual(['a', 'b']);
    await next.desk.close();
  });

  it('that lets the file not be opened does not keep the bot from starting', async () => {
    const t = await alertHabitat({ faults: [{ operation: 'openAppend', path: ALERTS_FILE, code: 'EACCES' }] });
    await t.desk.raise(alertOf());
    expect(t.said.join('\n')).toMatch(/cannot open\S* logs\/operator_alerts.jsonl: .*check owner and mode.*EACCES/);
    t.faults.length = 0;
    await t.advance(60_000);
    expect(t.lines()).toHaveLength(1);
    await t.desk.close();
  });

  it('does not get a line twice that was written and not acknowledged before a kill', async () => {
    const t = await alertHabitat();
    const waiting = JSON.stringify(t.lines());
    await t.desk.raise(alertOf());
    await t.desk.close();
    const outbox = t.outbox();
    writeFileSync(join(t.dir, ALERTS_STATE_FILE), JSON.stringify({ ...outbox, waiting: { file: t.lines() } }));
    const next = await alertHabitat({ dir: t.dir });
    expect(next.lines()).toHaveLength(1);
    expect(waiting).toBe('[]');
    await next.desk.close();
  });

  it('from which the file was deleted under the bot gets it back, with the old alerts and the new', async () => {
    const t = await alertHabitat();
    await t.desk.raise(alertOf({ subject: 'a' }));
    rmSync(join(t.dir, ALERTS_FILE));
    await t.desk.raise(alertOf({ subject: 'b' }));
    expect(t.lines().map(({ subject }) => subject)).toEqual(['a', 'b']);
    await t.desk.close();
  });

  it.each([
    ['is lost', (path: string) => rmSync(path), null],
    [
      'cannot be read',
      (path: string) => writeFileSync(path, '{"schema": 1, "fir'),
      /cannot be read: .* in quarantine\//,
    ],
  ])(
    'on which the outbox %s still knows from the file what fires, and tells it and what is over again',
    async (_, damage, said) => {
      const t = await alertHabitat();
      for (const subject of ['a', 'b']) await t.desk.raise(alertOf({ subject }));
      await t.desk.resolve(recoveryOf({ subject: 'a' }));
      await t.desk.close();
      damage(join(t.dir, ALERTS_STATE_FILE));
      const { sink, taken } = memorySink('one');
      const next = await alertHabitat({ dir: t.dir, sinks: [sink] });
      await next.advance(0);
      expect(next.desk.firing('HEALING_ESCALATION')).toEqual(['b']);
      expect(taken.map(({ subject, state }) => `${subject} ${state}`)).toEqual(['a resolved', 'b firing']);
      if (said) expect(next.said.join('\n')).toMatch(said);
      await next.desk.close();
    },
  );

  it('on which somebody else told an alert in the file alone: every sink is told, and that it is over', async () => {
    const t = await alertHabitat({ sinks: [memorySink('one').sink] });
    await t.desk.raise(alertOf({ subject: 'known' }));
    await t.desk.close();
    const [known] = t.lines();
    const guardian = { ...known, id: 'GUARDIAN-1', category: 'GUARDIAN_CRASH_LOOP', subject: 'the bot' };
    writeFileSync(join(t.dir, ALERTS_FILE), `${JSON.stringify(guardian)}\n`, { flag: 'a' });
    const { sink, taken } = memorySink('one');
    const next = await alertHabitat({ dir: t.dir, sinks: [sink] });
    await next.desk.resolve({ ...recoveryOf({ subject: 'the bot' }), category: 'GUARDIAN_CRASH_LOOP' });
    await next.advance(0);
    expect(taken.map(({ id, state }) => `${id} ${state}`)).toEqual(['GUARDIAN-1 firing', 'GUARDIAN-1 resolved']);
    expect(next.lines().map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'known firing',
      'the bot firing',
      'the bot resolved',
    ]);
    await next.desk.close();
    const third = memorySink('one');
    const last = await alertHabitat({ dir: t.dir, sinks: [third.sink] });
    await last.advance(0);
    expect(third.taken).toEqual([]);
    expect(last.desk.firing('HEALING_ESCALATION')).toEqual(['known']);
    await last.desk.close();
  });

  it('on which the outbox did not hear of a recovery that is in the file: it is over, and told again', async () => {
    const t = await alertHabitat({ sinks: [memorySink('one').sink] });
    await t.desk.raise(alertOf());
    const before = t.outbox();
    await t.desk.resolve(recoveryOf());
    await t.desk.close();
    writeFileSync(join(t.dir, ALERTS_STATE_FILE), JSON.stringify(before));
    const { sink, taken } = memorySink('one');
    const next = await alertHabitat({ dir: t.dir, sinks: [sink] });
    await next.advance(0);
    expect(next.desk.firing('HEALING_ESCALATION')).toEqual([]);
    expect(taken.at(-1)?.state).toBe('resolved');
    await next.desk.close();
  });

  it('on which the outbox did not hear that it was told again: it is not told once more by the next life', async () => {
    const t = await alertHabitat();
    await t.desk.raise(alertOf());
    const before = t.outbox();
    await t.advance(4 * HOUR);
    await t.desk.close();
    expect(t.lines()).toHaveLength(2);
    writeFileSync(join(t.dir, ALERTS_STATE_FILE), JSON.stringify(before));
    const next = await alertHabitat({ dir: t.dir, at: START + 4 * HOUR + MINUTE });
    await next.advance(4 * HOUR - 2 * MINUTE);
    expect(next.lines()).toHaveLength(2);
    await next.advance(MINUTE);
    expect(next.lines()).toHaveLength(3);
    await next.desk.close();
  });

  it('on which the outbox did not hear that its recovery was written, and that it fires again: it fires', async () => {
    const t = await alertHabitat();
    await t.desk.raise(alertOf());
    const before = t.outbox();
    await t.advance(MINUTE);
    await t.desk.resolve(recoveryOf());
    await t.advance(MINUTE);
    await t.desk.raise(alertOf());
    await t.desk.close();
    const [, over, again] = t.lines();
    writeFileSync(join(t.dir, ALERTS_STATE_FILE), JSON.stringify({ ...before, waiting: { file: [over] } }));
    const next = await alertHabitat({ dir: t.dir, at: START + 3 * MINUTE });
    await next.desk.raise(alertOf());
    await next.advance(MINUTE);
    expect(next.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch']);
    expect(next.lines()).toHaveLength(3);
    await next.desk.resolve(recoveryOf());
    await next.desk.close();
    expect(next.lines().at(-1)).toMatchObject({ state: 'resolved', id: again?.id });
  });

  /** A recovery waits for a sink that is down when the process dies, and the next life's disk does not let the outbox be read. */
  const lifeWithoutOutbox = async () => {
    const first = await alertHabitat({ sinks: [memorySink('one', {}, [{ ok: true }, dead, dead]).sink] });
    await first.desk.raise(alertOf());
    await first.advance(0);
    await first.desk.resolve(recoveryOf());
    await first.desk.close();
    expect(first.outbox().waiting.one).toHaveLength(1);
    let refuses = true;
    const files = (plain: Files): Files => ({
      ...plain,
      read: async (path) => {
        if (refuses && path === ALERTS_STATE_FILE) throw new FileFault('read', path, 'EIO', 'a test refuses it');
        return plain.read(path);
      },
    });
    const { sink, taken } = memorySink('one');
    const second = await alertHabitat({ dir: first.dir, at: START + HOUR, sinks: [sink], files });
    const letsRead = (): void => {
      refuses = false;
    };
    return { ...second, taken, letsRead };
  };

  it('that does not let the outbox be read has it told when it does, and nothing is written over it', async () => {
    const t = await lifeWithoutOutbox();
    await t.desk.raise(alertOf({ subject: 'b' }));
    await t.advance(MINUTE);
    expect(t.taken.map(({ subject, state }) => `${subject} ${state}`)).toEqual(['b firing']);
    expect(t.outbox().waiting.one).toHaveLength(1);
    expect(t.said.filter((line) => line.includes('state/alerts.json cannot be read'))).toHaveLength(1);
    t.letsRead();
    await t.advance(10 * MINUTE);
    expect(t.taken.map(({ subject, state }) => `${subject} ${state}`)).toEqual(['b firing', 'kill_switch resolved']);
    expect(t.outbox()).toMatchObject({ firing: [{ subject: 'b' }], waiting: { file: [], one: [] } });
    await t.desk.close();
  });

  it('that does not let it be read until the bot stops leaves it to the next life', async () => {
    const t = await lifeWithoutOutbox();
    await t.desk.raise(alertOf({ subject: 'b' }));
    await t.desk.resolve(recoveryOf({ subject: 'b' }));
    await t.desk.close();
    const { sink, taken } = memorySink('one');
    const next = await alertHabitat({ dir: t.dir, at: START + 2 * HOUR, sinks: [sink] });
    await next.advance(0);
    // Whether the second life's sink has heard it nobody could note.
    expect(taken.map(({ subject, state }) => `${subject} ${state}`)).toEqual(['kill_switch resolved', 'b resolved']);
    await next.desk.close();
    const third = memorySink('one');
    const last = await alertHabitat({ dir: t.dir, at: START + 2 * HOUR, sinks: [third.sink] });
    await last.advance(0);
    expect(third.taken).toEqual([]);
    await last.desk.close();
  });

  it('that lets it be read in the last moment has it told in that', async () => {
    const t = await lifeWithoutOutbox();
    t.letsRead();
    await t.desk.close();
    expect(t.taken.map(({ subject, state }) => `${subject} ${state}`)).toEqual(['kill_switch resolved']);
  });

  it('on which the outbox is read late has what was said since told once more: it holds, not what waited', async () => {
    const t = await lifeWithoutOutbox();
    await t.desk.raise(alertOf());
    t.letsRead();
    await t.advance(10 * MINUTE);
    expect(t.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch']);
    expect(t.taken.map(({ state }) => state)).toEqual(['firing', 'resolved', 'firing']);
    expect(t.lines().map(({ state }) => state)).toEqual(['firing', 'resolved', 'firing']);
    await t.desk.close();
  });

  it('on which the outbox did not hear of one that was over before it fired again: what fires is told behind the end', async () => {
    const t = await alertHabitat({ at: START + HOUR });
    await t.desk.raise(alertOf());
    await t.desk.resolve(recoveryOf());
    await t.desk.close();
    const past = t.lines();
    // The clock was ahead, and was put right; what was written last is not in the file any more.
    const second = await alertHabitat({ dir: t.dir, at: START });
    await second.desk.raise(alertOf());
    await second.desk.close();
    writeFileSync(join(t.dir, ALERTS_FILE), past.map((notice) => `${JSON.stringify(notice)}\n`).join(''));
    const { sink, taken } = memorySink('one');
    const next = await alertHabitat({ dir: t.dir, at: START + MINUTE, sinks: [sink] });
    await next.advance(0);
    expect(next.desk.firing('HEALING_ESCALATION')).toEqual(['kill_switch']);
    expect(taken.map(({ state }) => state)).toEqual(['resolved', 'firing']);
    await next.desk.close();
  });

  it('on which one waits for the file that a life which could not read the outbox has told anew: that is what fires', async () => {
    const first = await alertHabitat({ faults: [{ operation: 'append', path: ALERTS_FILE, code: 'EACCES' }] });
    await first.desk.raise(alertOf());
    await first.desk.close();
    const outbox = first.outbox();
    expect(outbox.waiting.file).toHaveLength(1);
    // The outbox stays as it is; the file is told by somebody who does not know of it.
    rmSync(join(first.dir, ALERTS_STATE_FILE));
    const blind = await alertHabitat({ dir: first.dir, at: START + MINUTE });
    await blind.desk.raise(alertOf());
    await blind.desk.close();
    const [told] = blind.lines();
    writeFileSync(join(first.dir, ALERTS_STATE_FILE), JSON.stringify(outbox));
    const next = await alertHabitat({ dir: first.dir, at: START + 2 * MINUTE });
    await next.advance(MINUTE);
    expect(next.lines()).toEqual([told]);
    await next.desk.resolve(recoveryOf());
    await next.desk.close();
    expect(next.lines().map(({ id, state }) => [id, state])).toEqual([
      [told?.id, 'firing'],
      [told?.id, 'resolved'],
    ]);
  });

  it('with an old file of the Python bot, and strange details, is no trouble', async () => {
    const { dir } = await alertHabitat();
    mkdirSync(join(dir, 'logs'), { recursive: true });
    writeFileSync(join(dir, ALERTS_FILE), '{"level":"HIGH","category":"x","message":"old","timestamp":1.5}\n');
    chmodSync(join(dir, ALERTS_FILE), 0o640);
    rmSync(join(dir, ALERTS_STATE_FILE), { force: true });
    const t = await alertHabitat({ dir });
    const circle: Record<string, unknown> = { big: 10n, fn: () => 1, apiKey: 'hidden' };
    circle.self = circle;
    await t.desk.raise(alertOf({ details: circle }));
    expect(t.lines().map(({ details }) => details)).toEqual([
      undefined,
      { big: '10', apiKey: '[redacted]', self: '[…]' },
    ]);
    await t.desk.close();
  });
});
