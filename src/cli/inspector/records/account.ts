/** What the bot keeps in whole files beside its logs: prices, and the paper exchange. Each is read when asked, and may be damaged. */
import { join } from 'node:path';
import { z } from 'zod';
import { positionsDocument } from '../../../actors/positions-file.ts';
import { POSITIONS_FILE } from '../../../actors/records.ts';
import { EXCHANGE_FILE, paperState } from '../../../adapters/paper-state.ts';
import { readIfThere } from '../../../adapters/read-only.ts';
import { parseDocument } from '../../../adapters/whole-file-store.ts';
import { minus, plus } from '../../../ports/money.ts';
import { FEATURE_FOLDER, HEARTBEAT_FILE, INTELLIGENCE_SUMMARY } from './known-words.ts';
import type { Mark, MoneyBook } from './money-book.ts';

const features = z.looseObject({ price: z.number().positive(), ts: z.number() });
const summary = z.looseObject({ ts: z.number(), symbols: z.record(z.string(), z.unknown()).default({}) });
const beat = z.looseObject({ tick: z.string() });
const account = paperState.pick({ cashUsd: true, positions: true });
const midnight = positionsDocument.pick({ equity_at_midnight: true });

/** `null` where it is not there, or cannot be read. */
function bytesAt(dir: string, path: string): Uint8Array | null {
  try {
    return readIfThere(join(dir, path));
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return null;
    throw error;
  }
}

/** The document, or `null` where there is none that can be read: it is about to be written, mended, or is gone. */
function documentAt<Value>(dir: string, path: string, schema: z.ZodType<Value>): Value | null {
  const bytes = bytesAt(dir, path);
  const loaded = bytes === null ? null : parseDocument(bytes, schema);
  return loaded?.ok ? loaded.value : null;
}

/** A symbol's last price; symbols that could name another file are not looked for. */
export function storedPrice(dir: string, symbol: string): Mark | null {
  if (!/^[\w-]{1,40}$/.test(symbol)) return null;
  const found = documentAt(dir, `${FEATURE_FOLDER}/${symbol}.json`, features);
  return found === null ? null : { price: found.price, at: found.ts * 1000 };
}

/** When the bot last wrote down the market, ms, and of which symbols. */
export function lastMarket(dir: string): { readonly at: number; readonly symbols: readonly string[] } | null {
  const found = documentAt(dir, INTELLIGENCE_SUMMARY, summary);
  return found === null ? null : { at: found.ts * 1000, symbols: Object.keys(found.symbols) };
}

/** When it last gave proof of progress, ms, and for which tick (ISO-8601). */
export function lastBeat(dir: string): { readonly at: number; readonly tick: string | null } | null {
  const bytes = bytesAt(dir, HEARTBEAT_FILE);
  const [time, second] = new TextDecoder().decode(bytes ?? new Uint8Array()).split('\n');
  const at = Date.parse(time ?? '');
  if (Number.isNaN(at)) return null;
  const loaded = parseDocument(new TextEncoder().encode(second ?? ''), beat);
  return { at, tick: loaded.ok ? loaded.value.tick : null };
}

/**
 * What an account of an exchange began with, money that was paid in since with it: what it had when the last day began of which the
 * bot wrote that down, less what the log says was made by then. Exact to what prices moved since the log last heard of them, and,
 * where the bot did not run at midnight, to what the account made until it started.
 * @returns `null` where that was never written down
 */
function startAtExchange(dir: string, money: MoneyBook): number | null {
  const known = documentAt(dir, POSITIONS_FILE, midnight)?.equity_at_midnight ?? null;
  const began = known === null ? Number.NaN : Date.parse(known.day);
  return known === null || Number.isNaN(began) ? null : minus(known.usd, money.madeBefore(began));
}

/**
 * What the account began with: what the paper exchange has in cash, less what the log says was made. Known only while both speak
 * of the same holdings, as one is written before the other. Without a paper exchange, what the bot wrote of the real one tells it.
 * @returns `null` where neither does, or where log and paper exchange do not agree now
 */
export function startEquity(dir: string, money: MoneyBook): number | null {
  const found = documentAt(dir, EXCHANGE_FILE, account);
  if (found === null) return bytesAt(dir, EXCHANGE_FILE) === null ? startAtExchange(dir, money) : null;
  const net = new Map<string, number>();
  for (const { symbol, direction, qty } of money.positions())
    net.set(symbol, plus(net.get(symbol) ?? 0, direction === 'LONG' ? qty : -qty));
  const symbols = new Set([...net.keys(), ...Object.keys(found.positions)]);
  const agrees = [...symbols].every((symbol) => (net.get(symbol) ?? 0) === (found.positions[symbol]?.qty ?? 0));
  return agrees ? minus(found.cashUsd, money.netUsd) : null;
}
