/** Status tells the truth, as far as somebody who sees everything can tell. */
import { changeOf, PositionBook } from '../../actors/position-book.ts';
import { fundingPayment, isBusFile, positionChange, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { statusOf } from '../../cli/bot-status.ts';
import type { Life } from '../life.ts';
import { ACTORS } from '../roster.ts';
import { BAR_MS } from '../world/market.ts';
import type { Law, Scene } from './law.ts';

/** What is broken for so long has been found out: looks, sweeps, two of three, and a margin, ms. */
const FOUND_OUT_MS = 720_000;
const DUST = 1e-9;

type Truth = (life: Life) => string | null;

/** What cannot be true of a bot that is green: in words, or `null`. */
function truthsOf({ disk, exchange, damaged }: Scene, book: PositionBook): readonly Truth[] {
  return [
    () => (disk.inode(SIGNAL_BUS_FILE) ? null : `${SIGNAL_BUS_FILE} is not there`),
    ({ bot }) => {
      const dead = ACTORS.find((id) => bot.mailboxes.ref(id)?.getSnapshot().status !== 'active');
      return dead === undefined ? null : `${dead} does not live`;
    },
    ({ bot, clock }) => {
      const deaf = ACTORS.find((id) => {
        const { unprocessedSince } = bot.mailboxes.progress(id);
        return unprocessedSince !== null && clock.now() - unprocessedSince > FOUND_OUT_MS;
      });
      return deaf === undefined ? null : `${deaf} takes no mail`;
    },
    () => {
      // What others destroyed of the past is no evidence against the present.
      if ([...damaged].some(isBusFile)) return null;
      const net = book.net();
      const held = exchange.held();
      const differ = [...new Set([...net.keys(), ...held.keys()])].find(
        (symbol) => Math.abs((net.get(symbol) ?? 0) - (held.get(symbol) ?? 0)) > DUST,
      );
      return differ === undefined
        ? null
        : `of ${differ} ${net.get(differ) ?? 0} is booked, and ${held.get(differ) ?? 0} is held`;
    },
  ];
}

export const TRUTH_LAWS: readonly Law[] = [
  {
    id: 'green-is-true',
    says: 'a bot is not green while its log, an actor or its books have been broken for minutes',
    watch: (scene, found) => {
      const book = new PositionBook();
      const truths = truthsOf(scene, book);
      const since = new Map<Truth, number>();
      return {
        born: () => since.clear(),
        acknowledged: (record) => {
          const parsed =
            record.event_type === 'position_change'
              ? positionChange.safeParse(record)
              : record.event_type === 'funding_payment'
                ? fundingPayment.safeParse(record)
                : null;
          if (parsed?.success) book.take(changeOf(parsed.data));
        },
        looked: (life) => {
          for (const truth of truths) {
            const says = truth(life);
            if (says === null) {
              since.delete(truth);
              continue;
            }
            const from = since.get(truth) ?? life.clock.now();
            since.set(truth, from);
            if (life.clock.now() - from < FOUND_OUT_MS) continue;
            if (statusOf(life.bot, life.world, 0).status === 'green') found(`it is green, but ${says}`);
            since.delete(truth);
          }
        },
      };
    },
  },
  {
    id: 'progress-resumes',
    says: 'at rest the last bars have gone all the way through',
    watch: (_, found) => ({
      rested: ({ bot, clock }) => {
        const { lastProgressAt } = bot.mailboxes.ref('heartbeat')?.getSnapshot().context ?? {};
        const age = clock.now() - (lastProgressAt ?? Number.NEGATIVE_INFINITY);
        if (age > BAR_MS * 3) found(`nothing has gone through for ${age} ms`);
        const { oldestPendingAt } = bot.mailboxes.ref('decisionEngine')?.getSnapshot().context ?? {};
        const waits = oldestPendingAt === null ? 0 : clock.now() - oldestPendingAt;
        if (waits > BAR_MS) found(`a decision has been waiting for ${waits} ms`);
      },
    }),
  },
];
