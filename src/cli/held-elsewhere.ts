import { BusHistory, type HistoryParts } from '../actors/bus-history.ts';
import { tradeHistory } from '../actors/trade-history.ts';
import { CliError, EXIT } from './exit-codes.ts';

/**
 * Throws {@link CliError} where the log tells of positions, or of orders without an end, in symbols that are not those of this run:
 * nobody would have a price of them, and nobody could leave them. The log need not be open.
 */
export async function refuseHeldElsewhere(parts: HistoryParts, symbols: readonly string[]): Promise<void> {
  if ((await parts.files.stat(parts.bus.path)) === null) return;
  const past = new BusHistory(parts);
  await past.catchUp();
  const { book, desk } = await tradeHistory(past);
  const isLeftOut = (symbol: string): boolean => symbol !== '' && !symbols.includes(symbol);
  const held = book.open().filter(({ symbol }) => isLeftOut(symbol));
  const live = desk.live().filter(({ intent }) => isLeftOut(intent.symbol));
  const names = [...new Set([...held.map(({ symbol }) => symbol), ...live.map(({ intent }) => intent.symbol)])];
  if (names.length === 0) return;
  const what = [
    ...held.map(({ direction, qty, symbol }) => `${direction} ${qty} ${symbol} is held`),
    ...live.map(({ intent }) => `${intent.clientOrderId} (${intent.purpose}, ${intent.symbol}) has not ended`),
  ];
  throw new CliError(
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not among the symbols of this run (${symbols.join(', ')}), and by the log of this directory ${what.join('; ')}: nobody would mind it. Nothing was started. Add ${names.join(', ')} to the symbols again and start; leave the position (kintsugi flatten, or let the exits do it), and take it out when nothing is held of it. If the exchange lists it no more, begin in another directory (--dir): what the account still holds is taken under care there`,
    EXIT.refused,
  );
}
