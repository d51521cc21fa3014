/** What the owner of a bot has decided, as the bot takes it. `config/` has how it is written, read and checked. */
import type { ExitSettings } from '../actors/exits/exit-rules.ts';
import { GUARD_LIMITS, type GuardLimits } from '../actors/guards/limits.ts';
import type { Durability } from '../ports/files.ts';
import { type AlertConfig, alertConfig } from './config/alerts-section.ts';
import { exitSettings } from './config/exits-section.ts';
import { type Configuration, configFile } from './config/schema.ts';
import { settle } from './config/settings.ts';

/** Complete and checked. */
export interface BotConfig {
  /** What is traded; `--symbols` goes before it. A replay has the symbols of its files. */
  readonly symbols: readonly string[];
  /** Equity of a new paper account, USD. */
  readonly startEquityUsd: number;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
  /** When an append counts as acknowledged. `null`: `synced`, and `written` at `--speed max`. */
  readonly durability: Durability | null;
  /** A directory on another path, best another disk, for a second copy of the event log; `null`: none. */
  readonly mirror: string | null;
  /** The database of a fleet; `null`: everything is in the bot's directory. It may have a password in it. */
  readonly store: string | null;
  readonly fleet: { readonly account: string; readonly partitions: number; readonly leaseSeconds: number };
  /** Megabytes (2^20 bytes) at which the event log goes on in a new file. */
  readonly segmentMb: number;
  readonly guards: GuardLimits;
  /** When positions are left. */
  readonly exits: ExitSettings;
  /** The stop of our own that rests at the exchange with every live position. */
  readonly protection: {
    readonly enabled: boolean;
    /** How far beyond the bot's own stop it rests, a fraction of the price. */
    readonly beyondStop: number;
  };
  /** How a real exchange is spoken to. */
  readonly exchange: {
    readonly testnet: boolean;
    /** How late a signed request may arrive and still count, ms. */
    readonly recvWindowMs: number;
  };
  /** `observe`: the healer judges, plans and records, and sends nothing. */
  readonly healing: 'act' | 'observe';
  /** Where alerts go besides `logs/operator_alerts.jsonl`. */
  readonly alerts: AlertConfig;
  /** The simulated market. */
  readonly sim: { readonly intervalMs: number };
}

/** The configuration in the units of the code. */
export function botConfig({ symbols, leverage, guards, exits: written, alerts, ...rest }: Configuration): BotConfig {
  const { startEquityUsd, durability, mirror, store, fleet, segmentMb, protection, exchange, healing, sim } = rest;
  const { regime, sizing, ...limits } = guards;
  const exits = exitSettings(written);
  return {
    symbols: [...new Set(symbols)],
    startEquityUsd,
    leverage,
    durability,
    mirror,
    store,
    fleet,
    segmentMb,
    guards: {
      ...GUARD_LIMITS,
      ...limits,
      regime: { ...GUARD_LIMITS.regime, allowed: regime },
      sizing: { ...sizing, leverage, stopFraction: exits.stopFraction },
    },
    exits,
    protection,
    exchange,
    healing,
    alerts: alertConfig(alerts),
    sim,
  };
}

export const DEFAULT_CONFIG: BotConfig = botConfig(configFile.parse({}));

/**
 * Checks the text of a configuration file, JSON with comments, and gives it with its defaults.
 * @param file its name, for errors and as the place where its paths begin. Throws `ConfigError`.
 */
export const parseConfig = (text: string, file: string): BotConfig =>
  botConfig(settle({ file: { text, name: file } }).configuration);
