import { z } from 'zod';
import { inShort } from './outcome.ts';

/** What a key may do, as far as its exchange tells. */
export interface KeyRights {
  readonly withdraw: 'yes' | 'no' | 'unknown';
  /** May trade perpetuals; `null`: it does not say. */
  readonly trade: boolean | null;
  /** In words, for a person. */
  readonly says: string;
}

/** The part of a ccxt client that is asked: Binance's `GET /sapi/v1/account/apiRestrictions`. */
export interface RightsClient {
  readonly id: string;
  readonly sapiGetAccountApiRestrictions?: () => Promise<unknown>;
}

/** Of every other field nothing is concluded. */
const restrictions = z.object({
  ipRestrict: z.boolean(),
  enableWithdrawals: z.boolean(),
  enableFutures: z.boolean(),
  permitsUniversalTransfer: z.boolean().optional(),
  enableInternalTransfer: z.boolean().optional(),
});

/** Asks what the client's key may do. Rejects when the exchange tells it, and does not answer now. */
export async function keyRights(client: RightsClient, isTestnet: boolean): Promise<KeyRights> {
  if (isTestnet) return { withdraw: 'no', trade: null, says: 'keys of a test network: there is nothing to withdraw' };
  if (typeof client.sapiGetAccountApiRestrictions !== 'function' || !client.id.startsWith('binance'))
    return { withdraw: 'unknown', trade: null, says: `${client.id} does not tell whether these keys may withdraw` };
  const told = restrictions.safeParse(await client.sapiGetAccountApiRestrictions());
  if (!told.success)
    return {
      withdraw: 'unknown',
      trade: null,
      says: `${client.id} answered in a way that is not understood (${inShort(told.error)})`,
    };
  const { ipRestrict, enableWithdrawals, enableFutures, permitsUniversalTransfer, enableInternalTransfer } = told.data;
  const moves = permitsUniversalTransfer === true || enableInternalTransfer === true;
  const says = [
    `may ${enableWithdrawals ? '' : 'not '}withdraw`,
    `may ${enableFutures ? '' : 'not '}trade futures`,
    ...(moves ? ['may move money between your accounts, which the bot does not need'] : []),
    ipRestrict ? 'bound to addresses' : 'bound to no address: whoever has them can trade from anywhere',
  ].join('; ');
  return { withdraw: enableWithdrawals ? 'yes' : 'no', trade: enableFutures, says };
}
