import type { Candle, Position } from '../../machines/messages.ts';
import { bufferOf, type ExitRules } from './exit-rules.ts';

/**
 * A closed bar, without what the prices heard within it have settled already. They were judged in the order in which they came,
 * and a bar does not tell that order: judged as well, its low would meet a stop that was raised only after it.
 *
 * What the bar may still add is a worst price that nobody told of. It counts where it met a level that stood before the bar
 * began, and so whenever it came. The best price of the bar counts as if it had come at its end.
 * @param stopBefore the stop as it stood when the bar before had closed
 */
export function afterPrices(position: Position, candle: Candle, stopBefore: number, rules: ExitRules): Candle {
  const { high, low, close } = candle;
  const buffer = bufferOf(position, rules);
  if (position.direction === 'LONG')
    return low <= Math.max(stopBefore, buffer) ? candle : { ...candle, open: close, low: close };
  return high >= Math.min(stopBefore, buffer) ? candle : { ...candle, open: close, high: close };
}
