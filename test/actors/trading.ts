/** The actors between an approved signal and a closed position, wired together; the test decides what is approved. */
import { exitGatesActor } from '../../src/actors/exit-gates.ts';
import { changeOf, PositionBook } from '../../src/actors/position-book.ts';
import { holdingsOf, positionOf, readPositions } from '../../src/actors/positions-file.ts';
import { busRecord, POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { safetyLayerActor } from '../../src/actors/safety-layer.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { stateMachineActor } from '../../src/actors/state-machine.ts';
import { tradeExecutionActor } from '../../src/actors/trade-execution.ts';
import type { Direction, Signal, Verdict } from '../../src/machines/messages.ts';
import { bar, type HabitatOptions, type TestHabitat, testHabitat } from './habitat.ts';
import { features } from './samples.ts';

export const MAKERS = {
  signalBus: signalBusActor,
  safetyLayer: safetyLayerActor,
  stateMachine: stateMachineActor,
  tradeExecution: tradeExecutionActor,
  exitGates: exitGatesActor,
} as const;

export type TradingBot = Awaited<ReturnType<typeof tradingBot>>;

/** Starts them in the order of dependency, with a first bar of every symbol. */
export async function tradingBot(
  options: HabitatOptions & { readonly prices?: Readonly<Record<string, number>> } = {},
) {
  const prices = options.prices ?? { BTCUSDT: 100_000 };
  const h = await testHabitat({ symbols: Object.keys(prices), ...options });
  for (const [id, make] of Object.entries(MAKERS)) await h.start(id as keyof typeof MAKERS, make);
  await h.tick(Object.entries(prices).map(([symbol, price]) => bar(symbol, price, h.clock.now())));
  await h.advance(2_000);
  return { ...h, ...acting(h), ...looking(h) };
}

const acting = (h: TestHabitat) => {
  const emit = async (symbol: string, direction: Direction, price: number): Promise<Signal> => {
    const at = h.clock.now();
    const signalId = `${symbol}_${at}_${h.world.chance.hex(8)}`;
    const signal: Signal = {
      signalId,
      symbol,
      direction,
      strategy: 'ema_cross',
      confidence: 0.6,
      reason: 'a test',
      at,
      price,
      features: features({ symbol, at, price }),
    };
    await h.post('signalBus', { type: 'EMIT', signal });
    return signal;
  };
  const transition = (signalId: string, to: string) =>
    h.post('stateMachine', { type: 'TRANSITION', signalId, to, reason: null, metadata: {}, by: 'test' });
  /** As decisionEngine would: asks the safety layer, and approves what it lets through. */
  const decide = async (
    symbol: string,
    direction: Direction,
    price: number,
  ): Promise<{ signal: Signal; verdict: Verdict }> => {
    const signal = await emit(symbol, direction, price);
    await transition(signal.signalId, 'evaluating');
    await h.post('safetyLayer', { type: 'VET', signal });
    const answer = h.sent('decisionEngine', 'VETTED').findLast((event) => event.signalId === signal.signalId);
    const verdict = answer?.verdict as Verdict;
    await transition(signal.signalId, verdict.passes ? 'approved' : 'blocked');
    return { signal, verdict };
  };
  /** Approved, filled, and at rest. */
  const enter = async (symbol = 'BTCUSDT', direction: Direction = 'LONG', price = 100_000): Promise<Signal> => {
    const { signal, verdict } = await decide(symbol, direction, price);
    if (!verdict.passes) throw new Error(`the safety layer refused: ${verdict.reason}`);
    await h.advance(5_000);
    return signal;
  };
  const restart = async (id: keyof typeof MAKERS, how: 'stop' | 'cut' = 'stop') => {
    if (how === 'stop') await h.stop(id);
    else h.cut(id);
    await h.start(id, MAKERS[id]);
  };
  return { emit, transition, decide, enter, restart };
};

const looking = (h: TestHabitat) => {
  const bus = async () => (await h.records(SIGNAL_BUS_FILE)).map((record) => busRecord.parse(record));
  return {
    bus,
    /** Positions by the log alone. */
    fold: async (): Promise<PositionBook> => {
      const book = new PositionBook();
      for (const record of await bus())
        if (record.event_type === 'position_change' || record.event_type === 'funding_payment')
          book.take(changeOf(record));
      return book;
    },
    /** What the file lists as open. */
    filed: async (): Promise<string> => {
      const bytes = await h.world.files.read(POSITIONS_FILE);
      const read = bytes === null ? 'missing' : readPositions(bytes);
      return typeof read === 'string' ? read : holdingsOf(read.open_positions.map(positionOf));
    },
    held: async () => new Map((await h.broker.positions()).map(({ symbol, qty }) => [symbol, qty])),
    stateOf: async (signalId: string): Promise<string> => {
      let state = 'unborn';
      for (const record of await bus()) {
        if (record.signal_id !== signalId) continue;
        if (record.event_type === 'signal_generated') state = 'generated';
        if (record.event_type === 'state_change') state = record.new_state;
      }
      return state;
    },
  };
};
