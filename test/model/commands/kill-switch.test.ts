/**
 * The kill switch under any history of presses, releases, trips, quiet hours, restarts and damage to its file: it is on where the model
 * says so, on disk too, and entries are open where it is off.
 */

import { describe, expect, it } from 'vitest';
import { ESCALATION_FILE } from '../../../src/actors/healing-operator.ts';
import { QUIET_HOUR_MS } from '../../../src/healing/kill-switch.ts';
import { fc } from '../../fast-check.ts';
import { type Command, holdOver } from './commands.ts';
import { HealingBench } from './healing-bench.ts';

interface Model {
  on: boolean;
  byHand: boolean;
  /** An invariant of which nobody knows that it holds has put it on: without force it stays. */
  caused: boolean;
  /** Quiet is counted from here, ms. */
  since: number;
  /** The disk refuses its state. */
  refusing: boolean;
}
type Given = Command<Model, HealingBench>;

const SWEEP_MS = 60_000;

const trip = (model: Model, now: number, byHand: boolean): void => {
  model.on = true;
  model.byHand ||= byHand;
  model.since = now;
};

const off = (model: Model): void => {
  model.on = false;
  model.byHand = false;
  model.caused = false;
};

const press = fc.constant<Given>({
  says: 'a person presses it',
  run: async (model, real) => {
    const told = await real.press();
    expect(told).toBe(!model.byHand);
    if (told) trip(model, real.now, true);
  },
});
const pressAndDie = fc.constant<Given>({
  says: 'a person presses it, is told that it is on, and the process dies',
  when: ({ byHand, refusing }) => !byHand && !refusing,
  run: async (model, real) => {
    expect(await real.pressAndDie()).toBe(true);
    trip(model, real.now, true);
  },
});
const release = fc.boolean().map(
  (force): Given => ({
    says: `a person releases it${force ? ', although its cause is there' : ''}`,
    run: async (model, real) => {
      const released = await real.release(force);
      expect(released).toBe(model.on && (force || !model.caused));
      if (released) off(model);
    },
  }),
);
const tripped = fc.constantFrom('a/b', 'c/d').map(
  (by): Given => ({
    says: `${by} trips it`,
    run: async (model, real) => {
      trip(model, real.now, false);
      model.caused = true;
      await real.trip(by);
    },
  }),
);
const restart = fc
  .tuple(
    fc.constantFrom('healingOperator' as const, 'safetyLayer' as const),
    fc.constantFrom('stop' as const, 'cut' as const),
  )
  .map(
    ([id, how]): Given => ({
      says: `${how} and start ${id}`,
      when: ({ refusing }) => !refusing,
      run: async (model, real) => {
        await real.restart(id, how);
        // Quiet is counted anew: nobody knows what there was meanwhile.
        if (id === 'healingOperator') model.since = real.now;
      },
    }),
  );
const die = fc.boolean().map(
  (garbled): Given => ({
    says: `the process dies${garbled ? ', and its file is garbled' : ''}`,
    when: ({ refusing }) => !refusing,
    run: async (model, real) => {
      await real.die(garbled ? () => real.garbleState() : undefined);
      model.since = real.now;
      if (!garbled) return;
      // What cannot be read may have been on; whether by hand is not known.
      model.on = true;
      model.byHand = false;
      model.caused = false;
    },
  }),
);
const wait = fc.constantFrom(1_000, 600_000, QUIET_HOUR_MS + SWEEP_MS).map(
  (ms): Given => ({
    says: `${ms} ms go by`,
    run: async (model, real) => {
      await real.wait(ms);
      // Looked at by the sweeps, of which the last may be as long ago as they are apart.
      const quiet = real.now - model.since;
      if (!model.on || model.byHand || quiet < QUIET_HOUR_MS) return;
      if (quiet < QUIET_HOUR_MS + SWEEP_MS) await real.wait(SWEEP_MS);
      off(model);
    },
  }),
);
const disk = fc.constant<Given>({
  says: 'the disk refuses its state, or accepts it again',
  run: async (model, real) => {
    model.refusing = !model.refusing;
    if (model.refusing) return real.refuse(ESCALATION_FILE);
    real.accept();
    await real.wait(SWEEP_MS);
  },
});

async function laws(model: Model, real: HealingBench): Promise<void> {
  expect(real.isTripped).toBe(model.on);
  expect(real.operator.context.pausedByHand).toBe(model.on && model.byHand);
  expect(real.safety.active).toBe(model.on);
  expect(real.entriesOpen).toBe(!model.on);
  if (!model.refusing) expect(await real.saved()).toEqual({ active: model.on, byHand: model.on && model.byHand });
  expect([...(real.firing.get('HEALING_ESCALATION') ?? [])]).toEqual(model.on ? ['kill_switch'] : []);
}

describe('the kill switch', () => {
  it('is on or off as it should be, over every restart, and blocks entries while it is on', async () => {
    await holdOver<Model, HealingBench>({
      file: 'kill-switch.test.ts',
      commands: [press, press, pressAndDie, release, tripped, restart, restart, die, wait, wait, disk],
      begin: async () => {
        const real = await HealingBench.begin();
        return {
          model: { on: false, byHand: false, caused: false, since: 0, refusing: false },
          real,
          end: () => real.end(),
        };
      },
      laws,
      runs: 25,
      most: 25,
    });
  });
});
