/** Which signals are wanted, as the address of the page says it. */
export interface Filter {
  readonly state: string;
  readonly symbol: string;
  readonly search: string;
}
const KEYS = ['state', 'symbol', 'search'] as const;

export const filterOf = (query: URLSearchParams): Filter => ({
  state: query.get('state') ?? '',
  symbol: query.get('symbol') ?? '',
  search: query.get('search') ?? '',
});

/** What is set of it, for an address. */
export const queryOf = (filter: Filter): Readonly<Record<string, string>> =>
  Object.fromEntries(KEYS.flatMap((key) => (filter[key] === '' ? [] : [[key, filter[key]]])));

/** The question to the server. */
export function pathOf(filter: Filter, limit: number, before: number | null): string {
  const query = new URLSearchParams(queryOf(filter));
  query.set('limit', String(limit));
  if (before !== null) query.set('before', String(before));
  return `api/signals?${query}`;
}
