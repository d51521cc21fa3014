import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../../src/actors/records.ts';
import type { PipelineFigures } from '../../../src/machines/state-machine.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { aLife, watched } from './watched.ts';

const ID = 'BTCUSDT_1_00000001';
const step = (new_state: string): LogRecord => ({ event_type: 'state_change', signal_id: ID, new_state });
const left = (bus: readonly LogRecord[]) => ({ bus, verdict: {} as never, held: [], resting: [], payments: [] });
const holding = (qty: number): LogRecord => ({ event_type: 'position_change', signal_id: ID, position: { qty } });

describe('what-is-over-is-learned', () => {
  const learned = async (bus: readonly LogRecord[], looks: number, changes: readonly LogRecord[] = [holding(0)]) => {
    const law = watched('what-is-over-is-learned');
    for (const change of changes) law.told.acknowledged(change);
    await law.look(aLife().life, looks);
    law.told.ended(left(bus));
    return law;
  };

  it('finds a signal that is executed long after its position was closed', async () => {
    expect((await learned([step('executed')], 91)).found).toHaveLength(1);
  });

  it('finds nothing where a lesson was drawn, where it was closed just now, or is held again', async () => {
    expect((await learned([step('executed'), step('learned')], 91)).found).toEqual([]);
    expect((await learned([step('executed')], 90)).found).toEqual([]);
    expect((await learned([step('executed')], 91, [holding(0), holding(1)])).found).toEqual([]);
  });

  it('does not judge by a log that others destroyed', async () => {
    const law = watched('what-is-over-is-learned');
    law.damaged.add(SIGNAL_BUS_FILE);
    law.told.acknowledged(holding(0));
    await law.look(aLife().life, 91);
    law.told.ended(left([step('executed')]));
    expect(law.found).toEqual([]);
  });
});

describe('what-was-filled-does-not-expire', () => {
  const filled = (purpose: 'entry' | 'exit', last: string) => {
    const law = watched('what-was-filled-does-not-expire');
    const intent = { purpose, signalId: ID, clientOrderId: 'k-1-E' };
    law.told.sent({ intent, arrives: true } as never);
    law.told.filled({ clientOrderId: 'k-1-E', fillId: 'F1' } as never);
    law.told.ended(left([step('executing'), step(last)]));
    return law.found;
  };

  it('finds a signal that expired although its entry was filled', () => {
    expect(filled('entry', 'expired')).toEqual([`${ID} has expired, and F1 is a fill of its entry`]);
  });

  it('finds nothing where it was executed, and asks nothing of exits', () => {
    expect(filled('entry', 'executed')).toEqual([]);
    expect(filled('exit', 'expired')).toEqual([]);
  });
});

describe('signals-keep-their-age', () => {
  const HOUR = 3_600_000;
  const NOW = 10 * HOUR;
  const figures = (change: Partial<PipelineFigures>): PipelineFigures => ({
    at: NOW,
    total: 1,
    byState: { generated: 1, evaluating: 0, approved: 0, executing: 0 } as PipelineFigures['byState'],
    stuckCount: 0,
    oldCount: 0,
    unknownStates: [],
    oldestChangeAt: NOW - 5_000,
    refused: 0,
    ...change,
  });
  /** A log with one signal of this age, and a state machine that says this of it when it begins. */
  const begun = (ageMs: number, says: Partial<PipelineFigures>, isDamaged = false) => {
    const law = watched('signals-keep-their-age');
    const line = { event_type: 'signal_generated', signal_id: ID, ts: (NOW - ageMs) / 1_000, seq: 1 };
    law.disk.replace(SIGNAL_BUS_FILE, Buffer.from(`${JSON.stringify(line)}\nno record\n`));
    if (isDamaged) law.damaged.add(SIGNAL_BUS_FILE);
    const { life, attached } = aLife();
    law.told.born(life);
    let next: (snapshot: object) => void = () => undefined;
    const ref = {
      subscribe: (listener: typeof next) => {
        next = listener;
        return { unsubscribe: () => undefined };
      },
    };
    attached.next({ id: 'stateMachine', ref: ref as never });
    next({ context: { figures: null } });
    next({ context: { figures: figures(says) } });
    return law.found;
  };

  it('finds a signal that is taken to be as young as the process', () => {
    expect(begun(20_000, { oldestChangeAt: NOW })).toHaveLength(1);
  });

  it('finds signals that are stuck, or old, and not told to be', () => {
    expect(begun(HOUR + 5_000, { oldestChangeAt: NOW - HOUR - 5_000 })).toEqual([
      '0 signals are told to be stuck, and 1 are',
    ]);
    expect(begun(2 * HOUR + 5_000, { oldestChangeAt: NOW - 2 * HOUR - 5_000, stuckCount: 1 })).toEqual([
      '0 signals are told to be old, and 1 are',
    ]);
  });

  it('finds nothing where its age is that of the log, where others are counted, or the log was destroyed', () => {
    expect(begun(5_000, {})).toEqual([]);
    const others = { generated: 0, evaluating: 1, approved: 0, executing: 0 } as PipelineFigures['byState'];
    expect(begun(20_000, { byState: others })).toEqual([]);
    expect(begun(20_000, { oldestChangeAt: NOW }, true)).toEqual([]);
  });
});
