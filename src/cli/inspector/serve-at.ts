import { CannotServe } from '../../adapters/http/cannot-serve.ts';
import type { InspectorServer } from '../../adapters/http/serve.ts';

/** Where the page is to be had. */
export interface Place {
  readonly host: string;
  /** Where a proxy with TLS has it; `null` or missing: nowhere. */
  readonly origin?: string | null;
  /** As it was asked for, 0 for one that is free; `null`: the default, or the next that is free. */
  readonly port: number | null;
}

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 7070;
const LAST_DEFAULT_PORT = 7079;

/** The ports that are tried, in this order. `before` had the life before this one: a page that is open goes on there. */
export function portsFor({ port }: Place, before: number | null): readonly number[] {
  const again = before === null ? [] : [before];
  if (port !== null) return port === 0 ? [...again, 0] : [port];
  const defaults = Array.from({ length: LAST_DEFAULT_PORT - DEFAULT_PORT + 1 }, (_, index) => DEFAULT_PORT + index);
  return [...again, ...defaults.filter((one) => one !== before)];
}

/**
 * Serves at the first port that is free. Rejects with {@link CannotServe}: with what the last port said, and for all that is
 * not a matter of the port at once.
 */
export async function serveAt(
  ports: readonly number[],
  serve: (port: number) => Promise<InspectorServer>,
): Promise<InspectorServer> {
  let last: unknown = new CannotServe('The inspector cannot be served: no port was named.');
  for (const port of ports) {
    try {
      return await serve(port);
    } catch (error) {
      if (!(error instanceof CannotServe) || error.code !== 'EADDRINUSE') throw error;
      last = error;
    }
  }
  throw last;
}

/** What a person opens: with the token in the fragment, which no browser sends anywhere. */
export const addressWith = (url: string, token: string): string => `${url}#token=${token}`;
