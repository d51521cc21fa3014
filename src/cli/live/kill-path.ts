import { isoTime } from '../../actors/records.ts';
import { accountIn, connect, type Account as KillAccount, selfTest } from '../../adapters/kill/binance-usdm.ts';
import { processTime } from '../../adapters/process-time.ts';
import type { LiveStatus } from '../../healing/status.ts';
import type { LiveKeys } from './keys.ts';

/** The exchange whose accounts can be left with nothing but Node. */
const REACHED = 'binanceusdm';

/** The way out that needs no bot. */
export interface KillPath {
  /** Never rejects. */
  test(): Promise<NonNullable<LiveStatus['kill_path']>>;
  /** Asks for the exchange's dead-man switch, on a connection of its own. Rejects where it is not known to be set. */
  readonly countdown: (symbol: string, ms: number) => Promise<void>;
}

/** `null`: there is none for this exchange. */
export function killPathOf(
  { exchange, isTestnet }: { readonly exchange: string; readonly isTestnet: boolean },
  { apiKey, secret }: LiveKeys,
  at: URL | null,
): KillPath | null {
  if (exchange !== REACHED) return null;
  const environment = { KINTSUGI_API_KEY: apiKey, KINTSUGI_API_SECRET: secret };
  const account: KillAccount = accountIn(environment, isTestnet, at?.origin);
  let session: Awaited<ReturnType<typeof connect>> | null = null;
  return {
    test: async () => {
      const testedAt = isoTime(processTime().present());
      try {
        return { ok: true, says: await selfTest(account), at: testedAt };
      } catch (error) {
        return { ok: false, says: error instanceof Error ? error.message : String(error), at: testedAt };
      }
    },
    countdown: async (symbol, ms) => {
      session ??= await connect(account);
      try {
        await session.signed('POST', '/fapi/v1/countdownCancelAll', { symbol, countdownTime: String(ms) });
      } catch (error) {
        // Its idea of the exchange's time may be what was wrong.
        session = null;
        throw error;
      }
    },
  };
}
