/** Where the page is: `#/incidents/INC-1?at=5` is `{ path: ['incidents', 'INC-1'], query }`. */
import { computed, signal } from '@preact/signals';

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export interface Route {
  /** The first part names the page; `overview` where there is none. */
  readonly path: readonly [page: string, ...rest: string[]];
  readonly query: URLSearchParams;
}

function routeOf(address: string): Route {
  const [path = '', query = ''] = address.replace(/^#\/?/, '').split('?');
  const [page = 'overview', ...rest] = path.split('/').filter(Boolean).map(decodeURIComponent);
  return { path: [page, ...rest], query: new URLSearchParams(query) };
}

export const route = computed((): Route => routeOf(hash.value));

/** The page of the fleet, from that of one of its bots: `/bots/ACCOUNT/PART/`. */
export const FLEET = '../../../#/fleet';
/** The page of a partition's bot, from that of its fleet. */
export const botAddress = (partition: string): string =>
  `bots/${partition.split('/').map(encodeURIComponent).join('/')}/`;

/** An address in the page: `to('incidents', 'INC-1')`. */
export function to(page: string, ...rest: (string | Record<string, string | number>)[]): string {
  const last = rest.at(-1);
  const query =
    typeof last === 'object'
      ? `?${new URLSearchParams(Object.entries(last).map(([key, value]) => [key, String(value)]))}`
      : '';
  const path = [page, ...rest.filter((part) => typeof part === 'string')].map(encodeURIComponent);
  return `#/${path.join('/')}${query}`;
}

/**
 * Goes there; with `replace` without a step in the browser's history, and within the page that is shown alone: one that notes its filters
 * in the address may hear last that it was left.
 */
export function go(address: string, replace = false): void {
  if (!replace) {
    location.hash = address;
    return;
  }
  if (routeOf(address).path[0] !== routeOf(location.hash).path[0]) return;
  history.replaceState(null, '', address);
  hash.value = location.hash;
}
