import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { SIGNAL_STATES } from '../../src/machines/messages.ts';
import {
  FINAL,
  MUST_MOVE_ON,
  SIGNAL_EVENTS,
  type SignalEvent,
  signalLifecycle,
} from '../../src/machines/signal-lifecycle.ts';

const signalAfter = (...types: SignalEvent['type'][]) => {
  const actor = createActor(signalLifecycle).start();
  for (const type of types) actor.send({ type, reason: 'VolatilityGuard: too calm' } as SignalEvent);
  return actor.getSnapshot();
};

describe('the life of a signal', () => {
  it('goes from the idea to the lesson', () => {
    expect(signalAfter('EVALUATE', 'APPROVE', 'EXECUTE', 'FILL', 'LEARN').matches('learned')).toBe(true);
    const blocked = signalAfter('EVALUATE', 'BLOCK', 'LEARN');
    expect(blocked.matches('learned')).toBe(true);
    expect(blocked.context.reason).toBe('VolatilityGuard: too calm');
  });
  it('can expire wherever it would rest unfinished', () => {
    expect(signalAfter('EXPIRE').matches('expired')).toBe(true);
    expect(signalAfter('EVALUATE', 'EXPIRE').matches('expired')).toBe(true);
    expect(signalAfter('EVALUATE', 'APPROVE', 'EXPIRE').matches('expired')).toBe(true);
    expect(signalAfter('EVALUATE', 'APPROVE', 'EXECUTE', 'REFUSE', 'EXPIRE').matches('expired')).toBe(true);
  });
  it('cannot expire while its order may fill, or is of unknown fate', () => {
    expect(signalAfter('EVALUATE', 'APPROVE', 'EXECUTE', 'EXPIRE').matches({ executing: 'ordered' })).toBe(true);
    expect(signalAfter('EVALUATE', 'APPROVE', 'EXECUTE', 'LOSE', 'EXPIRE').matches({ executing: 'reconciling' })).toBe(
      true,
    );
    expect(
      signalAfter('EVALUATE', 'APPROVE', 'EXECUTE', 'LOSE', 'FIND', 'EXPIRE').matches({ executing: 'ordered' }),
    ).toBe(true);
  });
  it('takes a late fill, whatever was believed of the order', () => {
    for (const belief of [[], ['LOSE'], ['REFUSE'], ['LOSE', 'REFUSE']] as const)
      expect(signalAfter('EVALUATE', 'APPROVE', 'EXECUTE', ...belief, 'FILL').matches('executed'), belief.join()).toBe(
        true,
      );
  });
  it('reaches every state, and none beyond the records of the bus', () => {
    const paths = getShortestPaths(signalLifecycle, { events: [...SIGNAL_EVENTS] });
    const reached = new Set(
      paths.map(({ state }) => (typeof state.value === 'string' ? state.value : Object.keys(state.value)[0])),
    );
    expect([...reached].sort()).toEqual([...SIGNAL_STATES].sort());
  });
  it('never leaves a final state', () => {
    const paths = getShortestPaths(signalLifecycle, { events: [...SIGNAL_EVENTS] });
    for (const { state } of paths) {
      const ends = (FINAL as readonly unknown[]).includes(state.value);
      expect(state.status === 'done').toBe(ends);
      if (ends) for (const event of SIGNAL_EVENTS) expect(state.can(event)).toBe(false);
    }
    expect([...FINAL, ...MUST_MOVE_ON, 'executed', 'blocked'].sort()).toEqual([...SIGNAL_STATES].sort());
  });
});
