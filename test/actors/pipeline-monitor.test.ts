import { describe, expect, it } from 'vitest';
import { pipelineMonitorActor } from '../../src/actors/pipeline-monitor.ts';
import { CRITICAL_ABOVE, QUIET_AFTER_MS } from '../../src/machines/pipeline-monitor.ts';
import { type Laboratory, laboratories, ordered, repairing } from './laboratory.ts';

const laboratory = laboratories();
const begin = async (): Promise<Laboratory> => {
  const t = await laboratory();
  await t.start('pipelineMonitor', pipelineMonitorActor);
  return t;
};
const report = (t: Laboratory, change: { total?: number; stuckCount?: number; at?: number } = {}) => {
  const { stuckCount = 0 } = change;
  return t.post('pipelineMonitor', {
    type: 'PIPELINE',
    figures: {
      at: t.clock.now(),
      total: 0,
      byState: {},
      oldCount: 0,
      unknownStates: [],
      refused: 0,
      stuckCount,
      ...change,
    },
    stuck: Array.from({ length: Math.min(stuckCount, 20) }, (_, i) => `s-${i}`),
  });
};
const work = ({ snapshot }: Laboratory) => snapshot('pipelineMonitor').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('pipelineMonitor').context;

describe('the pipeline monitor', () => {
  it('knows nothing before the first report', async () => {
    const t = await begin();
    await t.advance(10_000);
    expect(work(t)).toBe('unknown');
    expect(context(t)).toMatchObject({ status: 'UNKNOWN', reportedAt: null });
  });

  it.each([
    [0, 'healthy', 'HEALTHY'],
    [1, 'warning', 'WARNING'],
    [CRITICAL_ABOVE, 'warning', 'WARNING'],
    [CRITICAL_ABOVE + 1, 'critical', 'CRITICAL'],
  ])('with %i stuck signals is %s', async (stuckCount, state, status) => {
    const t = await begin();
    await report(t, { stuckCount, total: 20 });
    expect(work(t)).toBe(state);
    expect(context(t)).toMatchObject({ status, stuckCount, total: 20, reportedAt: t.clock.now() });
    expect(context(t).stuck).toHaveLength(stuckCount);
    await report(t, { total: 20 });
    expect(work(t)).toBe('healthy');
  });

  it('warns when there was no signal for an hour, until there is one', async () => {
    const t = await begin();
    await report(t, { total: 5 });
    await t.advance(QUIET_AFTER_MS);
    await report(t, { total: 5 });
    expect(work(t)).toBe('healthy');
    await t.advance(1);
    await report(t, { total: 5 });
    expect(work(t)).toBe('warning');
    await report(t, { total: 6 });
    expect(work(t)).toBe('healthy');
    expect(context(t).lastSignalAt).toBe(t.clock.now());
  });

  it('tells signals an hour of the time it has watched, not of those that were there before', async () => {
    const t = await begin();
    await report(t, { total: 1_000 });
    expect(context(t).signalsPerHour).toBe(0);
    await t.advance(1_800_000);
    await report(t, { total: 1_004 });
    expect(context(t).signalsPerHour).toBe(8);
  });

  it('expires nothing itself: it hands the order to the state machine, with the name of who gave it', async () => {
    const t = await begin();
    await t.post('pipelineMonitor', { type: 'EXPIRE', signalIds: ['s-1'], ...ordered });
    expect(t.sent('stateMachine', 'EXPIRE')).toEqual([{ type: 'EXPIRE', signalIds: ['s-1'], ...ordered }]);
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toEqual([]);
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toEqual([]);
  });

  it('forgets its judgement with a restart and judges the next report', async () => {
    const t = await begin();
    await report(t, { stuckCount: 12 });
    await t.stop('pipelineMonitor');
    await t.start('pipelineMonitor', pipelineMonitorActor);
    expect(work(t)).toBe('unknown');
    await report(t, { stuckCount: 12 });
    expect(work(t)).toBe('critical');
  });

  it('has nothing to repair, and says so', async () => {
    const t = await begin();
    await t.post('pipelineMonitor', repairing('everything'));
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([
      { error: expect.stringContaining('everything') },
    ]);
  });
});
