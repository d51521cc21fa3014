/** Status tells the truth, as far as somebody who sees everything can tell. */
import { type BookedChange, PositionBook } from '../../actors/position-book.ts';
import { isBusFile, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { checkLine } from '../../adapters/log-line.ts';
import { statusOf } from '../../cli/bot-status.ts';
import type { Life } from '../life.ts';
import { ACTORS } from '../roster.ts';
import { BAR_MS } from '../world/market.ts';
import { changesOf } from './book.ts';
import type { Law, Scene } from './law.ts';
import { readLinesOnce } from './read-once.ts';

/** What is broken for so long has been found out: looks, sweeps, two of three, and a margin, ms. */
const FOUND_OUT_MS = 720_000;
const DUST = 1e-9;

type Truth = (life: Life) => string | null;

function changesIn(line: Buffer): readonly BookedChange[] {
  const checked = checkLine(line, 'record', { sequenced: true });
  return checked.kind === 'good' && checked.record ? changesOf(checked.record) : [];
}

/** The book of a log that is looked at again and again: where only more has come, it goes on from what it was. */
function bookkeeping(): (changes: readonly BookedChange[]) => PositionBook {
  let book = new PositionBook();
  let taken: readonly BookedChange[] = [];
  return (changes) => {
    if (taken.some((change, at) => change !== changes[at])) {
      book = new PositionBook();
      taken = [];
    }
    for (const change of changes.slice(taken.length)) book.take(change);
    taken = changes;
    return book;
  };
}

/** What cannot be true of a bot that is green: in words, or `null`. */
function truthsOf({ disk, exchange, damaged }: Scene): readonly Truth[] {
  const read = readLinesOnce(changesIn);
  const bookOf = bookkeeping();
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
      // By the log: what was durable when its writer died was told nobody, and the next goes by it.
      const paths = disk.paths(/./).filter(isBusFile).sort();
      const net = bookOf(paths.flatMap((path) => read(disk.inode(path)))).net();
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
      const truths = truthsOf(scene);
      const since = new Map<Truth, number>();
      return {
        born: () => since.clear(),
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
