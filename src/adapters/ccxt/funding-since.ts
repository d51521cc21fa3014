import type { FundingPayment } from '../../machines/messages.ts';
import type { Ask } from './ask.ts';
import type { CcxtClient } from './client.ts';
import type { Listing } from './symbols.ts';
import { readInfo, wireIncome } from './wire.ts';

const PAGE = 1_000;

/**
 * Funding payments of these symbols from `since` on, ms, oldest first. Rejects when a part could not be read. Exchanges do not say
 * at what rate each was; the number of the payment is the exchange's own.
 */
export async function fundingSince(
  listings: readonly Listing[],
  since: number,
  client: CcxtClient,
  ask: Ask,
): Promise<readonly FundingPayment[]> {
  const found = new Map<string, FundingPayment>();
  for (const { symbol, unified } of listings) {
    const what = `the funding of ${symbol}`;
    for (let from = since; ; ) {
      const at = from;
      const answers = await ask(what, client, () => client.fetchFundingHistory(unified, at, PAGE));
      const page = answers.map((answer) => readInfo(what, wireIncome, answer));
      for (const { tranId, income, time } of page) {
        const fundingId = `${symbol}-${tranId}`;
        found.set(fundingId, { fundingId, symbol, amountUsd: income, rate: null, at: time });
      }
      const last = Math.max(...page.map(({ time }) => time));
      // Payments of one moment may lie on both sides of a page's end: it is asked for again, and known ones are known.
      if (page.length < PAGE || last <= from) break;
      from = last;
    }
  }
  return [...found.values()].sort((a, b) => a.at - b.at || (a.symbol < b.symbol ? -1 : 1));
}
