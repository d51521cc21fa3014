/** What a request may do, and what the headers say. */
export interface Standing {
  readonly status: 200 | 429 | 418;
  readonly retryAfterSec: number;
}

const MINUTE = 60_000;
const TEN_SECONDS = 10_000;
/** Requests turned away in one minute before the address is banned. */
const PATIENCE = 30;
const BAN_SEC = 120;

/** Binance's limits: weight a minute, orders in ten seconds and a minute; who goes on regardless is banned. On the exchange's clock. */
export class RateLimits {
  readonly limits = { weight: 2_400, ordersIn10s: 300, ordersIn1m: 1_200 };
  /** False: everything is counted and nothing refused. */
  enforced = true;
  #minute = 0;
  #weight = 0;
  #orders1m = 0;
  #tenSeconds = 0;
  #orders10s = 0;
  #refused = 0;
  #bannedUntil = 0;

  count(now: number, weight: number, isOrder: boolean): Standing {
    this.#roll(now);
    if (now < this.#bannedUntil) return { status: 418, retryAfterSec: Math.ceil((this.#bannedUntil - now) / 1_000) };
    this.#weight += weight;
    if (isOrder) {
      this.#orders1m += 1;
      this.#orders10s += 1;
    }
    if (!this.enforced || !this.#isOver()) return { status: 200, retryAfterSec: 0 };
    this.#refused += 1;
    if (this.#refused > PATIENCE) {
      this.ban(now, BAN_SEC);
      return { status: 418, retryAfterSec: BAN_SEC };
    }
    return { status: 429, retryAfterSec: Math.ceil((this.#minute + MINUTE - now) / 1_000) };
  }

  /** Turns everything away for so long. */
  ban(now: number, seconds: number): void {
    this.#bannedUntil = now + seconds * 1_000;
  }

  headers(): Record<string, string> {
    return {
      'x-mbx-used-weight-1m': String(this.#weight),
      'x-mbx-order-count-10s': String(this.#orders10s),
      'x-mbx-order-count-1m': String(this.#orders1m),
    };
  }

  #isOver(): boolean {
    const { weight, ordersIn10s, ordersIn1m } = this.limits;
    return this.#weight > weight || this.#orders10s > ordersIn10s || this.#orders1m > ordersIn1m;
  }

  #roll(now: number): void {
    const minute = Math.floor(now / MINUTE) * MINUTE;
    const tenSeconds = Math.floor(now / TEN_SECONDS) * TEN_SECONDS;
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#weight = 0;
      this.#orders1m = 0;
      this.#refused = 0;
    }
    if (tenSeconds !== this.#tenSeconds) {
      this.#tenSeconds = tenSeconds;
      this.#orders10s = 0;
    }
  }
}
