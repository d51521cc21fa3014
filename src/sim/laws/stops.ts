/** Stops at the exchange: one is behind every position, at every moment. */
import { isBusFile } from '../../actors/records.ts';
import type { RestingOrder } from '../../ports/broker.ts';
import type { Law } from './law.ts';
import { work } from './working.ts';

/** A stop that the exchange refused is tried again, and one without an answer asked after: looks of the laws, five minutes of them. */
const PLACED_WITHIN = 30;
const DUST = 1e-9;

/** How much of what is held no stop stands behind. */
function bare(held: number, resting: readonly RestingOrder[], symbol: string): number {
  const side = held > 0 ? 'SELL' : 'BUY';
  const stops = resting.filter((one) => one.purpose === 'stop' && one.symbol === symbol && one.side === side);
  return Math.abs(held) - stops.reduce((sum, { qty }) => sum + qty, 0);
}

export const STOP_LAWS: readonly Law[] = [
  {
    id: 'positions-get-their-stop',
    says: 'within five minutes in which it could be placed a stop of its size rests behind every position',
    watch: ({ exchange, damaged, script }, found) => {
      const looks = new Map<string, number>();
      const look = (resting: readonly RestingOrder[]): void => {
        for (const [symbol, held] of exchange.held()) {
          const isBare = Math.abs(held) > DUST && bare(held, resting, symbol) > DUST;
          const since = isBare ? (looks.get(symbol) ?? 0) + 1 : 0;
          looks.set(symbol, since);
          if (since === PLACED_WITHIN) found(`${held} ${symbol} is held, and not behind a stop of that size`);
        }
      };
      return {
        born: () => looks.clear(),
        looked: (life) => {
          const could = !exchange.silent && work(life, 'tradeExecution') && ![...damaged].some(isBusFile);
          if (!could || !script.setting.stops) looks.clear();
          else void exchange.resting().then(look);
        },
      };
    },
  },
  {
    id: 'a-better-stop-first',
    says: 'a stop is taken back only where others of the size of what is held rest, or nothing is held',
    watch: ({ damaged }, found) => ({
      cancelled: ({ order: { clientOrderId, symbol, purpose }, resting, held }) => {
        if (purpose !== 'stop' || [...damaged].some(isBusFile)) return;
        const others = resting.filter((one) => one.clientOrderId !== clientOrderId);
        if (others.length === resting.length) return;
        void held.then((positions) => {
          const qty = positions.find((one) => one.symbol === symbol)?.qty ?? 0;
          if (Math.abs(qty) > DUST && bare(qty, others, symbol) > DUST)
            found(`${clientOrderId} is taken back, and ${qty} ${symbol} is held behind no other stop`);
        });
      },
    }),
  },
];
