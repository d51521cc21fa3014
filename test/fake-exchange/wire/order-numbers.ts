/**
 * Binance numbers the orders of some symbols (ETHUSDT) with 19 digits, which no double holds: a client that reads them as numbers
 * asks for another order than it was told of.
 */
const BEYOND = 8_389_765_000_000_000_000n;

/** The numbers of orders as they go over the wire. */
export const shownNumbers = (json: string): string =>
  json
    .replace(/"(orderId|i)":(\d+)(?=[,}])/g, (_, key: string, id: string) => `"${key}":${BEYOND + BigInt(id)}`)
    .replace(/"(actualOrderId|ai)":"(\d+)"/g, (_, key: string, id: string) => `"${key}":"${BEYOND + BigInt(id)}"`);

/** The parameters of a request, with the number that its order has in here. */
export function meantNumbers(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { orderId } = params;
  return orderId === undefined || !/^\d+$/.test(orderId)
    ? params
    : { ...params, orderId: String(BigInt(orderId) > BEYOND ? BigInt(orderId) - BEYOND : 0n) };
}
