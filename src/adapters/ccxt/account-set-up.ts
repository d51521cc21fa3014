/** What is asked of an account, and set in it, before anything is ordered. */
import { z } from 'zod';
import type { Logger } from '../../ports/logger.ts';
import type { Ask } from './ask.ts';
import type { CcxtClient } from './client.ts';
import type { Leverage } from './leverage.ts';
import { CcxtError } from './load.ts';
import { inShort } from './outcome.ts';
import type { Listing } from './symbols.ts';

const tiers = z.record(
  z.string(),
  z.array(z.looseObject({ maintenanceMarginRate: z.number(), maxLeverage: z.number() })).min(1),
);
const positionMode = z.looseObject({ hedged: z.boolean() });

/** In what Binance gives the sums of an account; of other money only each asset by itself tells. */
const MONEY = 'USDT';

/** Throws {@link CcxtError} for a symbol that is margined in other money than the account's equity is told in. */
export function checkMoney(listings: readonly Listing[]): void {
  const other = listings.find(({ unified }) => !unified.endsWith(`:${MONEY}`));
  if (other)
    throw new CcxtError(
      `${other.symbol} is margined in ${other.unified.split(':')[1]}, and this bot keeps an account in ${MONEY} only: it sends no orders. Leave it out of --symbols, or trade it on paper`,
    );
}

/** Throws {@link CcxtError} for an account that may hold a long and a short at once. */
export async function checkMode(ask: Ask, client: CcxtClient): Promise<void> {
  const { hedged } = positionMode.parse(await ask('the position mode', client, () => client.fetchPositionMode()));
  if (hedged)
    throw new CcxtError(
      'the account is in hedge mode, and this bot keeps one position a symbol. Set it to one-way mode at the exchange',
    );
}

/** Margin and leverage of the lowest bracket: the bot's orders are small. */
export async function withBrackets(
  listings: readonly Listing[],
  ask: Ask,
  client: CcxtClient,
): Promise<readonly Listing[]> {
  const answer = await ask('the leverage brackets', client, () =>
    client.fetchLeverageTiers(listings.map(({ unified }) => unified)),
  );
  const known = tiers.parse(answer);
  return listings.map((listing) => {
    const lowest = known[listing.unified]?.[0];
    if (!lowest) return listing;
    const { maintenanceMarginRate: maintenanceMargin, maxLeverage } = lowest;
    return { ...listing, instrument: { ...listing.instrument, maintenanceMargin, maxLeverage } };
  });
}

/** What cannot be isolated now is tried again by the first entry, which is refused if it fails. */
export async function isolate(leverage: Leverage, listing: Listing, log: Logger): Promise<void> {
  try {
    await leverage.isolate(listing);
  } catch (error) {
    log.warn(`margin of ${listing.symbol} is not isolated (${inShort(error)}); entries wait until it can be`);
  }
}
