/** Faults of the wire to the exchange. */
import { type FaultRule, pick } from './fault.ts';

export const ORDER_FAULTS: readonly FaultRule[] = [
  {
    kind: 'order-rejected',
    strikes: 'the next order: the exchange refuses it',
    inflict: ({ exchange, host }) => {
      exchange.wire.order = 'reject';
      return host.life ? ['tradeExecution'] : [];
    },
  },
  {
    kind: 'order-unknown',
    strikes: 'the next order: no answer comes, and it got there or it did not',
    inflict: ({ exchange, host }, chance) => {
      exchange.wire.order = pick(chance, ['timeout-before', 'timeout-after'] as const);
      return host.life ? ['tradeExecution'] : [];
    },
  },
];
