import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { STUCK_AFTER_MS, stateMachineActor } from '../../src/actors/state-machine.ts';
import { type Laboratory, laboratories, ordered, repairing } from './laboratory.ts';

const laboratory = laboratories();
const begin = async (): Promise<Laboratory> => {
  const t = await laboratory({ pace: { lookMs: 3_600_000 } });
  await t.start('signalBus', signalBusActor);
  await t.start('stateMachine', stateMachineActor);
  return t;
};
const restart = async (t: Laboratory, how: 'stop' | 'cut' = 'stop') => {
  if (how === 'stop') await t.stop('stateMachine');
  else t.cut('stateMachine');
  await t.start('stateMachine', stateMachineActor);
};
const born = async (t: Laboratory, name: string): Promise<string> => {
  const signal = t.signal(name);
  await t.post('signalBus', { type: 'EMIT', signal });
  return signal.signalId;
};
const move = (t: Laboratory, signalId: string, to: string, reason: string | null = null) =>
  t.post('stateMachine', { type: 'TRANSITION', signalId, to, reason, metadata: {}, by: 'test' });
const through = async (t: Laboratory, name: string, ...states: string[]): Promise<string> => {
  const id = await born(t, name);
  for (const state of states) await move(t, id, state);
  return id;
};
const intent = (t: Laboratory, signalId: string, fate: string) =>
  t.post('stateMachine', { type: 'INTENT', signalId, fate });
const expire = (t: Laboratory, more: object = {}) => t.post('stateMachine', { type: 'EXPIRE', ...ordered, ...more });
/** What the log says about a signal, in order. */
const told = async (t: Laboratory, id: string) =>
  (await t.records(SIGNAL_BUS_FILE))
    .filter(({ signal_id }) => signal_id === id)
    .map(({ state, new_state }) => String(new_state ?? state));
/** A state in the log that nobody may have written there. */
const write = (t: Laboratory, signal_id: string, new_state: string) =>
  t.post('signalBus', {
    type: 'APPEND',
    record: { event_type: 'state_change', signal_id, old_state: 'generated', new_state, reason: null, metadata: {} },
  });
const work = ({ snapshot }: Laboratory) => snapshot('stateMachine').value.running.work;
const figures = async (t: Laboratory) => {
  await t.advance(1_000);
  return t.snapshot('stateMachine').context.figures;
};
const answers = (t: Laboratory) => [
  ...t.sent('healingOperator', 'REMEDY.DONE'),
  ...t.sent('healingOperator', 'REMEDY.FAILED'),
];
const decided = (t: Laboratory) =>
  t
    .sent('decisionEngine', 'DECIDE')
    .map(({ signal, state }) => `${(signal as { signalId: string }).signalId} ${state}`);
const executed = (t: Laboratory) =>
  t.sent('tradeExecution', 'EXECUTE').map(({ signal }) => (signal as { signalId: string }).signalId);

describe('a signal', () => {
  it('is decided once it is in the log, with all that is known of it', async () => {
    const t = await begin();
    const signal = t.signal('a');
    await t.post('signalBus', { type: 'EMIT', signal });
    expect(t.sent('decisionEngine', 'DECIDE')).toEqual([
      { type: 'DECIDE', signal: { ...signal, features: { ...signal.features, returns: [] } }, state: 'generated' },
    ]);
    expect(await figures(t)).toMatchObject({ total: 1, byState: { generated: 1 }, stuckCount: 0 });
    expect(work(t)).toMatchObject({ pipeline: 'flowing' });
  });

  it('is not decided, and not executed, while the disk refuses the record', async () => {
    const t = await begin();
    const first = await through(t, 'a', 'evaluating');
    t.refuse(SIGNAL_BUS_FILE);
    await born(t, 'b');
    await move(t, first, 'approved');
    expect(decided(t)).toHaveLength(1);
    expect(executed(t)).toEqual([]);
    t.accept();
    await t.advance(1_000);
    expect(decided(t)).toHaveLength(2);
    expect(executed(t)).toEqual([first]);
  });

  it('is where it was said to go, for one that begins while the disk still refuses to write that down', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating');
    t.refuse(SIGNAL_BUS_FILE);
    await move(t, id, 'approved');
    await restart(t);
    expect(await figures(t)).toMatchObject({ byState: { approved: 1, evaluating: 0 } });
    expect(executed(t)).toEqual([]);
    await move(t, id, 'blocked');
    t.accept();
    await t.advance(1_000);
    expect(await told(t, id)).toEqual(['generated', 'evaluating', 'approved']);
    expect(executed(t)).toEqual([id]);
  });

  it('does not expire behind an order that waits for the disk: it would be ordered all the same', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating', 'approved');
    t.refuse(SIGNAL_BUS_FILE);
    await move(t, id, 'executing');
    await restart(t);
    await expire(t, { signalIds: [id] });
    t.accept();
    await t.advance(1_000);
    expect(await told(t, id)).toEqual(['generated', 'evaluating', 'approved', 'executing']);
    expect(answers(t)).toMatchObject([{ type: 'REMEDY.FAILED' }]);
  });

  it('moves by a record that says from where, to where, why and with what', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating');
    await t.post('stateMachine', {
      type: 'TRANSITION',
      signalId: id,
      to: 'blocked',
      reason: 'FeeGate: too dear',
      metadata: { blocker: 'FeeGate' },
      by: 'decisionEngine',
    });
    const { event_id, timestamp, ts, seq, crc, ...record } = (await t.records(SIGNAL_BUS_FILE)).at(-1) ?? {};
    expect(record).toEqual({
      event_type: 'state_change',
      signal_id: id,
      old_state: 'evaluating',
      new_state: 'blocked',
      reason: 'FeeGate: too dear',
      metadata: { blocker: 'FeeGate' },
    });
    expect(ts).toBe(t.clock.now() / 1000);
  });

  it('told twice is one signal and decided once', async () => {
    const t = await begin();
    const signal = t.signal('a');
    await t.post('signalBus', { type: 'EMIT', signal });
    await t.post('signalBus', { type: 'EMIT', signal });
    expect(decided(t)).toHaveLength(1);
    expect(await figures(t)).toMatchObject({ total: 1 });
    await restart(t);
    expect(await figures(t)).toMatchObject({ total: 1 });
    expect(decided(t)).toHaveLength(2);
  });

  it.each([
    [[], 'approved'],
    [[], 'executing'],
    [[], 'blocked'],
    [[], 'learned'],
    [['evaluating'], 'evaluating'],
    [['evaluating'], 'executing'],
    [['evaluating', 'approved'], 'blocked'],
    [['evaluating', 'approved'], 'executed'],
    [['evaluating', 'approved', 'executing'], 'approved'],
    [['evaluating', 'approved', 'executing', 'executed'], 'expired'],
    [['evaluating', 'blocked'], 'approved'],
    [['evaluating', 'blocked', 'learned'], 'learned'],
    [['expired'], 'evaluating'],
    [[], 'ZOMBIE'],
  ])('after %j does not become %s: nothing is written, and the refusal is told', async (path, to) => {
    const t = await begin();
    const id = await through(t, 'a', ...path);
    await move(t, id, to);
    expect(await told(t, id)).toEqual(['generated', ...path]);
    expect(await figures(t)).toMatchObject({ refused: 1, unknownStates: [] });
    expect(t.lines.at(-1)?.message).toMatch(new RegExp(`^refused: test wanted ${id} to be ${to}: `));
  });

  it('that is not known does not move', async () => {
    const t = await begin();
    await move(t, 'nobody', 'evaluating');
    expect(await t.records(SIGNAL_BUS_FILE)).toEqual([]);
  });
});

describe('expiry', () => {
  it('takes what has rested for an hour and leaves the rest; who asked is told once', async () => {
    const t = await begin();
    const old = await through(t, 'a', 'evaluating');
    await t.advance(STUCK_AFTER_MS);
    expect(work(t)).toMatchObject({ pipeline: 'flowing' });
    const young = await born(t, 'b');
    await t.advance(1_000);
    expect(work(t)).toMatchObject({ pipeline: 'stuck' });
    expect(t.snapshot('stateMachine').context.figures).toMatchObject({ stuckCount: 1 });
    expect(t.sent('pipelineMonitor', 'PIPELINE').at(-1)).toMatchObject({ stuck: [old], figures: { stuckCount: 1 } });
    await expire(t);
    expect(await told(t, old)).toEqual(['generated', 'evaluating', 'expired']);
    expect(await told(t, young)).toEqual(['generated']);
    expect(answers(t)).toEqual([
      {
        type: 'REMEDY.DONE',
        incident: 'i-1',
        evidence: { says: 'expired 1 signals', figures: { expired: 1, kept: 0 } },
      },
    ]);
    expect((await t.records(SIGNAL_BUS_FILE)).at(-1)).toMatchObject({
      reason: 'a test',
      metadata: { incident: 'i-1', expired_by: 'healingOperator' },
    });
    expect(work(t)).toMatchObject({ pipeline: 'flowing', expiry: 'idle' });
  });

  it('takes what is two hours old, however often it moved', async () => {
    const t = await begin();
    const id = await born(t, 'a');
    await t.advance(STUCK_AFTER_MS - 1_000);
    await move(t, id, 'evaluating');
    await t.advance(STUCK_AFTER_MS - 1_000);
    await move(t, id, 'approved');
    await t.advance(3_000);
    expect(t.snapshot('stateMachine').context.figures).toMatchObject({ stuckCount: 0, oldCount: 1 });
    await expire(t);
    expect((await told(t, id)).at(-1)).toBe('expired');
  });

  it.each(['open', 'unknown'] as const)('keeps a signal whose order is %s, asked for by name or not', async (fate) => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating', 'approved', 'executing');
    await intent(t, id, fate);
    await t.advance(3 * STUCK_AFTER_MS);
    await expire(t);
    await expire(t, { signalIds: [id], incident: 'i-2' });
    await move(t, id, 'expired');
    expect(await told(t, id)).toEqual(['generated', 'evaluating', 'approved', 'executing']);
    expect(answers(t)).toMatchObject([
      { type: 'REMEDY.DONE', incident: 'i-1', evidence: { figures: { expired: 0 } } },
      { type: 'REMEDY.FAILED', incident: 'i-2', error: `expired 0 signals; 1 could not be: ${id}` },
    ]);
    await intent(t, id, 'closed');
    await expire(t, { signalIds: [id], incident: 'i-3' });
    expect((await told(t, id)).at(-1)).toBe('expired');
  });

  it('still keeps it after a restart, which does not know what became of the order', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating', 'approved', 'executing');
    await intent(t, id, 'closed');
    await restart(t);
    await expire(t, { signalIds: [id] });
    expect((await told(t, id)).at(-1)).toBe('executing');
  });

  it('takes by name what it may, says what it may not, and answers with nothing to do', async () => {
    const t = await begin();
    const fresh = await born(t, 'a');
    const done = await through(t, 'b', 'evaluating', 'blocked');
    await expire(t, { signalIds: [fresh, done, 'nobody'] });
    expect(answers(t)).toMatchObject([
      { evidence: { says: `expired 1 signals; 2 could not be: ${done}, nobody`, figures: { expired: 1, kept: 2 } } },
    ]);
    await expire(t, { incident: 'i-2' });
    expect(answers(t)).toHaveLength(2);
    expect(answers(t)[1]).toMatchObject({ incident: 'i-2', evidence: { figures: { expired: 0 } } });
  });

  it('of hundreds answers each order once, with all of them', async () => {
    const t = await begin();
    for (let n = 0; n < 450; n++) t.habitat.mail.post('signalBus', { type: 'EMIT', signal: t.signal(`n${n}`) });
    await t.advance(STUCK_AFTER_MS + 1_000);
    t.habitat.mail.post('stateMachine', { type: 'EXPIRE', ...ordered });
    t.habitat.mail.post('stateMachine', { type: 'EXPIRE', ...ordered, incident: 'i-2' });
    await t.advance(1_000);
    expect(answers(t)).toHaveLength(2);
    expect(new Set(answers(t).map(({ incident }) => incident))).toEqual(new Set(['i-1', 'i-2']));
    const expired = (await t.records(SIGNAL_BUS_FILE)).filter(({ new_state }) => new_state === 'expired');
    expect(expired).toHaveLength(450);
    expect(new Set(expired.map(({ signal_id }) => signal_id)).size).toBe(450);
    expect(work(t)).toMatchObject({ expiry: 'idle' });
  });

  it('that is under way is finished, and answered, before the state machine stops', async () => {
    const t = await begin();
    for (let n = 0; n < 450; n++) t.habitat.mail.post('signalBus', { type: 'EMIT', signal: t.signal(`n${n}`) });
    await t.advance(STUCK_AFTER_MS + 1_000);
    t.habitat.mail.post('stateMachine', { type: 'EXPIRE', ...ordered });
    await t.stop('stateMachine');
    await t.advance(0);
    await t.start('stateMachine', stateMachineActor);
    await t.advance(1_000);
    expect(answers(t)).toMatchObject([{ incident: 'i-1', evidence: { figures: { expired: 450 } } }]);
    expect(t.snapshot('stateMachine').context.figures).toMatchObject({ byState: { generated: 0, expired: 450 } });
  });

  it('ends with the incarnation it was ordered from: nothing is expired behind the back of the next', async () => {
    const t = await begin();
    for (let n = 0; n < 450; n++) t.habitat.mail.post('signalBus', { type: 'EMIT', signal: t.signal(`n${n}`) });
    await t.advance(STUCK_AFTER_MS + 1_000);
    t.habitat.mail.post('stateMachine', { type: 'EXPIRE', ...ordered });
    await restart(t, 'cut');
    await t.advance(2_000);
    const inLog = (await t.records(SIGNAL_BUS_FILE)).filter(({ new_state }) => new_state === 'expired').length;
    expect(t.snapshot('stateMachine').context.figures.byState.expired).toBe(inLog);
  });
});

describe('a restart', () => {
  it('goes on where the last incarnation stood, and does nothing twice', async () => {
    const t = await begin();
    const generated = await born(t, 'a');
    const evaluating = await through(t, 'b', 'evaluating');
    const approved = await through(t, 'c', 'evaluating', 'approved');
    await through(t, 'd', 'evaluating', 'approved', 'executing');
    await through(t, 'e', 'evaluating', 'approved', 'executing', 'executed');
    await through(t, 'f', 'evaluating', 'blocked');
    await through(t, 'g', 'expired');
    await through(t, 'h', 'evaluating', 'blocked', 'learned');
    const before = await figures(t);
    const records = (await t.records(SIGNAL_BUS_FILE)).length;
    t.posts.length = 0;
    await restart(t);
    expect(decided(t)).toEqual([`${generated} generated`, `${evaluating} evaluating`]);
    expect(executed(t)).toEqual([approved]);
    expect(await figures(t)).toEqual({ ...before, at: t.clock.now() });
    expect(await t.records(SIGNAL_BUS_FILE)).toHaveLength(records);
    await move(t, evaluating, 'approved');
    expect(executed(t)).toEqual([approved, evaluating]);
  });

  it('by force, while the disk refuses, does not stay behind the log', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating');
    t.refuse(SIGNAL_BUS_FILE);
    await move(t, id, 'blocked');
    await restart(t, 'cut');
    t.accept();
    await t.advance(1_000);
    expect(await told(t, id)).toEqual(['generated', 'evaluating', 'blocked']);
    expect(await figures(t)).toMatchObject({ byState: { evaluating: 0, blocked: 1 }, refused: 0 });
    await move(t, id, 'approved');
    expect(await told(t, id)).toEqual(['generated', 'evaluating', 'blocked']);
  });

  it('by force, while the bus takes nothing, is where it was said to go', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating');
    await t.stop('signalBus');
    await move(t, id, 'blocked');
    await restart(t, 'cut');
    await move(t, id, 'blocked');
    await t.start('signalBus', signalBusActor);
    await t.advance(1_000);
    expect(await told(t, id)).toEqual(['generated', 'evaluating', 'blocked']);
    expect(await figures(t)).toMatchObject({ byState: { evaluating: 0, blocked: 1 } });
  });

  it('takes mail that came meanwhile', async () => {
    const t = await begin();
    const id = await born(t, 'a');
    await t.stop('stateMachine');
    await move(t, id, 'evaluating');
    const other = await born(t, 'b');
    t.posts.length = 0;
    await t.start('stateMachine', stateMachineActor);
    await t.settle();
    expect(await told(t, id)).toEqual(['generated', 'evaluating']);
    expect(decided(t).filter((line) => line.startsWith(other))).toEqual([`${other} generated`]);
  });
});

describe('a state that does not exist', () => {
  it('is told, and rebuilt from the log for every signal that has one', async () => {
    const t = await begin();
    const ids: string[] = [];
    for (let n = 0; n < 25; n++) ids.push(await through(t, `n${n}`, ...(n % 2 ? ['evaluating', 'blocked'] : [])));
    for (const id of ids) await write(t, id, 'ZOMBIE');
    expect(work(t)).toMatchObject({ pipeline: 'confused' });
    expect((await figures(t)).unknownStates).toHaveLength(20);
    await t.post('stateMachine', repairing('states'));
    expect(answers(t)).toMatchObject([{ type: 'REMEDY.DONE', evidence: { figures: { rebuilt: 25 } } }]);
    expect(await figures(t)).toMatchObject({ unknownStates: [], byState: { generated: 13, blocked: 12 } });
    expect(work(t)).toMatchObject({ pipeline: 'flowing' });
    await move(t, ids[0] ?? '', 'evaluating');
    expect((await told(t, ids[0] ?? '')).at(-1)).toBe('evaluating');
  });

  it('is found again by a restart, and moves nowhere until it is rebuilt', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating');
    await write(t, id, 'ZOMBIE');
    await restart(t);
    expect(work(t)).toMatchObject({ pipeline: 'confused' });
    await move(t, id, 'approved');
    expect((await told(t, id)).at(-1)).toBe('ZOMBIE');
    await t.post('stateMachine', repairing('states'));
    expect((await figures(t)).byState).toMatchObject({ evaluating: 1 });
    await move(t, id, 'approved');
    expect((await told(t, id)).at(-1)).toBe('approved');
    expect(executed(t)).toEqual([id]);
  });

  it('after an order was given counts the order as open, and does not expire', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating', 'approved', 'executing');
    await write(t, id, 'ZOMBIE');
    await t.post('stateMachine', repairing('states'));
    await expire(t, { signalIds: [id] });
    expect((await told(t, id)).at(-1)).toBe('ZOMBIE');
    expect((await figures(t)).byState).toMatchObject({ executing: 1 });
  });

  it('of one that expired after its order had closed is expired again', async () => {
    const t = await begin();
    const id = await through(t, 'a', 'evaluating', 'approved', 'executing');
    await intent(t, id, 'closed');
    await move(t, id, 'expired');
    await write(t, id, 'ZOMBIE');
    await t.post('stateMachine', repairing('states'));
    expect((await figures(t)).byState).toMatchObject({ executing: 0, expired: 1 });
  });

  it('is the only thing it can repair', async () => {
    const t = await begin();
    await t.post('stateMachine', repairing('weather'));
    expect(answers(t)).toMatchObject([{ type: 'REMEDY.FAILED', error: 'stateMachine has no weather to repair' }]);
  });
});
