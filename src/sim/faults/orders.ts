/** Faults of the wire to the exchange. */
import { type FaultRule, pick, type Stage, within } from './fault.ts';

const trading = ({ host }: Stage) => (host.life ? (['tradeExecution'] as const) : []);
/** Less than the exchange's receive window: what is older it does not take. */
const UNDER_WAY_MS = [500, 8_000] as const;
const WHILE_MS = [60_000, 600_000] as const;

export const ORDER_FAULTS: readonly FaultRule[] = [
  {
    kind: 'order-rejected',
    strikes: 'the next order: the exchange refuses it',
    meets: ['tradeExecution'],
    inflict: (stage) => {
      stage.exchange.wire.order = 'reject';
      return trading(stage);
    },
  },
  {
    kind: 'order-unknown',
    strikes: 'the next order: no answer comes, and it got there, does so seconds later, or never',
    meets: ['tradeExecution'],
    inflict: (stage, chance) => {
      const { wire } = stage.exchange;
      const fate = pick(chance, ['timeout-before', 'timeout-after'] as const);
      const way = chance.fork('way');
      // Whoever asks meanwhile is told that it is not there.
      const isLate = fate === 'timeout-after' && way.next() < 0.5;
      wire.underWayMs = isLate ? within(way, ...UNDER_WAY_MS) : null;
      wire.order = isLate ? 'ok' : fate;
      return trading(stage);
    },
  },
  {
    kind: 'exchange-silent',
    strikes: 'the exchange: nothing can be asked or sent for a while',
    meets: ['tradeExecution'],
    inflict: (stage, chance) => {
      const { wire } = stage.exchange;
      wire.silent = true;
      stage.lasts(within(chance, 1_000, 180_000), () => {
        wire.silent = false;
      });
      return trading(stage);
    },
  },
  {
    kind: 'fills-late',
    strikes: 'fills: news of each takes seconds to minutes, for a while',
    meets: ['tradeExecution'],
    inflict: (stage, chance) => {
      const { wire } = stage.exchange;
      const ms = within(chance, 1_000, 90_000);
      wire.late = () => ms;
      stage.lasts(within(chance, ...WHILE_MS), () => {
        wire.late = null;
      });
      return trading(stage);
    },
  },
  {
    kind: 'fills-reordered',
    strikes: 'fills: they overtake each other, for a while',
    meets: ['tradeExecution'],
    inflict: (stage, chance) => {
      const { wire } = stage.exchange;
      wire.late = () => within(chance, 0, 5_000);
      stage.lasts(within(chance, ...WHILE_MS), () => {
        wire.late = null;
      });
      return trading(stage);
    },
  },
  {
    kind: 'fills-doubled',
    strikes: 'fills: each is told twice or more often, for a while',
    meets: ['tradeExecution'],
    inflict: (stage, chance) => {
      const { wire } = stage.exchange;
      wire.copies = within(chance, 2, 4);
      stage.lasts(within(chance, ...WHILE_MS), () => {
        wire.copies = 1;
      });
      return trading(stage);
    },
  },
];
