/**
 * A supervisor under any history of crashes, kills, orders and mail, over components that write their mail to logs on a real disk: mail
 * is written once and in order, each restart is within the intensity or the child stays down, and all stop.
 */

import { describe, expect, it } from 'vitest';
import { RESTART_INTENSITY } from '../../../src/healing/budget.ts';
import { fc } from '../../fast-check.ts';
import { type Command, holdOver } from './commands.ts';
import { CHILDREN, type ChildId, SupervisorBench } from './supervisor-bench.ts';

interface Model {
  /** Mail by child, in the order in which it was sent. */
  readonly sent: Record<ChildId, number[]>;
  last: number;
  /** When each was brought back without an order, ms. */
  readonly restarts: Record<ChildId, number[]>;
  /** Its restart intensity is spent. */
  readonly down: Set<ChildId>;
}
type Given = Command<Model, SupervisorBench>;

const id = fc.constantFrom(...CHILDREN);

/** It ended without an order: it comes back, where that is allowed. */
function ended(model: Model, child: ChildId, now: number): void {
  const recent = model.restarts[child].filter((at) => now - at < RESTART_INTENSITY.withinMs);
  if (recent.length >= RESTART_INTENSITY.most) {
    model.down.add(child);
    model.restarts[child] = recent;
  } else model.restarts[child] = [...recent, now];
}

const mail = fc.tuple(id, fc.integer({ min: 1, max: 3 })).map(
  ([child, many]): Given => ({
    says: `${many} to ${child}`,
    run: async (model, real) => {
      for (let n = 0; n < many; n++) {
        model.sent[child].push(++model.last);
        real.post(child, model.last);
      }
      await real.wait(0);
    },
  }),
);
const strike = fc.tuple(id, fc.constantFrom('crash' as const, 'kill' as const)).map(
  ([child, how]): Given => ({
    says: `${how} ${child}`,
    run: async (model, real) => {
      if (await real.strike(child, how)) ended(model, child, real.now);
      await real.wait(0);
    },
  }),
);
const order = fc.tuple(id, fc.constantFrom('one' as const, 'rest' as const)).map(
  ([child, scope]): Given => ({
    says: `order ${child} up (${scope})`,
    run: async (model, real) => {
      await real.order(child, scope);
      const taken = scope === 'one' ? [child] : CHILDREN.slice(CHILDREN.indexOf(child));
      for (const one of taken) model.down.delete(one);
    },
  }),
);
const wait = fc
  .constantFrom(20, 1_000, 35_000, 61_000)
  .map((ms): Given => ({ says: `${ms} ms go by`, run: (_, real) => real.wait(ms) }));

async function laws({ sent, down }: Model, real: SupervisorBench): Promise<void> {
  for (const child of CHILDREN) {
    const { exhausted, phase } = real.childOf(child);
    expect(exhausted, child).toBe(down.has(child));
    if (exhausted) expect(phase).toBe('down');
    const written = await real.written(child);
    // Nothing twice, nothing out of turn, and nothing that waits for one that is down.
    expect(written).toEqual(sent[child].slice(0, written.length));
  }
}

async function atRest(model: Model, real: SupervisorBench): Promise<void> {
  // Longer than any backoff.
  await real.wait(120_000);
  for (const child of model.down) await real.order(child, 'one');
  model.down.clear();
  await real.wait(120_000);
  await laws(model, real);
  for (const child of CHILDREN) {
    expect(real.childOf(child).phase).toBe('ready');
    expect(await real.written(child)).toEqual(model.sent[child]);
  }
  await real.stop();
  expect(real.status).toBe('done');
  expect(real.living).toEqual([]);
}

describe('a supervised family', () => {
  it('comes back within its intensity, writes all its mail once and in order, and stops', async () => {
    await holdOver<Model, SupervisorBench>({
      file: 'supervisor.test.ts',
      commands: [mail, mail, mail, strike, strike, order, wait, wait],
      begin: async () => {
        const real = await SupervisorBench.begin();
        const each = <T>(make: () => T) =>
          Object.fromEntries(CHILDREN.map((child) => [child, make()])) as Record<ChildId, T>;
        const model: Model = { sent: each(() => []), last: 0, restarts: each(() => []), down: new Set() };
        return { model, real, atRest: () => atRest(model, real), end: () => real.end() };
      },
      laws,
      runs: 25,
      most: 30,
    });
  });
});
