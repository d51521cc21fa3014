/**
 * Orders, fills and positions under any history of entries, exits, prices, lost answers, refusals of the disk, restarts and the kill
 * switch: an intent is executed once at most, the switch blocks entries and never exits, and at rest log, file and exchange agree.
 */

import { describe, expect, it } from 'vitest';
import { holdingsOf } from '../../../src/actors/positions-file.ts';
import { SIGNAL_STATES, type SignalState } from '../../../src/machines/messages.ts';
import { plus } from '../../../src/ports/money.ts';
import { fc } from '../../fast-check.ts';
import { type Command, holdOver } from './commands.ts';
import { type Name, PRICES, TradeBench } from './trade-bench.ts';

const EDGES: Readonly<Record<SignalState, readonly SignalState[]>> = {
  generated: ['evaluating', 'expired'],
  evaluating: ['approved', 'blocked', 'expired'],
  approved: ['executing', 'expired'],
  executing: ['executed', 'expired'],
  executed: ['learned'],
  blocked: ['learned'],
  expired: [],
  learned: [],
};

interface Model {
  killed: boolean;
  refusing: boolean;
}
type Given = Command<Model, TradeBench>;

const names = Object.keys(PRICES) as Name[];
const symbol = fc.constantFrom(...names);
const fate = fc.constantFrom(
  'ok' as const,
  'ok' as const,
  'reject' as const,
  'timeout-before' as const,
  'timeout-after' as const,
);

const enter = fc.tuple(symbol, fc.constantFrom('LONG' as const, 'SHORT' as const), fate).map(
  ([name, direction, becomes]): Given => ({
    says: `enter ${name} ${direction} (${becomes})`,
    run: async (_, real) => {
      real.fates([becomes]);
      await real.enter(name, direction);
    },
  }),
);
const exit = fate.map(
  (becomes): Given => ({
    says: `exit (${becomes})`,
    run: async (_, real) => {
      real.fates([becomes]);
      await real.exit();
    },
  }),
);
const move = fc
  .tuple(symbol, fc.constantFrom(-0.02, -0.005, 0.004, 0.021))
  .map(([name, by]): Given => ({ says: `${name} moves by ${by}`, run: (_, real) => real.move(name, by) }));
const part = fc.constantFrom(
  'signalBus' as const,
  'safetyLayer' as const,
  'stateMachine' as const,
  'tradeExecution' as const,
  'exitGates' as const,
);
const restart = fc
  .tuple(part, fc.constantFrom('stop' as const, 'cut' as const))
  .map(([id, how]): Given => ({ says: `${how} and start ${id}`, run: (_, real) => real.restart(id, how) }));
const kill = fc.constant<Given>({
  says: 'press or release the kill switch',
  run: async (model, real) => {
    model.killed = !model.killed;
    await real.kill(model.killed);
  },
});
const disk = fc.constant<Given>({
  says: 'the disk refuses, or accepts again',
  run: async (model, real) => {
    model.refusing = !model.refusing;
    if (model.refusing) real.refuse();
    else real.accept();
  },
});
const wait = fc.constantFrom(40, 300, 1_600, 12_000).map(
  (ms): Given => ({
    says: `${ms} ms go by`,
    run: async (_, real) => {
      await real.wait(ms);
      await real.heal();
    },
  }),
);

/** What must hold at any moment. */
async function laws(_: Model, real: TradeBench): Promise<void> {
  // The switch blocks every entry that had not left when it was pressed.
  expect(real.submitted.filter(({ intent, killed }) => killed && intent.purpose === 'entry')).toEqual([]);
  const states = new Map<string, SignalState>();
  const filled = new Map<string, number>();
  const fills = new Set<string>();
  for (const record of await real.bus()) {
    if (record.event_type === 'signal_generated') {
      expect(states.has(record.signal_id)).toBe(false);
      states.set(record.signal_id, 'generated');
    } else if (record.event_type === 'state_change') {
      const from = states.get(record.signal_id);
      const to = record.new_state as SignalState;
      expect(SIGNAL_STATES).toContain(to);
      expect(EDGES[from ?? 'learned'], `${record.signal_id}: ${from} to ${to}`).toContain(to);
      states.set(record.signal_id, to);
    } else if (record.event_type === 'position_change') {
      expect(fills.has(record.fill_id), `fill ${record.fill_id} is booked once`).toBe(false);
      fills.add(record.fill_id);
      const { clientOrderId, qty } = record.fill as { clientOrderId: string; qty: number };
      filled.set(clientOrderId, plus(filled.get(clientOrderId) ?? 0, qty));
    }
  }
  // Nothing is executed beyond its intent, whatever was sent how often.
  for (const { intent } of real.submitted)
    expect(filled.get(intent.clientOrderId) ?? 0, intent.clientOrderId).toBeLessThanOrEqual(intent.qty);
  // One entry of a signal reaches the exchange once.
  const entries = real.submitted
    .filter(({ intent }) => intent.purpose === 'entry')
    .map(({ intent }) => intent.signalId);
  expect(new Set(entries).size).toBe(entries.length);
}

/** And when nothing happens any more. */
async function atRest(model: Model, real: TradeBench): Promise<void> {
  real.accept();
  real.calm();
  for (let minute = 0; minute < 4; minute++) {
    await real.wait(60_000);
    await real.heal();
  }
  await real.wait(3_000);
  await laws(model, real);
  const { exchange, log, filed, listed } = await real.held();
  expect(log).toEqual(exchange);
  expect(filed).toBe(holdingsOf(listed.open()));
  expect(real.work()).toMatchObject({ orders: 'idle', books: 'agreed', entries: model.killed ? 'closed' : 'open' });
  // Whatever the switch says, what is held can be left.
  while ((await real.held()).listed.open().length > 0) {
    const before = (await real.held()).listed.open().length;
    await real.exit();
    await real.wait(15_000);
    expect((await real.held()).listed.open().length).toBeLessThan(before);
  }
  expect((await real.held()).exchange).toEqual(new Map());
}

describe('a bot that trades on paper', () => {
  it('executes an intent once at most, and knows what it holds', async () => {
    await holdOver<Model, TradeBench>({
      file: 'trades.test.ts',
      commands: [enter, enter, enter, exit, move, move, restart, restart, kill, disk, wait, wait, wait],
      begin: async () => {
        const real = await TradeBench.begin();
        const model = { killed: false, refusing: false };
        return { model, real, atRest: () => atRest(model, real), end: () => real.end() };
      },
      laws,
      runs: 25,
      most: 20,
    });
  });
});
