import { BusHistory, type HistoryParts } from '../../actors/bus-history.ts';
import { tradeHistory } from '../../actors/trade-history.ts';
import { CliError, EXIT } from '../exit-codes.ts';

/** Symbols of a partition in which something is held, or an order may still be open, by its records alone. */
async function symbolsUnderWay(past: HistoryParts): Promise<readonly string[]> {
  if ((await past.files.stat(past.bus.path)) === null) return [];
  const history = new BusHistory(past);
  await history.catchUp();
  const { book, desk } = await tradeHistory(history);
  const ordered = desk.live().map(({ intent }) => intent.symbol);
  return [...new Set([...book.open().map((position) => position.symbol), ...ordered])]
    .filter((symbol) => symbol !== '')
    .sort();
}

/**
 * Throws {@link CliError} where a partition's records hold what its bot would not trade. Nobody would have a price for it, and since a partition
 * sees its own symbols alone, it would be booked as closed while it is held.
 */
export async function requireTraded(past: HistoryParts, symbols: readonly string[]): Promise<void> {
  const forgotten = (await symbolsUnderWay(past)).filter((symbol) => !symbols.includes(symbol));
  if (forgotten.length === 0) return;
  throw new CliError(
    `the records of ${past.lease.partition} hold ${forgotten.join(', ')} (a position, or an order whose end is not known), and this worker was told to trade ${symbols.join(', ')} there alone: nobody would mind it. ` +
      `Give all workers ${forgotten.join(',')} too (--symbols, or \`symbols\` in the configuration), at least until it is closed`,
    EXIT.refused,
  );
}
