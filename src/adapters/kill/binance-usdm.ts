/**
 * The last line: makes a Binance USD-M account flat with nothing but Node. It needs no bot, no ccxt and no configuration, and it
 * may run beside a bot that hangs. By itself: `KINTSUGI_API_KEY=… KINTSUGI_API_SECRET=… node binance-usdm.js [--testnet] --yes`.
 * Keep it free of imports: what it needs must not be what has failed.
 */
import { createHmac } from 'node:crypto';
import { request as plain } from 'node:http';
import { request as encrypted } from 'node:https';
import { argv, env, exit, stderr } from 'node:process';
/** Where, and by which key. */
export type Account = { readonly url: string; readonly apiKey: string; readonly secret: string };
/** As the exchange tells them: amounts are decimal text, `positionAmt` is below zero for a short. */
interface Held {
  readonly symbol: string;
  readonly positionAmt: string;
  readonly positionSide: 'BOTH' | 'LONG' | 'SHORT';
}
interface Resting {
  readonly symbol: string;
  readonly side: string;
  /** `algoId` of one that waits for a price: those are kept in a book of their own. Text: they may be of 19 digits. */
  readonly orderId?: string;
  readonly algoId?: string;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
}
export type Look = { readonly held: readonly Held[]; readonly resting: readonly Resting[] };
const BINANCE = { live: 'https://fapi.binance.com', testnet: 'https://demo-fapi.binance.com' } as const;
const LOOPBACK = /^http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/;
const TIMEOUT_MS = 5_000;
/** Three minutes, before it says what is left; a look weighs 85 of the 2,400 that Binance grants a minute. */
const ROUNDS = 60;
const PAUSE_MS = 3_000;
/** Who asks while he is banned is banned for longer; the first ban is two minutes. */
const BANNED_AT_MOST_MS = 150_000;

/** `code` is the exchange's own where it refused; 0 leaves open whether it was done. `waitMs`: so long it wants to be left alone. */
export class Failed extends Error {
  code = 0;
  waitMs = 0;
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** What an environment says of the account. Throws with what is missing. `url` is for an exchange on this machine alone. */
export function accountIn(from: NodeJS.ProcessEnv, isTestnet: boolean, url?: string): Account {
  const { KINTSUGI_API_KEY: apiKey, KINTSUGI_API_SECRET: secret } = from;
  if (!apiKey || !secret) throw new Error('KINTSUGI_API_KEY and KINTSUGI_API_SECRET must be set in the environment');
  if (url && !LOOPBACK.test(url)) throw new Error(`${url}: keys are sent to Binance, or to this machine alone`);
  return { url: url ?? BINANCE[isTestnet ? 'testnet' : 'live'], apiKey, secret };
}

function send(url: string, method: string, headers: Record<string, string>): Promise<unknown> {
  const { pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? encrypted : plain;
    const failed = (why: string, more: Partial<Failed> = {}): void =>
      reject(Object.assign(new Failed(`${method} ${pathname}: ${why}`), more));
    const sent = ask(url, { method, headers, agent: false, timeout: TIMEOUT_MS }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('error', (error) => failed(error.message));
      answer.on('end', () => {
        const { statusCode = 500 } = answer;
        const waitMs = [418, 429].includes(statusCode) ? Number(answer.headers['retry-after'] ?? 0) * 1_000 : 0;
        let body: unknown;
        try {
          body = JSON.parse(text.replace(/"(orderId|algoId)":(\d+)/g, '"$1":"$2"'));
        } catch {
          return failed(`status ${statusCode}, and no JSON`, { waitMs });
        }
        if (statusCode === 200) return resolve(body);
        const { code = 0, msg } = body as { code?: number; msg?: string };
        // 5xx and -1007 say that they do not know either.
        const knows = statusCode < 500 && code !== -1007;
        return failed(`${code || statusCode} ${msg}`, { code: knows ? code : 0, waitMs });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on('error', (error) => failed(error.message));
    sent.end();
  });
}

/** A session with the exchange's own idea of time. */
export async function connect({ url, apiKey, secret }: Account) {
  const { serverTime } = (await send(`${url}/fapi/v1/time`, 'GET', {})) as { serverTime: number };
  const ahead = serverTime - Date.now();
  const signed = (method: string, path: string, params: Record<string, string> = {}): Promise<unknown> => {
    const query = new URLSearchParams({ recvWindow: '5000', ...params, timestamp: String(Date.now() + ahead) });
    const signature = createHmac('sha256', secret).update(query.toString()).digest('hex');
    return send(`${url}${path}?${query}&signature=${signature}`, method, { 'X-MBX-APIKEY': apiKey });
  };
  /** What could not be read is left out, and why is in `failed`; where that is what is held, `held` is `null`. */
  const look = async () => {
    const books = ['/fapi/v3/positionRisk', '/fapi/v1/openOrders', '/fapi/v1/openAlgoOrders'];
    const told = await Promise.all(books.map((path) => signed('GET', path).catch((error: unknown) => error)));
    const why = (one: unknown, at: number) => (one instanceof Error ? one : new Failed(`${books[at]}: no list`));
    const failed = told.map(why).filter((_, at) => !Array.isArray(told[at]));
    const held = Array.isArray(told[0]) ? (told[0] as Held[]).filter((one) => Number(one.positionAmt) !== 0) : null;
    return { held, resting: told.slice(1).filter(Array.isArray).flat() as Resting[], failed };
  };
  return { signed, look };
}

/** The most that one market order may be, where the exchange said that it was too much. */
async function mostAtOnce({ url }: Account, symbol: string): Promise<string | null> {
  const info = (await send(`${url}/fapi/v1/exchangeInfo`, 'GET', {})) as {
    symbols: { symbol: string; filters: { filterType: string; maxQty?: string }[] }[];
  };
  const filters = info.symbols.find((one) => one.symbol === symbol)?.filters ?? [];
  return filters.find(({ filterType }) => filterType === 'MARKET_LOT_SIZE')?.maxQty ?? null;
}

/** Signs, and reads everything {@link flatten} would read; changes nothing. Rejects with what it could not do. */
export async function selfTest(account: Account): Promise<string> {
  const { look } = await connect(account);
  const { held, resting, failed } = await look();
  if (held === null || failed.length > 0) throw failed[0];
  return `it signed, and read ${held.length} positions and ${resting.length} orders`;
}

/**
 * Cancels entries, leaves every position at the market (reduce-only), and cancels stops when nothing is held any more. It looks
 * again after every step and believes only what it sees; an exit without an answer is never sent again before that.
 * @returns what is left: nothing, when it is done; `null` where that is not known
 */
export async function flatten(account: Account, say: (line: string) => void): Promise<Look | null> {
  const most = new Map<string, string>();
  const stubborn = new Set<string>();
  let left: Look | null = null;
  let flatLooks = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    let waitMs = Math.min(PAUSE_MS, 50 * 2 ** round);
    try {
      const { signed, look } = await connect(account);
      const { held, resting, failed } = await look();
      if (held !== null && failed.length === 0) {
        // One look is three questions, and an entry may have filled between two of them.
        flatLooks = held.length + resting.length === 0 ? flatLooks + 1 : 0;
        left = { held, resting };
        if (flatLooks === 2) return left;
      }
      const isHeld = (symbol: string): boolean => held === null || held.some((one) => one.symbol === symbol);
      const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
        say(what);
        await work().catch((error: unknown) => say(`  ${words(error)}`));
      };
      const cancels = resting
        .filter(({ symbol, reduceOnly, closePosition, algoId }) => {
          const isEntry = !reduceOnly && !closePosition;
          return isEntry || !isHeld(symbol) || (stubborn.has(symbol) && algoId === undefined);
        })
        .map(({ symbol, side, orderId, algoId }) => {
          const name = algoId === undefined ? 'order' : 'algoOrder';
          const id: Record<string, string> = algoId ? { algoId } : { symbol, orderId: `${orderId}` };
          return step(`cancel ${side} ${symbol} ${name}`, () => signed('DELETE', `/fapi/v1/${name}`, id));
        });
      const exits = (held ?? []).map(({ symbol, positionAmt, positionSide }) => {
        const all = positionAmt.replace('-', '');
        const bound = most.get(symbol) ?? all;
        const quantity = Number(bound) < Number(all) ? bound : all;
        const side = positionAmt.startsWith('-') ? 'BUY' : 'SELL';
        // A hedged position is named instead: an order on its side can only reduce it.
        const how: Record<string, string> = positionSide === 'BOTH' ? { reduceOnly: 'true' } : { positionSide };
        return step(`${side} ${quantity} ${symbol} at the market, reduce-only`, () =>
          signed('POST', '/fapi/v1/order', { symbol, side, type: 'MARKET', quantity, ...how }).catch(async (error) => {
            if (error.code) stubborn.add(symbol);
            if (error.code === -4005) most.set(symbol, (await mostAtOnce(account, symbol)) ?? quantity);
            throw error;
          }),
        );
      });
      await Promise.all([...cancels, ...exits]);
      for (const error of failed) throw error;
    } catch (error) {
      if (error instanceof Failed) waitMs = Math.max(waitMs, Math.min(error.waitMs, BANNED_AT_MOST_MS));
      say(`${words(error)}; trying again in ${Math.ceil(waitMs / 1_000)} s`);
    }
    await pause(waitMs);
  }
  return flatLooks === 0 ? left : null;
}

if (argv[1] && import.meta.filename === argv[1]) {
  const tell = (line: string): void => void stderr.write(`${line}\n`);
  try {
    if (!argv.includes('--yes')) throw new Error('it leaves every position of the account at the market: say --yes');
    const left = await flatten(accountIn(env, argv.includes('--testnet'), env.KINTSUGI_EXCHANGE_URL), tell);
    const isDone = left !== null && left.held.length + left.resting.length === 0;
    const what = JSON.stringify(left ?? 'it is not known');
    tell(isDone ? 'flat: nothing is held, and no order rests' : `NOT FLAT. Left: ${what}`);
    exit(isDone ? 0 : 1);
  } catch (error) {
    tell(words(error));
    exit(1);
  }
}
