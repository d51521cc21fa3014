/** Fills that the exchange tells: each is booked when it is told, in parts as it comes, and not by the next look at what is held. */
import type { AnyEventObject } from 'xstate';
import { RECONCILED } from '../../actors/position-book.ts';
import { isBusFile, type PositionChange } from '../../actors/records.ts';
import type { ActorId } from '../../machines/messages.ts';
import type { Life } from '../life.ts';
import type { Law } from './law.ts';
import { wholeId } from './whole-id.ts';
import { work } from './working.ts';

/** A fill is booked in the step in which it is told; a look at what is held comes later than this, ms. */
const BOOKED_WITHIN_MS = 100;
/** Who books a fill, and who is told of it. */
const BOOKED_BY = ['tradeExecution', 'signalBus'] as const satisfies readonly ActorId[];

interface Made {
  readonly symbol: string;
  /** The incarnations that heard of it: whoever comes after them asks for it himself. `null`: nobody could. */
  readonly by: readonly unknown[] | null;
}
const NOBODYS: Made = { symbol: '', by: null };

const incarnationsOf = ({ bot }: Life): readonly unknown[] => BOOKED_BY.map((actor) => bot.mailboxes.ref(actor));
const isStill = (life: Life, by: readonly unknown[]): boolean =>
  incarnationsOf(life).every((one, place) => one === by[place]);
const hasMail = ({ bot }: Life): boolean =>
  BOOKED_BY.some((actor) => bot.mailboxes.progress(actor).unprocessedSince !== null);

/** What the log is to be told; `null`: nothing of a fill, or somebody has poisoned the message, and it may throw when it is read. */
function bookingIn(event: AnyEventObject): { readonly fillId: string; readonly symbol: string } | null {
  try {
    const { event_type, fill_id, position } = event.record as Partial<PositionChange>;
    return event_type === 'position_change' && fill_id && position
      ? { fillId: fill_id, symbol: position.symbol }
      : null;
  } catch {
    return null;
  }
}

export const PROMPT_FILL_LAWS: readonly Law[] = [
  {
    id: 'fills-are-booked-at-once',
    says: 'a fill that is told in its turn, while those work who book it, is on its way to the log when it was told, and not after the next look at what is held',
    watch: ({ damaged }, found) => {
      let present: Life | null = null;
      /** As they were made. */
      const unbooked = new Map<string, Made>();
      /** Told, and since when they are to be booked. */
      const awaited = new Map<string, number>();
      /** What matched is told one after the other: who asks about an order meanwhile books it before it is told. */
      const booked = new Set<string>();
      const forget = (fillId: string): void => {
        unbooked.delete(fillId);
        awaited.delete(fillId);
      };
      const book = (event: AnyEventObject): void => {
        const booking = bookingIn(event);
        if (booking === null) return;
        booked.add(wholeId(booking.fillId));
        forget(wholeId(booking.fillId));
        // A booking of all that is held has counted what was filled.
        if (!booking.fillId.startsWith(RECONCILED)) return;
        for (const [fillId, { symbol }] of unbooked) if (symbol === booking.symbol) forget(fillId);
      };
      /** What is told before that which it closes has nothing to close yet. */
      const isOutOfTurn = (fillId: string, symbol: string): boolean => {
        const [first] = [...unbooked].find(([, made]) => made.symbol === symbol) ?? [];
        return first !== fillId;
      };
      const look = (life: Life): void => {
        const now = life.clock.now();
        for (const [fillId, since] of awaited) {
          const { symbol, by } = unbooked.get(fillId) ?? NOBODYS;
          const isBy = by !== null && isStill(life, by);
          if (now - since <= BOOKED_WITHIN_MS || (isBy && hasMail(life))) continue;
          awaited.delete(fillId);
          if (isBy && work(life, ...BOOKED_BY))
            found(`fill ${fillId} of ${symbol} was told ${now - since} ms ago, and is not booked`);
        }
      };
      return {
        born: (life) => {
          present = life;
          awaited.clear();
        },
        filled: ({ fillId, symbol }) => {
          if (booked.has(fillId)) return;
          const couldHear = present !== null && work(present, ...BOOKED_BY);
          unbooked.set(fillId, { symbol, by: couldHear && present ? incarnationsOf(present) : null });
        },
        notified: ({ fillId, symbol }, left) => {
          // It may be told first to those who are no more.
          if (left > 0) return;
          const by = unbooked.get(fillId)?.by ?? null;
          if (present === null || by === null || !isStill(present, by) || !work(present, ...BOOKED_BY)) return;
          if (awaited.has(fillId) || isOutOfTurn(fillId, symbol) || [...damaged].some(isBusFile)) return;
          awaited.set(fillId, present.clock.now());
        },
        took: (actor, event) => {
          if (actor === 'signalBus' && event.type === 'APPEND') book(event);
          if (present !== null && awaited.size > 0) look(present);
        },
        looked: look,
      };
    },
  },
];
