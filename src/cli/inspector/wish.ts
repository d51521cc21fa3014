import { CliError, EXIT } from '../exit-codes.ts';
import { DEFAULT_HOST, type Place } from './serve-at.ts';

/** The options of the page, as commander hands them over. */
export interface InspectorFlags {
  readonly port?: string;
  readonly host?: string;
  /** `false`: by `--no-http`. */
  readonly http?: boolean;
  readonly stately?: boolean;
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
 * What was asked for; `null`: no page. At `--speed max` there is none unless a port is named: a computation with an end has
 * nobody to show itself to, and pays nothing for it.
 */
export function inspectorWish(flags: InspectorFlags, speed: number | 'max'): InspectorWish | null {
  const { http = true, host = DEFAULT_HOST, stately = false } = flags;
  const port = portOf(flags.port);
  if (!http) {
    if (port !== null || flags.host !== undefined || stately)
      throw usage('--no-http: without a page there is nothing for --port, --host and --stately. Leave one of them out');
    return null;
  }
  if (host.trim() === '') throw usage('--host is empty; name an address of this machine');
  return speed === 'max' && port === null ? null : { host, port, stately };
}
