import { type DeadMan, deadMan } from '../../adapters/ccxt/dead-man.ts';
import { EntryHolds } from '../../adapters/entry-holds.ts';
import { processTime } from '../../adapters/process-time.ts';
import type { Redactor } from '../../adapters/redactor.ts';
import type { LiveStatus, StatusReport } from '../../healing/status.ts';
import type { Broker } from '../../ports/broker.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Holds } from '../../ports/holds.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Lease } from '../../ports/ownership.ts';
import { says } from '../../ports/says.ts';
import type { Account } from './account-lock.ts';
import { untilGreen } from './green.ts';
import type { LiveKeys } from './keys.ts';
import type { KillPath } from './kill-path.ts';
import type { Stake } from './stake.ts';

/** What did not pass is looked at again so often, ms of real time. */
const AGAIN_MS = 30_000;

/** What a bot that trades for real is given besides what every bot has. */
export interface LiveSession {
  readonly account: Account;
  readonly keys: LiveKeys;
  /** An exchange on this machine instead, for tests. */
  readonly at: URL | null;
  /** Knows the keys. */
  readonly redactor: Redactor;
  readonly holds: Holds;
  /** Puts the dead-man switch around a broker, where the exchange has one. */
  guard(
    broker: Broker,
    parts: { readonly symbols: readonly string[]; readonly clock: Clock; readonly log: Logger },
  ): Broker;
  status(): LiveStatus;
  /** The bot has begun: entries are let through when it is green and what it trades with has passed. */
  begin(bot: {
    readonly status: () => StatusReport;
    readonly stop: (reason: string) => void;
    readonly log: Logger;
  }): void;
  /** Why start-up was given up; empty when it was not. */
  gaveUp(): readonly string[];
  close(): Promise<void>;
}

export interface SessionParts {
  readonly account: Account;
  readonly keys: LiveKeys;
  readonly at: URL | null;
  readonly redactor: Redactor;
  readonly lease: Lease;
  readonly killPath: KillPath | null;
  readonly greenWithinS: number;
  /** Started again by a guardian: it is not given up for want of green, since somebody must mind what is held. */
  readonly isReborn: boolean;
  /** What was found out before the bot began; `null`: it is asked while the bot runs. */
  readonly rights: Stake['rights'] | null;
  readonly tested: LiveStatus['kill_path'];
  readonly askRights: () => Promise<Stake['rights']>;
}

const rightsHold = (rights: Stake['rights'] | null): string | null => {
  if (rights === null) return 'what the keys may do has not been asked yet';
  return rights.withdraw === 'yes' ? 'the keys may withdraw: replace them by keys that may only trade' : null;
};
const killHold = (tested: LiveStatus['kill_path']): string | null => {
  if (tested === null) return 'the kill path has not been tested yet';
  return tested.ok ? null : `the kill path does not work: ${tested.says}`;
};

export function liveSession(parts: SessionParts): LiveSession {
  const { account, keys, at, redactor, lease, killPath, greenWithinS, isReborn, askRights } = parts;
  const time = processTime();
  const holds = new EntryHolds();
  let { rights, tested } = parts;
  let reasons: readonly string[] = [];
  let guarded: DeadMan | null = null;
  const stops: (() => void)[] = [];
  const judge = (): void => {
    holds.set('keys', rightsHold(rights));
    holds.set('kill path', killPath === null ? null : killHold(tested));
  };
  holds.set('start-up', 'start-up is not green yet');
  judge();

  const askAgain = async (log: Logger): Promise<void> => {
    if (rights === null)
      rights = await askRights().catch((error: unknown) => {
        log.warn(`the keys could not be asked about: ${says(error)}`);
        return null;
      });
    if (killPath !== null && tested?.ok !== true) {
      tested = await killPath.test();
      if (tested.ok) log.info(`[LIVE] the kill path works: ${tested.says}`);
      else log.error(`[LIVE] the kill path does not work: ${tested.says}; entries are held, and it is tested again`);
    }
    if (rightsHold(rights) !== null) log.error(`[LIVE] entries are held: ${rightsHold(rights)}`);
    judge();
  };

  return {
    account,
    keys,
    at,
    redactor,
    holds,
    guard: (broker, { symbols, clock, log }) => {
      if (killPath === null) return broker;
      guarded = deadMan({ broker, symbols, set: killPath.countdown, clock, log });
      return guarded.broker;
    },
    status: () => ({
      exchange: account.exchange,
      testnet: account.isTestnet,
      account: account.fingerprint,
      kill_path: tested,
      keys: rights?.says ?? null,
      entries_held: holds.why(),
    }),
    begin: ({ status, stop, log }) => {
      if (tested?.ok) log.info(`[LIVE] the kill path works: ${tested.says}`);
      void guarded?.begin();
      void askAgain(log);
      const isDone = (): boolean => rights !== null && (killPath === null || tested?.ok === true);
      stops.push(time.every(AGAIN_MS, () => void (isDone() ? undefined : askAgain(log))));
      stops.push(
        untilGreen({
          time,
          withinS: greenWithinS,
          status,
          green: () => {
            holds.set('start-up', null);
            log.info('[LIVE] start-up is green: every invariant holds, and the books agree with the exchange');
          },
          late: (found) => {
            const says = `start-up was not green within ${greenWithinS} s: ${found.join('; ')}`;
            if (isReborn) return log.error(`[LIVE] ${says}; entries are held until it is, exits go on`);
            reasons = found;
            return stop(says);
          },
        }),
      );
    },
    gaveUp: () => reasons,
    close: async () => {
      for (const stop of stops) stop();
      guarded?.close();
      await lease.release();
    },
  };
}
