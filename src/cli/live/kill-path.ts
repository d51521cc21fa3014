import { isoTime } from '../../actors/records.ts';
import { leaseWindow } from '../../adapters/ccxt/lease-window.ts';
import { RECEIVE_WINDOW_MS } from '../../adapters/ccxt/open-client.ts';
import { accountIn, connect, Failed, type Account as KillAccount, selfTest } from '../../adapters/kill/binance-usdm.ts';
import { processTime } from '../../adapters/process-time.ts';
import type { LiveStatus } from '../../healing/status.ts';
import type { ExpiringLease } from '../../ports/ownership.ts';
import { says } from '../../ports/says.ts';
import type { LiveKeys } from './keys.ts';

/** The exchange whose accounts can be left with nothing but Node. */
export const REACHED = 'binanceusdm';

/** The way out that needs no bot. */
export interface KillPath {
  /** Never rejects. */
  test(): Promise<NonNullable<LiveStatus['kill_path']>>;
  /** Asks for the exchange's dead-man switch, on a connection of its own. Rejects where it is not known to be set. */
  readonly countdown: (symbol: string, ms: number) => Promise<void>;
}

/**
 * `null`: there is none for this exchange.
 * @param lease a countdown that comes after it is out is refused by the exchange: it would be somebody else's orders that are cancelled
 */
export function killPathOf(
  { exchange, isTestnet }: { readonly exchange: string; readonly isTestnet: boolean },
  { apiKey, secret }: LiveKeys,
  at: URL | null,
  lease: Pick<ExpiringLease, 'partition' | 'remainingMs'> | null = null,
): KillPath | null {
  if (exchange !== REACHED) return null;
  const environment = { KINTSUGI_API_KEY: apiKey, KINTSUGI_API_SECRET: secret };
  const account: KillAccount = accountIn(environment, isTestnet, at?.origin);
  const time = processTime();
  /** How far the wall's time is ahead of one that nobody sets, ms: it goes on while a machine sleeps, and the other does not. */
  const apart = (): number => time.present() - time.monotonic();
  let session: (Awaited<ReturnType<typeof connect>> & { readonly apart: number }) | null = null;
  const window =
    lease === null
      ? null
      : leaseWindow({
          ...{ lease, usualMs: RECEIVE_WINDOW_MS },
          aheadMs: () => (session === null ? Number.POSITIVE_INFINITY : Math.max(0, apart() - session.apart)),
        });
  let restsUntil = Number.NEGATIVE_INFINITY;
  /** Many ask here, over and over: not while the exchange has asked to be left alone, which would make a ban longer. */
  const asking = async <T>(work: () => Promise<T>): Promise<T> => {
    const left = restsUntil - time.monotonic();
    if (left > 0)
      throw new Error(`not asked: ${exchange} has asked to be left alone for ${Math.ceil(left / 1_000)} s more`);
    try {
      return await work();
    } catch (error) {
      if (error instanceof Failed) restsUntil = Math.max(restsUntil, time.monotonic() + error.waitMs);
      throw error;
    }
  };
  return {
    test: async () => {
      const testedAt = isoTime(processTime().present());
      try {
        return { ok: true, says: await asking(() => selfTest(account)), at: testedAt };
      } catch (error) {
        return { ok: false, says: says(error), at: testedAt };
      }
    },
    countdown: async (symbol, ms) => {
      try {
        await asking(async () => {
          session ??= { ...(await connect(account)), apart: apart() };
          const params: Record<string, string> = { symbol, countdownTime: String(ms) };
          if (window !== null) params.recvWindow = String(window());
          await session.signed('POST', '/fapi/v1/countdownCancelAll', params);
        });
      } catch (error) {
        // Its idea of the exchange's time may be what was wrong.
        session = null;
        throw error;
      }
    },
  };
}
