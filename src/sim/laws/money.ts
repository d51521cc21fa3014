/** Orders and positions: what the log says, what was filled and what the exchange holds are the same. */
import { fundingKey } from '../../actors/position-book.ts';
import { isBusFile } from '../../actors/records.ts';
import { bookOf, changesOf } from './book.ts';
import type { Law, Scene } from './law.ts';

/** Less of a symbol than this is none of it. */
const DUST = 1e-9;

/** What nobody heard of is asked for every ten minutes, by whoever runs and is answered. */
const FOUND_WITHIN_MS = 3_600_000;

const isWhole = ({ damaged }: Scene): boolean => ![...damaged].some(isBusFile);

export const MONEY_LAWS: readonly Law[] = [
  {
    id: 'an-order-is-sent-once',
    says: 'no order that the exchange took reaches it twice',
    watch: (_, found) => {
      const times = new Map<string, number>();
      return {
        sent: ({ intent: { clientOrderId }, arrives }) => {
          const often = (times.get(clientOrderId) ?? 0) + (arrives ? 1 : 0);
          times.set(clientOrderId, often);
          if (often > 1) found(`order ${clientOrderId} reached the exchange ${often} times`);
        },
        // Of what it refused it knows nothing: the name is free, also for a life that has not heard of that.
        refused: ({ clientOrderId }) => void times.delete(clientOrderId),
      };
    },
  },
  {
    id: 'books-agree',
    says: 'at rest the positions of the log are those of the exchange',
    watch: (scene, found) => ({
      ended: ({ bus, held }) => {
        if (!isWhole(scene)) return;
        const net = bookOf(bus).net();
        const there = new Map(held.map(({ symbol, qty }) => [symbol, qty]));
        for (const symbol of new Set([...there.keys(), ...net.keys()])) {
          const [mine, theirs] = [net.get(symbol) ?? 0, there.get(symbol) ?? 0];
          if (Math.abs(mine - theirs) > DUST) found(`${symbol}: the log says ${mine}, the exchange ${theirs}`);
        }
      },
    }),
  },
  {
    id: 'payments-are-booked',
    says: 'funding of what was held is in the log once, and an hour later at the latest, heard or not',
    watch: (scene, found) => ({
      ended: ({ bus, payments }) => {
        if (!isWhole(scene)) return;
        const booked = new Set<string>();
        for (const { fillId } of bus.flatMap(changesOf).filter(({ change }) => change === 'funding')) {
          if (booked.has(fillId)) found(`${fillId} is booked twice`);
          booked.add(fillId);
        }
        const book = bookOf(bus);
        const positions = [
          ...book.open().map((one) => ({ ...one, closedAt: Number.POSITIVE_INFINITY })),
          ...book.closed,
        ];
        const until = (payments.at(-1)?.at ?? 0) - FOUND_WITHIN_MS;
        for (const { fundingId, symbol, at } of payments) {
          const isOurs = positions.some((one) => one.symbol === symbol && one.openedAt <= at && one.closedAt > at);
          if (at <= until && isOurs && !booked.has(fundingKey(fundingId))) found(`${fundingId} is not booked`);
        }
      },
    }),
  },
  {
    id: 'positions-are-protected',
    says: 'at rest a stop of its size rests behind every position, and behind nothing else',
    watch: (scene, found) => ({
      ended: ({ bus, held, resting }) => {
        const stops = resting.filter(({ purpose }) => purpose === 'stop');
        const open = scene.script.setting.stops && isWhole(scene) ? bookOf(bus).open() : [];
        for (const { symbol, signalId, qty } of open) {
          const behind = stops.filter((stop) => stop.symbol === symbol).map((stop) => stop.qty);
          if (!behind.includes(qty))
            found(`${signalId}: ${qty} is held, and stops of ${behind.join(', ')} rest behind it`);
        }
        for (const { symbol, clientOrderId } of stops)
          if (!held.some((one) => one.symbol === symbol))
            found(`the stop ${clientOrderId} rests, and no ${symbol} is held`);
      },
    }),
  },
];
