/** The arguments of `kintsugi run`. Each parser throws RangeError, saying what is wrong and what would be right. */
import type { BotOptions } from './bot.ts';
import { SYMBOL } from './config.ts';

const FASTEST = 10_000;

/** `sim`, `replay:PATH`. */
export function parseFeed(text: string): BotOptions['feed'] {
  if (text === 'sim') return { kind: 'sim' };
  const [, path] = /^replay:(.*)$/.exec(text) ?? [];
  if (path === undefined) throw new RangeError(`"${text}" is no feed; write sim, replay:FILE or replay:DIR`);
  if (path === '') throw new RangeError('a path is missing after "replay:"; write replay:FILE or replay:DIR');
  return { kind: 'replay', path };
}

/** `BTCUSDT,ETHUSDT`: each once, in the order given. */
export function parseSymbols(text: string): readonly string[] {
  const symbols = text.split(',').map((symbol) => symbol.trim());
  const wrong = symbols.find((symbol) => !SYMBOL.test(symbol));
  if (wrong !== undefined) throw new RangeError(`"${wrong}" is no symbol; write for example BTCUSDT,ETHUSDT`);
  return [...new Set(symbols)];
}

/** `1`, `60`, `60x`, `max`. */
export function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const [, number] = /^(\d+(?:\.\d+)?)[x×]?$/.exec(text) ?? [];
  const speed = Number(number);
  if (number === undefined || !(speed > 0) || speed > FASTEST) {
    throw new RangeError(`"${text}" is no speed; write 1 (real time), a number up to ${FASTEST}, or max`);
  }
  return speed;
}

/** A whole number from 0. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new RangeError(`"${text}" is no seed; write a whole number, 0 or more`);
  }
  return seed;
}
