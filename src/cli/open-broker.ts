import { PaperBroker } from '../adapters/paper-broker.ts';
import type { Opening } from '../adapters/paper-prices.ts';
import { EXCHANGE_FILE, paperState } from '../adapters/paper-state.ts';
import type { Quote, Tick } from '../machines/messages.ts';
import type { Broker, Instrument } from '../ports/broker.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { FundingRates } from '../ports/funding.ts';
import type { Logger } from '../ports/logger.ts';
import type { ExpiringLease } from '../ports/ownership.ts';
import type { Store } from '../ports/store.ts';
import type { Pending } from '../ports/world.ts';
import { CliError } from './exit-codes.ts';
import type { LiveSession } from './live/session.ts';

export interface BrokerParts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Logger;
  readonly store: Store;
  readonly pending: Pending;
  readonly symbols: readonly string[];
  readonly startEquityUsd: number;
  /** What an exchange on paper pays for holding. */
  readonly funding: FundingRates;
  /** Prices come from a recording, which tells what every bar opens at. */
  readonly recorded: boolean;
  /** What the market's exchange says of its symbols; `null`: an exchange on paper has its own table. */
  readonly instrument: ((symbol: string) => Instrument) | null;
  /** How late a signed request may reach a real exchange, ms. */
  readonly recvWindowMs: number;
  /** Nothing that changes a real account is taken by the exchange after it is out; `null`: it ends with the process. */
  readonly lease: ExpiringLease | null;
}

/** Where orders go, and what goes with it. */
export interface OpenedBroker {
  readonly broker: Broker;
  readonly isPaper: boolean;
  /** An exchange on paper learns the prices here, before anybody who asks it. */
  mark(tick: Tick): void;
  quote(quote: Quote): void;
  opens(opening: Opening): void;
  close(): Promise<void>;
}

const loadExchange = async (store: Store): Promise<unknown> => {
  const loaded = await store.load(EXCHANGE_FILE, paperState);
  if (loaded.ok) return loaded.value;
  if (loaded.missing) return null;
  throw new CliError(
    `${EXCHANGE_FILE} cannot be read (${loaded.reason}): the paper exchange does not know what it holds. ` +
      'Restore it, or move it away to begin with a flat account',
  );
};

/** Throws what an exchange cannot be opened for, in words for people. */
export async function openBroker(live: LiveSession | null, parts: BrokerParts): Promise<OpenedBroker> {
  const { clock, chance, log, store, pending, symbols, startEquityUsd, funding, recorded, instrument } = parts;
  if (live === null) {
    const broker = await PaperBroker.open({
      clock,
      chance,
      startEquityUsd,
      funding,
      recorded,
      ...(instrument ? { instrument } : {}),
      store: {
        load: () => loadExchange(store),
        save: (state) => pending.track(store.save(EXCHANGE_FILE, state)),
      },
    });
    return {
      broker,
      isPaper: true,
      mark: (tick) => broker.mark(tick),
      quote: (quote) => broker.quote(quote),
      opens: (opening) => broker.opens(opening),
      close: async () => undefined,
    };
  }
  const { account, keys, at } = live;
  const { openCcxtBroker } = await import('../adapters/ccxt/open-ccxt-broker.ts');
  const { exchange, isTestnet: testnet } = account;
  const opened = await openCcxtBroker({
    exchange,
    keys,
    testnet,
    symbols,
    clock,
    chance,
    log,
    pending,
    pointAt: at,
    recvWindowMs: parts.recvWindowMs,
    lease: parts.lease,
  });
  const broker = live.guard(opened, { symbols, clock, log });
  const deaf = () => undefined;
  return { broker, isPaper: false, mark: deaf, quote: deaf, opens: deaf, close: () => opened.close() };
}
