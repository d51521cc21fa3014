import type { CcxtClient } from './client.ts';

/** Questions to Binance's futures that are answered with a list. Elsewhere the same names may have other answers. */
const LISTS =
  /\/fapi\/v\d\/(positionRisk|openOrders|openAlgoOrders|allOrders|allAlgoOrders|userTrades|income|klines)(\?|$)/;
const FAILED = 400;

/**
 * Whatever comes with 200 is an answer to ccxt, and where it expects a list, a page for people, an empty body and an object are one with
 * nothing in it: nothing would be held, no stop would rest. Makes such a request reject instead; what became of it is not known.
 */
export function onlyAnswers(client: CcxtClient): void {
  const judge = client.handleErrors.bind(client);
  client.handleErrors = (status, reason, url, method, headers, body, answer, ...rest) => {
    const judged = judge(status, reason, url, method, headers, body, answer, ...rest);
    const isRead = LISTS.test(url) ? Array.isArray(answer) : answer !== undefined && answer !== null;
    if (status < FAILED && !isRead)
      throw new Error(`${client.id} has answered ${status}, and nothing that can be read`);
    return judged;
  };
}
