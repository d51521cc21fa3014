/** What the bot keeps in whole files beside its logs: prices, and the paper exchange. Each is read when asked, and may be damaged. */
import { join } from 'node:path';
import { z } from 'zod';
import { FEATURE_FOLDER, INTELLIGENCE_SUMMARY } from '../../../actors/feature-store.ts';
import { HEARTBEAT_FILE } from '../../../actors/heartbeat.ts';
import { EXCHANGE_FILE, paperState } from '../../../adapters/paper-state.ts';
import { readIfThere } from '../../../adapters/read-only.ts';
import { parseDocument } from '../../../adapters/whole-file-store.ts';
import { minus, plus } from '../../../ports/money.ts';
import type { Mark, MoneyBook } from './money-book.ts';

const features = z.looseObject({ price: z.number().positive(), ts: z.number() });
const summary = z.looseObject({ ts: z.number() });
const account = paperState.pick({ cashUsd: true, positions: true });

/** The document, or `null` where there is none that can be read: it is about to be written, mended, or is gone. */
function documentAt<Value>(dir: string, path: string, schema: z.ZodType<Value>): Value | null {
  try {
    const bytes = readIfThere(join(dir, path));
    const loaded = bytes === null ? null : parseDocument(bytes, schema);
    return loaded?.ok ? loaded.value : null;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return null;
    throw error;
  }
}

/** A symbol's last price; symbols that could name another file are not looked for. */
export function storedPrice(dir: string, symbol: string): Mark | null {
  if (!/^[\w-]{1,40}$/.test(symbol)) return null;
  const found = documentAt(dir, `${FEATURE_FOLDER}/${symbol}.json`, features);
  return found === null ? null : { price: found.price, at: found.ts * 1000 };
}

/** When the bot last wrote down the market, ms. */
export function lastSeen(dir: string): number | null {
  const found = documentAt(dir, INTELLIGENCE_SUMMARY, summary);
  return found === null ? null : found.ts * 1000;
}

/** When it last gave proof of progress, ms. */
export function lastBeat(dir: string): number | null {
  try {
    const [time] = new TextDecoder().decode(readIfThere(join(dir, HEARTBEAT_FILE)) ?? new Uint8Array()).split('\n');
    const at = Date.parse(time ?? '');
    return Number.isNaN(at) ? null : at;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return null;
    throw error;
  }
}

/**
 * What the account began with: what the paper exchange has in cash, less what the log says was made. Known only while both speak
 * of the same holdings, as one is written before the other.
 * @returns `null` where there is no paper exchange, or the two do not agree now
 */
export function startEquity(dir: string, money: MoneyBook): number | null {
  const found = documentAt(dir, EXCHANGE_FILE, account);
  if (found === null) return null;
  const net = new Map<string, number>();
  for (const { symbol, direction, qty } of money.positions())
    net.set(symbol, plus(net.get(symbol) ?? 0, direction === 'LONG' ? qty : -qty));
  const symbols = new Set([...net.keys(), ...Object.keys(found.positions)]);
  const agrees = [...symbols].every((symbol) => (net.get(symbol) ?? 0) === (found.positions[symbol]?.qty ?? 0));
  return agrees ? minus(found.cashUsd, money.netUsd) : null;
}
