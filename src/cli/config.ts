/** The file given by `--config`: JSON, strict. Everything in it has a default. */
import { z } from 'zod';
import { GUARD_LIMITS, type GuardLimits } from '../actors/guards/limits.ts';
import { SEGMENT_BYTES } from '../adapters/jsonl-logs.ts';
import type { Regime } from '../machines/messages.ts';
import type { Durability } from '../ports/files.ts';
import { type AlertConfig, alertSettings, completeAlerts } from './alert-config.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { nearest } from './nearest.ts';

/** What the owner of the bot has decided, complete and checked. */
export interface BotConfig {
  /** Symbols of the simulated market; `--symbols` goes before it. A replay has those of its files. */
  readonly symbols: readonly string[];
  /** Equity of a new paper account, USD. */
  readonly startEquityUsd: number;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
  /** When an append counts as acknowledged. `null`: `synced`, and `written` at `--speed max`. */
  readonly durability: Durability | null;
  /** A directory on another path, best another disk, for a second copy of the event log; `null`: none. */
  readonly mirror: string | null;
  /** Megabytes (2^20 bytes) at which the event log goes on in a new file. */
  readonly segmentMb: number;
  readonly guards: GuardLimits;
  /** `observe`: the healer judges, plans and records, and sends nothing. */
  readonly healing: 'act' | 'observe';
  /** Where alerts go besides `logs/operator_alerts.jsonl`. */
  readonly alerts: AlertConfig;
  /** The simulated market. */
  readonly sim: { readonly intervalMs: number };
}

/** Symbols become file names. */
const SYMBOL = /^[A-Z0-9]{1,40}$/;
const SYMBOL_RULE = 'a symbol is written as BTCUSDT';
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'BNBUSDT'];

const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
const REGIMES = ['trending', 'ranging', 'volatile', 'unknown'] as const satisfies readonly Regime[];

const guards = z.strictObject({
  volatility: z
    .strictObject({ min: fraction, max: fraction, maxSpreadBps: z.number().positive() })
    .partial()
    .refine(
      ({ min = GUARD_LIMITS.volatility.min, max = GUARD_LIMITS.volatility.max }) => min < max,
      'min must be below max',
    ),
  risk: z
    .strictObject({
      maxOpenPositions: count,
      maxPerSymbolAndDirection: count,
      maxExposure: z.number().positive(),
      maxRiskPerTrade: fraction,
      maxDailyLoss: fraction,
    })
    .partial(),
  fees: z
    .strictObject({ horizonBars: z.int().positive(), slippageBps: z.number().min(0), minMultiple: z.number().min(0) })
    .partial(),
  correlation: z.strictObject({ max: fraction, tolerated: count, minBars: z.int().min(2) }).partial(),
  hourly: z.strictObject({ overall: count, perSymbol: count }).partial(),
  regime: z.strictObject({ trend: z.array(z.enum(REGIMES)), reversion: z.array(z.enum(REGIMES)) }).partial(),
  sizing: z
    .strictObject({
      riskFraction: z.number().positive().max(0.1),
      stopFraction: z.number().positive().max(0.5),
      maxNotional: z.number().positive(),
      liquidationDistance: z.number().min(1),
    })
    .partial(),
});

const configFile = z.strictObject({
  symbols: z.array(z.string().regex(SYMBOL, SYMBOL_RULE)).min(1),
  startEquityUsd: z.number().positive().max(1e12),
  leverage: z.number().min(1).max(125),
  durability: z.enum(['synced', 'written']).nullable(),
  mirror: z.string().min(1).nullable(),
  segmentMb: z.number().min(0.01).max(1_000_000),
  guards: guards.partial(),
  healing: z.enum(['act', 'observe']),
  alerts: alertSettings,
  sim: z.strictObject({ intervalMs: z.int().min(10).max(86_400_000) }).partial(),
});
/** What may stand in the file: any part of it. */
const partialConfig = configFile.partial();
type ConfigFile = z.infer<typeof partialConfig>;

/** The known keys, by their path, are those of the schema. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = partialConfig;
  for (const key of path) {
    at = unwrapped(at);
    if (at instanceof z.ZodArray) at = at.element;
    else at = at instanceof z.ZodObject ? at.shape[String(key)] : undefined;
  }
  at = unwrapped(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
function unwrapped(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodNullable) at = at.unwrap();
  return at;
}

const LEVERAGE = 3;
export const MB = 1024 * 1024;

function complete(file: ConfigFile): BotConfig {
  const leverage = file.leverage ?? LEVERAGE;
  const { volatility, risk, fees, correlation, hourly, regime, sizing } = file.guards ?? {};
  const base = GUARD_LIMITS;
  return {
    symbols: [...new Set(file.symbols ?? SYMBOLS)],
    startEquityUsd: file.startEquityUsd ?? 10_000,
    leverage,
    durability: file.durability ?? null,
    mirror: file.mirror ?? null,
    segmentMb: file.segmentMb ?? SEGMENT_BYTES / MB,
    guards: {
      ...base,
      volatility: { ...base.volatility, ...volatility },
      risk: { ...base.risk, ...risk },
      fees: { ...base.fees, ...fees },
      correlation: { ...base.correlation, ...correlation },
      hourly: { ...base.hourly, ...hourly },
      regime: { ...base.regime, allowed: { ...base.regime.allowed, ...regime } },
      sizing: { ...base.sizing, ...sizing, leverage },
    },
    healing: file.healing ?? 'act',
    alerts: completeAlerts(file.alerts),
    sim: { intervalMs: file.sim?.intervalMs ?? 1_000 },
  };
}

export const DEFAULT_CONFIG: BotConfig = complete({});

/** The configuration is wrong: the file, the key, and what would be right. */
export class ConfigError extends CliError {
  constructor(file: string, what: string, advice: string) {
    super(`${file}: ${what}. ${advice}`, EXIT.config);
    this.name = 'ConfigError';
  }
}

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** The first of what is wrong, and how much more there is. */
function errorOf(file: string, { issues }: z.ZodError): ConfigError {
  // A key that is misspelled is also one that is missing: the spelling is what to say.
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  if (first?.code === 'unrecognized_keys') {
    const known = keysAt(first.path);
    const key = first.keys[0] ?? '';
    const where = first.path.length > 0 ? ` in "${pathOf(first.path)}"` : '';
    const near = nearest(key, known);
    const meant = near === null ? '' : `Did you mean "${near}"? `;
    return new ConfigError(
      file,
      `there is no setting "${key}"${where}${more}`,
      `${meant}Known here: ${known.join(', ')}`,
    );
  }
  const at = first && first.path.length > 0 ? `"${pathOf(first.path)}": ` : '';
  return new ConfigError(file, `${at}${first?.message ?? 'it is not valid'}${more}`, 'Correct it; nothing was started');
}

/** Checks the text of a configuration, and gives it with its defaults. Throws {@link ConfigError}. */
export function parseConfig(text: string, file: string): BotConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(file, `it is not JSON (${why})`, 'Correct it, or leave --config out');
  }
  const parsed = partialConfig.safeParse(value);
  if (!parsed.success) throw errorOf(file, parsed.error);
  return complete(parsed.data);
}
