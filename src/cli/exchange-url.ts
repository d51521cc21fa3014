import { loopbackUrl } from '../adapters/ccxt/point-at.ts';
import { says } from '../ports/says.ts';
import { CliError, EXIT } from './exit-codes.ts';

/** Names an exchange on this machine instead of the real one, for tests: `http://127.0.0.1:PORT` and nothing else. */
const EXCHANGE_URL = 'KINTSUGI_EXCHANGE_URL';

/** Where an exchange for tests is, if the environment names one. Throws {@link CliError} for any that is not on this machine. */
export function exchangeUrl(environment: Readonly<Record<string, string | undefined>>): URL | null {
  const text = environment[EXCHANGE_URL];
  if (!text) return null;
  try {
    return loopbackUrl(text);
  } catch (error) {
    throw new CliError(`${EXCHANGE_URL}: ${says(error)}`, EXIT.config);
  }
}
