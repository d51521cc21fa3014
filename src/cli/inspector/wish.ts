import { CliError, EXIT } from '../exit-codes.ts';
import type { Place } from './serve-at.ts';

/** What was said of the page. */
export interface PageSaid {
  readonly enabled: boolean;
  readonly host: string;
  /** `null`: none was named. */
  readonly port: number | null;
  /** Where a proxy with TLS has it; `null`: nowhere. */
  readonly origin: string | null;
  readonly stately: boolean;
  /** What was said of it on the command line, for this one run. */
  readonly typed: { readonly host: boolean; readonly port: boolean; readonly origin: boolean };
}

/** What is wanted of the inspector of a running bot. */
export interface InspectorWish extends Place {
  /** Statecharts are told to the Stately Inspector too, where it attaches. */
  readonly stately: boolean;
}

const usage = (message: string): CliError => new CliError(message, EXIT.usage);

export function portOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usage(`--port ${text}: a port is a whole number from 0 (one that is free) to 65535`);
}

/**
 * What was asked for; `null`: no page. At `--speed max` there is none unless a port is typed: a computation with an end has
 * nobody to show itself to, and pays nothing for it. Throws {@link CliError}.
 */
export function inspectorWish(said: PageSaid, speed: number | 'max'): InspectorWish | null {
  const { enabled, host, port, origin, stately, typed } = said;
  if (!enabled) {
    if (typed.port || typed.host || typed.origin || stately)
      throw usage(
        'without a page (--no-http, or http.enabled false) there is nothing for --port, --host, --origin and --stately. Leave one of them out',
      );
    return null;
  }
  return speed === 'max' && !typed.port ? null : { host, port, origin, stately };
}
