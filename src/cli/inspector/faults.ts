/**
 * Faults on purpose, for who wants to see the bot heal: each really breaks something, and what mends it is the healer that
 * mends everything. Nothing here is loaded for a bot that trades with real money.
 */
import { POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import type { MutableFeed } from '../../adapters/mutable-feed.ts';
import { cutDocument, removeFile, tearLog } from '../../adapters/outsider.ts';
import { processChance } from '../../adapters/process-chance.ts';
import type { Mailboxes } from '../../healing/mailbox.ts';
import type { FaultView } from '../../inspector/contract.ts';

export interface Fault extends FaultView {
  /** Breaks it. @returns what was done, in words. Throws the system's error. */
  readonly inject: () => string;
}

export interface FaultPlaces {
  /** The bot's directory, absolute. */
  readonly root: string;
  readonly mailboxes: Mailboxes;
  readonly feed: MutableFeed;
}

/** A feed that nobody starts anew speaks again after this long, ms of bot time. */
const SILENCE_MS = 120_000;
const DEAF = 'featureStore';

/** All there are for this bot. A recording is not silenced: its silence is known to be none. */
export function faultsFor({ root, mailboxes, feed }: FaultPlaces): readonly Fault[] {
  const all: readonly Fault[] = [
    {
      id: 'tear_log',
      name: 'Tear the event log',
      says: 'Overwrites bytes of an old record and appends half a line, as another process would. The signal bus finds it within milliseconds.',
      ends: 'The signal bus mends its log in place; what cannot be restored goes to quarantine.',
      inject: () => {
        const { flippedAt, flipped, appended } = tearLog(root, SIGNAL_BUS_FILE, processChance);
        const flips =
          flippedAt === null ? 'no old line was there' : `${flipped} bytes overwritten at byte ${flippedAt}`;
        return `${SIGNAL_BUS_FILE}: ${flips}, and ${appended} bytes of a torn line appended`;
      },
    },
    {
      id: 'delete_log',
      name: 'Delete the event log',
      says: 'Deletes the file under the running bot. It is still open: nothing of it is lost.',
      ends: 'The signal bus restores it whole from the descriptor that it holds.',
      inject: () => {
        removeFile(root, SIGNAL_BUS_FILE);
        return `${SIGNAL_BUS_FILE} was deleted`;
      },
    },
    {
      id: 'stop_shadow_engine',
      name: 'Stop the shadow engine',
      says: 'Tells the actor to stop, which nobody wanted.',
      ends: 'Its supervisor starts a new incarnation, which reads its open trades from the log.',
      inject: () => {
        const actor = mailboxes.ref('shadowEngine');
        if (actor?.getSnapshot().status !== 'active') throw new Error('the shadow engine does not run just now');
        actor.send({ type: 'STOP' });
        return 'shadowEngine was told to stop';
      },
    },
    {
      id: 'silence_feed',
      name: 'Silence the market feed',
      says: 'The feed stays connected and says nothing. It is the root cause of much: what depends on it waits for it.',
      ends: 'The healer restarts the feed after half a minute of silence; without that it speaks again after two minutes.',
      inject: () => {
        feed.mute(SILENCE_MS);
        return `the market feed says nothing for ${SILENCE_MS / 1_000} s, or until it is started anew`;
      },
    },
    {
      id: 'corrupt_positions',
      name: 'Corrupt the positions file',
      says: 'Cuts the file of open positions in half, as a program does that dies while it writes.',
      ends: 'The safety layer keeps the bytes in quarantine and writes the file anew from log and broker.',
      inject: () => `${POSITIONS_FILE} was cut to ${cutDocument(root, POSITIONS_FILE)} bytes`,
    },
    {
      id: 'wedge_mailbox',
      name: 'Wedge a mailbox',
      says: 'The feature store takes its mail and does not process it: it looks alive, and is not. That takes ten seconds to be sure of.',
      ends: 'The healer restarts it; the mail that waited is delivered to the new incarnation.',
      inject: () => {
        mailboxes.stall(DEAF);
        return `${DEAF} takes its mail and processes none`;
      },
    },
  ];
  return feed.recorded ? all.filter(({ id }) => id !== 'silence_feed') : all;
}
