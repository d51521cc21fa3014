import { oneAtATime } from '../one-at-a-time.ts';
import { type Ask, ExchangeFault } from './ask.ts';
import type { CcxtClient } from './client.ts';
import { codeOf } from './outcome.ts';
import type { Listing } from './symbols.ts';

/** Binance's "No need to change margin type". */
const ALREADY_SO = -4046;

/** Sets what an entry needs before it leaves: isolated margin, and its leverage. Once a symbol, unless somebody else changes it. */
export class Leverage {
  readonly #client: CcxtClient;
  readonly #ask: Ask;
  readonly #isolated = new Set<string>();
  readonly #leverage = new Map<string, number>();
  readonly #turn = oneAtATime();

  constructor(client: CcxtClient, ask: Ask) {
    this.#client = client;
    this.#ask = ask;
  }

  /** Rejects when the exchange refuses: with a position or orders open, margin cannot be made isolated. */
  isolate({ symbol, unified }: Listing): Promise<void> {
    return this.#turn(async () => {
      if (this.#isolated.has(symbol)) return;
      try {
        await this.#ask(`isolated margin for ${symbol}`, this.#client, () =>
          this.#client.setMarginMode('isolated', unified),
        );
      } catch (error) {
        if (!(error instanceof ExchangeFault) || codeOf(error.cause) !== ALREADY_SO) throw error;
      }
      this.#isolated.add(symbol);
    });
  }

  /** The exchange tells what leverage is. @returns whether somebody else has set it */
  heard(symbol: string, leverage: number): boolean {
    const known = this.#leverage.get(symbol);
    if (known === undefined || known === leverage) return false;
    this.#leverage.set(symbol, leverage);
    return true;
  }

  /** Somebody may have changed anything: all of it is set again before it is relied on. */
  forget(): void {
    this.#isolated.clear();
    this.#leverage.clear();
  }

  async ensure(listing: Listing, leverage: number): Promise<void> {
    await this.isolate(listing);
    const { symbol, unified } = listing;
    await this.#turn(async () => {
      if (this.#leverage.get(symbol) === leverage) return;
      this.#leverage.delete(symbol);
      await this.#ask(`leverage ${leverage} for ${symbol}`, this.#client, () =>
        this.#client.setLeverage(leverage, unified),
      );
      this.#leverage.set(symbol, leverage);
    });
  }
}
