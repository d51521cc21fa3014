import { z } from 'zod';
import { ExchangeTime } from '../../adapters/ccxt/exchange-time.ts';
import { loadExchange } from '../../adapters/ccxt/load.ts';
import { openClient } from '../../adapters/ccxt/open-client.ts';
import { inShort, mayPass } from '../../adapters/ccxt/outcome.ts';
import { type KeyRights, keyRights, type RightsClient } from '../../adapters/ccxt/permissions.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import type { LiveKeys } from './keys.ts';

export interface StakeOptions {
  readonly exchange: string;
  readonly isTestnet: boolean;
  readonly keys: LiveKeys;
  readonly at: URL | null;
}

/** What a person puts into the bot's hands. */
export interface Stake {
  readonly rights: KeyRights;
  /** USDT, unrealised profit included; `null` where it is not told in USDT. */
  readonly equityUsd: number | null;
  /** `BTC/USDT:USDT long 0.01`, one a position. */
  readonly held: readonly string[];
}

const total = z.looseObject({ total: z.looseObject({ USDT: z.number().optional() }) });
const position = z.looseObject({ symbol: z.string(), side: z.string().nullish(), contracts: z.number().nullish() });

/** Asks an exchange, through a client of its own, and lets it go. Throws {@link CliError} where it does not answer. */
async function asking<T>(options: StakeOptions, ask: (client: StakeClient) => Promise<T>): Promise<T> {
  const { exchange, isTestnet, keys, at } = options;
  const clock = wallClock({ keepsAlive: false });
  const { Exchange } = await loadExchange(exchange);
  const time = new ExchangeTime(clock, () => undefined);
  const { client, sockets } = openClient({ Exchange, clock, time, keys, testnet: isTestnet, at });
  try {
    if (client.has.fetchTime === true) await time.measure(client);
    return await ask(client as unknown as StakeClient);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `${exchange} could not be asked about the account: ${inShort(error)}`,
      mayPass(error) ? EXIT.unreachable : EXIT.failed,
    );
  } finally {
    await sockets.close();
  }
}

interface StakeClient extends RightsClient {
  loadMarkets(): Promise<unknown>;
  fetchBalance(): Promise<unknown>;
  fetchPositions(): Promise<readonly unknown[]>;
}

/** What the keys may do. Throws {@link CliError}. */
export const rightsOf = (options: StakeOptions): Promise<KeyRights> =>
  asking(options, (client) => keyRights(client, options.isTestnet));

/** Throws {@link CliError}. */
export const stakeOf = (options: StakeOptions): Promise<Stake> =>
  asking(options, async (client) => {
    const rights = await keyRights(client, options.isTestnet);
    await client.loadMarkets();
    const balance = total.parse(await client.fetchBalance());
    const positions = (await client.fetchPositions()).map((one) => position.parse(one));
    return {
      rights,
      equityUsd: balance.total.USDT ?? null,
      held: positions.flatMap(({ symbol, side, contracts }) =>
        contracts ? [`${symbol} ${side ?? ''} ${contracts}`] : [],
      ),
    };
  });
