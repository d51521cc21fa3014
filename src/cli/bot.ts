import type { Guard } from '../actors/guards/guard.ts';
import type { Strategy } from '../actors/strategies/strategy.ts';
import type { StatusReport } from '../healing/status.ts';
import type { Command, CommandAnswer } from '../inspector/contract.ts';
import type { Files } from '../ports/files.ts';
import type { Beat } from '../ports/guardian.ts';
import type { Holds } from '../ports/holds.ts';
import type { ExpiringLease } from '../ports/ownership.ts';
import type { Environment } from './config/environment.ts';
import type { BotConfig } from './config.ts';
import type { Inspected } from './inspector/inspected.ts';
import type { InspectorWish } from './inspector/wish.ts';
import type { LiveSession } from './live/session.ts';
import type { LiveMarket } from './live-market.ts';
import type { OpenedBroker } from './open-broker.ts';

/** A part of a fleet's work: its files are in the store all workers share, and are this process's for as long as its lease holds. */
export interface HostedPartition {
  readonly files: Files;
  readonly lease: ExpiringLease;
  /** One switch for the whole fleet. */
  readonly holds: Holds;
  /** Other partitions trade the same account. */
  readonly sharesAccount?: boolean;
}

/** What `kintsugi run` was asked to do, checked and in units of the code. */
export interface BotOptions {
  readonly dir: string;
  readonly feed: { readonly kind: 'sim' } | { readonly kind: 'replay'; readonly path: string } | LiveMarket;
  /** `null`: the feed's own. */
  readonly symbols: readonly string[] | null;
  readonly speed: number | 'max';
  /** Bot time after which the run ends, ms; `null`: until the feed ends or somebody stops it. */
  readonly forMs: number | null;
  readonly seed: number;
  readonly config: BotConfig;
  /** Instead of the bot's own. */
  readonly strategies?: readonly Strategy[];
  /** Instead of the bot's own. */
  readonly guards?: readonly Guard[];
  /** The page that shows it; none, where it is left out. */
  readonly inspector?: InspectorWish | null;
  /** The simulated market goes on from these prices, and its past leads to them. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Where virtual time begins at `--speed max` on the simulated market, ms; a fixed moment where it is left out. */
  readonly startAt?: number;
  /** Real orders; on paper where it is left out. */
  readonly live?: LiveSession | null;
  /** Where its files are when they are not in `dir`, which then has only what concerns this process: its own log and its door. */
  readonly partition?: HostedPartition;
  /** An exchange of one's own, which outlives the bot and is closed by its owner. */
  readonly exchange?: OpenedBroker;
  /** What its guardian says of this start; for the log. */
  readonly born?: string;
  /** Where the secrets of the alerts' sinks are; the process's own environment if not given. */
  readonly environment?: Environment;
  /** Lines for the terminal, as they are logged. */
  readonly onLine: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Now and then in long runs. `fraction` is `null` where the end is not known. */
  readonly onProgress: (progress: {
    readonly at: number;
    readonly ticks: number;
    readonly fraction: number | null;
  }) => void;
}

/** Of a bot by itself, which is none of a fleet's. */
export type LoneBotOptions = BotOptions & { readonly partition?: undefined };

/** What a run came to. */
export interface Summary {
  readonly signals_by_state: Readonly<Record<string, number>>;
  /** Decisions by guard: how often each blocked; `APPROVED` counts the approvals. */
  readonly decisions_by_guard: Readonly<Record<string, number>>;
  readonly trades: { readonly closed: number; readonly open: number; readonly won: number };
  /** `ambiguous`: they hung on the order of the prices within one bar, and the worst was taken. */
  readonly exits: { readonly total: number; readonly ambiguous: number };
  /** `realised` is after fees and funding of what was closed; `funding` below 0 was paid. `equity` is `null` where the exchange did not say. */
  readonly pnl_usd: {
    readonly realised: number;
    readonly fees: number;
    readonly funding: number;
    readonly equity: number | null;
  };
  readonly incidents: {
    readonly total: number;
    readonly healed: number;
    readonly failed: number;
    readonly open: number;
  };
  readonly ticks: number;
  readonly from: string | null;
  readonly to: string | null;
}

export interface RunningBot {
  /** What it came to, when nothing of it runs any more. */
  readonly finished: Promise<Summary>;
  /** The page's address with its token, for the bot's owner alone; `null` where none is served. */
  readonly address: string | null;
  /** Does what the page could ask for. */
  readonly command: ((command: Command) => Promise<CommandAnswer>) | null;
  /** For who wants to look into it; missing where there is nothing to look into. */
  readonly inspected?: Inspected;
  /** Begins a clean stop; `finished` resolves when nothing is left to lose. Calling it twice is harmless. */
  stop(reason: string): void;
  status(): StatusReport;
  /** What a guardian is told of it. */
  proof(): Beat;
}

/** The bot of a partition: what it came to is not summed up, since others wait for its partition, and its records go on with them. */
export interface HostedBot extends Omit<RunningBot, 'finished'> {
  /** Nothing of it runs any more. */
  readonly finished: Promise<unknown>;
}
