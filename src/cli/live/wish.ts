import { CliError, EXIT } from '../exit-codes.ts';

/** Names the guardian above a bot: what a person has confirmed to it, its next start need not ask again. */
export const CONFIRMED_TO = 'KINTSUGI_CONFIRMED_TO';

export interface LiveWish {
  /** ccxt's name of the exchange. */
  readonly exchange: string;
  readonly isTestnet: boolean;
}

/**
 * What `--live` can mean with these settings. Throws {@link CliError} with the reason where it can mean nothing.
 * @param at an exchange on this machine, for tests: its time may run faster
 */
export function liveWish(
  settings: {
    readonly feed: string;
    readonly speed: number | 'max';
    readonly exchange: { readonly testnet: boolean };
  },
  at: URL | null,
): LiveWish {
  const { feed, speed, exchange } = settings;
  const [, name] = /^ccxt:([a-z0-9]+)$/.exec(feed) ?? [];
  if (name === undefined)
    throw new CliError(
      `--live with the feed ${feed}: real orders are not made on prices that are simulated or of the past. Use --feed ccxt:EXCHANGE, as ccxt:binanceusdm`,
      EXIT.usage,
    );
  if (speed === 'max' || (speed !== 1 && at === null))
    throw new CliError(
      `--live with --speed ${speed}: an exchange knows real time only. Leave --speed away`,
      EXIT.usage,
    );
  return { exchange: name, isTestnet: exchange.testnet };
}
