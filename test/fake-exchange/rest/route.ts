import type { Params } from '../engine/request.ts';

/** `none`: anybody. `key`: needs the API key's header. `signed`: key, timestamp and signature. */
export type Security = 'none' | 'key' | 'signed';

export interface Route {
  readonly security: Security;
  /** What it costs of the 2,400 a minute. */
  readonly weight: number | ((params: Params) => number);
  /** Whether it counts as an order of the 300 in ten seconds. */
  readonly isOrder?: boolean;
  /** The body of a 200, or an {@link ApiError} thrown. */
  readonly answer: (params: Params) => unknown;
}

/** By `METHOD /path`. */
export type Routes = Readonly<Record<string, Route>>;

/** 40 for all symbols, 1 for one. */
export const bySymbol =
  (all: number, one = 1) =>
  (params: Params): number =>
    params.symbol === undefined ? all : one;
