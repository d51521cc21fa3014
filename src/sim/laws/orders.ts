/** Orders and fills: written before they leave, never on an old signal, never adding where they should reduce, booked once. */
import { TOO_OLD_MS } from '../../actors/entries.ts';
import { RECONCILED } from '../../actors/position-book.ts';
import { isBusFile, positionChange } from '../../actors/records.ts';
import type { Fill, Intent } from '../../machines/messages.ts';
import type { LogRecord } from '../../ports/event-log.ts';
import type { Life } from '../life.ts';
import type { Law, Scene } from './law.ts';
import { wholeId } from './whole-id.ts';

/** From the decision to send an order to its leaving, ms: the log has to take its intent. */
const LEAVES_WITHIN_MS = 60_000;
/** An exit that was ordered has left by then, whoever it had to wait for was healed: looks of the laws, ten minutes of them. */
const EXITS_WITHIN = 60;

const isWhole = ({ damaged }: Scene): boolean => ![...damaged].some(isBusFile);

/** The intent of the entry in the record of the step that made it. */
const writtenIn = ({ event_type, new_state, metadata }: LogRecord): string | null => {
  if (event_type !== 'state_change' || new_state !== 'executing') return null;
  return (metadata as { readonly intent?: Intent } | undefined)?.intent?.clientOrderId ?? null;
};

const bornAt = (signalId: string): number => Number(/_(\d+)_[0-9a-f]{8}$/.exec(signalId)?.[1] ?? Number.NaN);

export const ORDER_LAWS: readonly Law[] = [
  {
    id: 'written-before-it-leaves',
    says: 'the intent of an entry is in the log before the order leaves',
    watch: (_, found) => {
      const written = new Set<string>();
      return {
        acknowledged: (record) => {
          const id = writtenIn(record);
          if (id !== null) written.add(id);
        },
        sent: ({ intent: { purpose, clientOrderId } }) => {
          if (purpose === 'entry' && !written.has(clientOrderId))
            found(`${clientOrderId} left before its intent was in the log`);
        },
      };
    },
  },
  {
    id: 'no-entry-on-an-old-signal',
    says: 'an entry leaves within ten minutes of its signal',
    watch: (_, found) => {
      let present: Life | null = null;
      return {
        born: (life) => {
          present = life;
        },
        sent: ({ intent: { purpose, signalId } }) => {
          const age = (present?.clock.now() ?? 0) - bornAt(signalId);
          if (purpose === 'entry' && age > TOO_OLD_MS + LEAVES_WITHIN_MS)
            found(`an entry was sent ${Math.round(age / 1_000)} s after its signal ${signalId}`);
        },
      };
    },
  },
  {
    id: 'nobody-enters-unasked',
    says: 'entries are closed until the exchange has told a new process what it holds',
    watch: ({ exchange }, found) => {
      let before = 0;
      return {
        born: () => {
          before = exchange.answers;
        },
        looked: ({ bot, number }) => {
          if (exchange.answers > before) return;
          const snapshot = bot.mailboxes.ref('safetyLayer')?.getSnapshot();
          if (snapshot?.status !== 'active' || !snapshot.context.entries.open) return;
          before = Number.NEGATIVE_INFINITY;
          found(`entries are open in life ${number}, and the exchange has told it nothing of what it holds`);
        },
      };
    },
  },
  {
    id: 'exits-only-reduce',
    says: 'an exit, and a stop, stands against the entry of its signal, and can only reduce',
    watch: (_, found) => {
      const entered = new Map<string, Intent['side']>();
      return {
        sent: ({ intent: { purpose, signalId, side, reduceOnly, clientOrderId } }) => {
          if (purpose === 'entry') entered.set(signalId, side);
          else if (!reduceOnly || entered.get(signalId) === side)
            found(`${clientOrderId} is to leave ${signalId}, and is a ${side}${reduceOnly ? '' : ' that may add'}`);
        },
      };
    },
  },
  {
    id: 'exits-leave',
    says: 'an exit that the gates ordered leaves within ten minutes of one life, whatever blocks entries',
    watch: (_, found) => {
      let looks = 0;
      return {
        born: () => {
          looks = 0;
        },
        sent: ({ intent: { purpose } }) => {
          if (purpose === 'exit') looks = 0;
        },
        looked: ({ bot }) => {
          const snapshot = bot.mailboxes.ref('exitGates')?.getSnapshot();
          const isOrdered = snapshot?.status === 'active' && snapshot.context.watch.exiting > 0;
          looks = isOrdered ? looks + 1 : 0;
          if (looks < EXITS_WITHIN) return;
          looks = 0;
          found('an exit was ordered ten minutes ago, and none has left');
        },
      };
    },
  },
  {
    id: 'fills-are-booked-once',
    says: 'at rest every fill of the exchange is in the log, once',
    watch: (scene, found) => {
      const fills: Fill[] = [];
      return {
        filled: (fill) => void fills.push(fill),
        ended: ({ bus }) => {
          if (!isWhole(scene)) return;
          const booked = new Set<string>();
          /** Up to when a booking of all that is held has counted what was filled. */
          const counted = new Map<string, number>();
          for (const record of bus) {
            const parsed = positionChange.safeParse(record);
            if (!parsed.success) continue;
            const { fill_id: id, position } = parsed.data;
            if (booked.has(id)) found(`fill ${id} is booked twice`);
            booked.add(id);
            booked.add(wholeId(id));
            const at = Number(parsed.data.fill.at);
            if (id.startsWith(RECONCILED))
              counted.set(position.symbol, Math.max(at, counted.get(position.symbol) ?? at));
          }
          for (const { fillId, symbol, at } of fills)
            if (!booked.has(fillId) && at > (counted.get(symbol) ?? Number.NEGATIVE_INFINITY))
              found(`fill ${fillId} of ${symbol} is nowhere in the log`);
        },
      };
    },
  },
];
