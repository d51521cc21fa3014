import { readdir, readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { CcxtClass } from './client.ts';

/** The version this bot was tried with. ccxt publishes about four versions a week, and patches may break. */
export const CCXT_VERSION = '4.5.84';

/** ccxt cannot be used as it is asked for. The message says what to do. */
export class CcxtError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CcxtError';
  }
}

/** The exchange, or the way to it, does not answer: another try, later, may find it. */
export class Unreachable extends CcxtError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unreachable';
  }
}

/** There is no exchange of this name in ccxt; `known` are those there are. */
export class UnknownExchange extends CcxtError {
  readonly exchange: string;
  readonly known: readonly string[];
  constructor(exchange: string, known: readonly string[]) {
    super(`ccxt knows no exchange called ${exchange}`);
    this.name = 'UnknownExchange';
    this.exchange = exchange;
    this.known = known;
  }
}

export interface LoadedExchange {
  readonly Exchange: CcxtClass;
  /** Of the ccxt that was found. */
  readonly version: string;
}

const NOT_INSTALLED = `ccxt is not installed, and the exchange is reached through it. Install it: npm install ccxt@${CCXT_VERSION}`;

function home(): URL {
  let found: string | undefined;
  try {
    found = findPackageJSON('ccxt', import.meta.url);
  } catch (error) {
    throw new CcxtError(NOT_INSTALLED, { cause: error });
  }
  if (found === undefined) throw new CcxtError(NOT_INSTALLED);
  return pathToFileURL(found);
}

const idsIn = async (folder: URL): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => /^[a-z0-9]+\.js$/.test(name)).map((name) => name.slice(0, -3));

/**
 * Loads one exchange of ccxt, and nothing of the others: 0.2 s and 30 MB instead of 0.6 s and 80 MB (research/trading.md §1.1).
 * ccxt exports only the whole, so its files are found beside its package.json; where they are not, the whole is loaded.
 * Throws {@link CcxtError} with what to do, {@link UnknownExchange} where the name is wrong.
 */
export async function loadExchange(exchange: string): Promise<LoadedExchange> {
  const at = home();
  const { version } = JSON.parse(await readFile(at, 'utf8')) as { version: string };
  const source = new URL('./js/src/', at);
  let streaming: readonly string[];
  let all: readonly string[];
  try {
    [streaming, all] = await Promise.all([idsIn(new URL('./pro/', source)), idsIn(source)]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { Exchange: await fromTheWhole(exchange), version };
  }
  if (!all.includes(exchange)) throw new UnknownExchange(exchange, all);
  const file = new URL(streaming.includes(exchange) ? `./pro/${exchange}.js` : `./${exchange}.js`, source).href;
  const loaded = (await import(/* @vite-ignore */ file)) as { default: CcxtClass };
  return { Exchange: loaded.default, version };
}

async function fromTheWhole(exchange: string): Promise<CcxtClass> {
  const name = 'ccxt';
  const { default: ccxt } = (await import(/* @vite-ignore */ name)) as {
    default: { exchanges: readonly string[]; pro: Record<string, CcxtClass> } & Record<string, unknown>;
  };
  const found = ccxt.pro[exchange] ?? ccxt[exchange];
  if (!ccxt.exchanges.includes(exchange) || typeof found !== 'function')
    throw new UnknownExchange(exchange, ccxt.exchanges);
  return found as CcxtClass;
}
