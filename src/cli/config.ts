/** The file given by `--config`: JSON, strict. Everything in it has a default. */
import { z } from 'zod';
import { GUARD_LIMITS, type GuardLimits } from '../actors/guards/limits.ts';
import { readIfThere } from '../adapters/read-only.ts';
import type { Regime } from '../machines/messages.ts';
import type { Durability } from '../ports/files.ts';
import { Complaint } from './complaint.ts';
import { EXIT } from './exit-codes.ts';
import { nearest } from './nearest.ts';

/** What the owner of the bot has decided, complete and checked. */
export interface BotConfig {
  /** `null`: the feed's own. `--symbols` goes before it. */
  readonly symbols: readonly string[] | null;
  /** Equity of a new paper account, USD. */
  readonly startEquityUsd: number;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
  /** When an append counts as acknowledged. `null`: `synced`, and `written` at `--speed max`. */
  readonly durability: Durability | null;
  readonly guards: GuardLimits;
  /** The simulated market. */
  readonly sim: { readonly intervalMs: number };
}

/** Symbols become file names, so they are letters, digits and `. _ -`, beginning with a letter or digit. */
export const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const SYMBOL_RULE = 'a symbol has up to 40 letters, digits, dots, dashes or underscores, like BTCUSDT';

const fraction = z.number().min(0).max(1);
const count = z.int().min(0);
const REGIMES = ['trending', 'ranging', 'volatile', 'unknown'] as const satisfies readonly Regime[];

const guards = z.strictObject({
  volatility: z
    .strictObject({ min: fraction, max: fraction, maxSpreadBps: z.number().positive() })
    .partial()
    .refine(({ min = GUARD_LIMITS.volatility.min, max = GUARD_LIMITS.volatility.max }) => min < max, 'min must be below max'),
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
  symbols: z.array(z.string().regex(SYMBOL, SYMBOL_RULE)).min(1).nullable(),
  startEquityUsd: z.number().positive().max(1e12),
  leverage: z.number().min(1).max(125),
  durability: z.enum(['synced', 'written']).nullable(),
  guards: guards.partial(),
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
    at = at instanceof z.ZodObject ? at.shape[String(key)] : undefined;
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

function complete(file: ConfigFile): BotConfig {
  const leverage = file.leverage ?? LEVERAGE;
  const { volatility, risk, fees, correlation, hourly, regime, sizing } = file.guards ?? {};
  const base = GUARD_LIMITS;
  return {
    symbols: file.symbols ?? null,
    startEquityUsd: file.startEquityUsd ?? 10_000,
    leverage,
    durability: file.durability ?? null,
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
    sim: { intervalMs: file.sim?.intervalMs ?? 1_000 },
  };
}

export const DEFAULT_CONFIG: BotConfig = complete({});

const wrong = (file: string, what: string, advice: string, options?: ErrorOptions): Complaint =>
  new Complaint(EXIT.config, `${file}: ${what}`, advice, options);

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** What is wrong with a value, as `guards.risk.maxDailyLoss: …`; the first of several, and how many more there are. */
function complaintOf(file: string, { issues }: z.ZodError): Complaint {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  if (first?.code === 'unrecognized_keys') {
    const known = keysAt(first.path);
    const key = first.keys[0] ?? '';
    const where = first.path.length > 0 ? ` in "${pathOf(first.path)}"` : '';
    const near = nearest(key, known);
    const advice = near === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${near}"? Known here: ${known.join(', ')}.`;
    return wrong(file, `there is no setting "${key}"${where}${more}`, advice);
  }
  const at = first && first.path.length > 0 ? `"${pathOf(first.path)}": ` : '';
  return wrong(file, `${at}${first?.message ?? 'it is not valid'}${more}`, 'Correct the file; nothing was started.');
}

/**
 * Reads a configuration; the defaults where `path` is `null`. Throws a {@link Complaint} with exit code 78 that names the file,
 * the key, and what would be right.
 */
export function loadConfig(path: string | null): BotConfig {
  if (path === null) return DEFAULT_CONFIG;
  let bytes: Uint8Array | null;
  try {
    bytes = readIfThere(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EISDIR' ? 'it is a folder' : `it cannot be read (${code})`;
    throw wrong(path, why, 'Give --config the path of a JSON file.', { cause: error });
  }
  if (bytes === null) throw wrong(path, 'there is no such file', 'Check the path after --config.');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw wrong(path, `it is not JSON: ${error instanceof Error ? error.message : error}`, 'Correct the file, or leave --config out.', {
      cause: error,
    });
  }
  const parsed = partialConfig.safeParse(value);
  if (!parsed.success) throw complaintOf(path, parsed.error);
  return complete(parsed.data);
}
