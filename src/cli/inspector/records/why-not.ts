import type { TradingView } from '../../../inspector/contract.ts';
import type { KeptSignal } from './signals-book.ts';

const MOST_CLASSES = 100;
const SYMBOL = /\b[A-Z0-9]{2,12}(?:USDT|USDC|BUSD|USD|PERP)\b/g;
const NUMBER = /[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?/g;

/**
 * The kind of a reason: its first part, without the numbers and symbols of the one signal. What is said of many is said once.
 */
const reasonClass = (reason: string): string =>
  (reason.split('; ')[0] ?? reason)
    .replace(SYMBOL, 'SYMBOL')
    .replace(NUMBER, 'N')
    .replace(/SYMBOL(?: \([^)]*\))?(?:, SYMBOL(?: \([^)]*\))?)+/g, 'several symbols')
    .replace(/SYMBOL \([^)]*\)/g, 'SYMBOL')
    .replaceAll('SYMBOL', 'a symbol')
    .replace(/\bN\b/g, 'n')
    .trim();

/** Was it kept from being traded? */
export const isUntraded = ({ state, blockedAt, executedAt }: KeptSignal): boolean =>
  executedAt === null && (blockedAt !== null || state === 'expired');

/** In sum, why signals were not traded: the most frequent first, with the newest as the example. */
export function whyNotOf(signals: readonly KeptSignal[]): TradingView['why_not'] {
  const classes = new Map<string, { by: string; reason: string; count: number; example: string }>();
  for (const signal of signals) {
    if (!isUntraded(signal)) continue;
    const by = signal.blockedBy ?? 'unknown';
    const reason = reasonClass(signal.reason ?? 'no reason was recorded');
    const key = `${by}\n${reason}`;
    const known = classes.get(key);
    if (known) {
      known.count++;
      known.example = signal.id;
    } else classes.set(key, { by, reason, count: 1, example: signal.id });
  }
  const sorted = [...classes.values()].sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason));
  if (sorted.length <= MOST_CLASSES) return sorted;
  const rest = sorted.slice(MOST_CLASSES - 1);
  const count = rest.reduce((sum, one) => sum + one.count, 0);
  const kinds = `${rest.length} rarer reasons`;
  return [
    ...sorted.slice(0, MOST_CLASSES - 1),
    { by: 'several', reason: kinds, count, example: rest[0]?.example ?? '' },
  ];
}

/** "Why not traded?" of one signal, in a sentence; `null` where it was traded, or may be still. */
export function whyNot(signal: KeptSignal): string | null {
  if (!isUntraded(signal)) return null;
  const reason = signal.reason ?? 'no reason was recorded';
  if (signal.blockedAt !== null) return `${signal.blockedBy} blocked it: ${reason}.`;
  return `It expired while it was ${signal.expiredFrom ?? 'on its way'}, in the hands of ${signal.blockedBy}: ${reason}.`;
}
