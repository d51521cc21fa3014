import { BusHistory, type HistoryParts } from '../actors/bus-history.ts';
import { type TradeHistory, tradeHistory } from '../actors/trade-history.ts';
import { FileFault } from '../ports/files.ts';
import { CliError, EXIT } from './exit-codes.ts';

const isOrAre = (names: readonly string[]): string => (names.length === 1 ? 'is' : 'are');

/** What the log tells; `null` where it cannot be read: the bot says so, lets nobody enter, and mends it. */
async function toldIn(parts: HistoryParts): Promise<TradeHistory | null> {
  try {
    if ((await parts.files.stat(parts.bus.path)) === null) return null;
    const past = new BusHistory(parts, { looksOnly: true });
    await past.catchUp();
    return await tradeHistory(past);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    parts.log.warn(`whether the log holds what this run does not trade could not be read: ${error.message}`);
    return null;
  }
}

/**
 * Throws {@link CliError} where the log tells of positions, or of entries without an end, in symbols that are not those of this run:
 * nobody would have a price of them, and nobody could leave them; a partition of a fleet, which sees its own symbols alone, would book
 * them as closed. The log need not be open, and nothing is written: what it tells may not have reached the disk yet.
 * @param partition whose records they are; `null`: those of a bot by itself
 */
export async function refuseHeldElsewhere(
  parts: HistoryParts,
  symbols: readonly string[],
  partition: string | null,
): Promise<void> {
  const told = await toldIn(parts);
  if (told === null) return;
  const { book, desk } = told;
  const isLeftOut = (symbol: string): boolean => symbol !== '' && !symbols.includes(symbol);
  const held = book.open().filter(({ symbol }) => isLeftOut(symbol));
  // Exits and stops only reduce: where nothing is held, what is left of them does nothing.
  const entries = desk.live().filter(({ intent }) => intent.purpose === 'entry' && isLeftOut(intent.symbol));
  const names = [
    ...new Set([...held.map(({ symbol }) => symbol), ...entries.map(({ intent }) => intent.symbol)]),
  ].sort();
  if (names.length === 0) return;
  const what = [
    ...held.map(({ direction, qty, symbol }) => `${direction} ${qty} ${symbol} is held`),
    ...entries.map(
      ({ intent: { side, qty, symbol, clientOrderId } }) =>
        `${side} ${qty} ${symbol} may still fill (${clientOrderId})`,
    ),
  ].join('; ');
  throw new CliError(
    partition === null
      ? `${names.join(', ')} ${isOrAre(names)} not among the symbols of this run (${symbols.join(', ')}), and by the log of this directory ${what}: nobody would mind it. Nothing was started. Add ${names.join(', ')} to the symbols again and start; leave the position (kintsugi flatten, or let the exits do it), and take it out when nothing is held of it. If the exchange lists it no more, begin in another directory (--dir): what the account still holds is taken under care there`
      : `the records of ${partition} hold ${names.join(', ')} (${what}), and this worker was told to trade ${symbols.join(', ')} there alone: nobody would mind it. Give all workers ${names.join(',')} too (--symbols, or \`symbols\` in the configuration), at least until it is closed`,
    EXIT.refused,
  );
}
