/** Money in exact fractions, written without anything of the bot: what its arithmetic is measured against. */

/** n / d, d > 0, reduced. */
export interface Exact {
  readonly n: bigint;
  readonly d: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));
export const fraction = (n: bigint, d: bigint): Exact => {
  if (d === 0n) throw new RangeError('a fraction of nothing');
  const by = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / by, d: d / by };
};
export const ZERO: Exact = { n: 0n, d: 1n };

/** The decimal number that a double's shortest text names. */
export function exact(value: number): Exact {
  const [, sign, whole = '0', part = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (sign === undefined) throw new RangeError(`${value} is no decimal number`);
  const digits = BigInt(`${sign}${whole}${part}`);
  const exponent = Number(power) - part.length;
  return exponent >= 0 ? fraction(digits * 10n ** BigInt(exponent), 1n) : fraction(digits, 10n ** BigInt(-exponent));
}

export const add = (a: Exact, b: Exact): Exact => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const negative = ({ n, d }: Exact): Exact => ({ n: -n, d });
export const subtract = (a: Exact, b: Exact): Exact => add(a, negative(b));
export const multiply = (a: Exact, b: Exact): Exact => fraction(a.n * b.n, a.d * b.d);
export const divide = (a: Exact, b: Exact): Exact => fraction(a.n * b.d, a.d * b.n);
export const size = ({ n, d }: Exact): Exact => ({ n: n < 0n ? -n : n, d });
export const isZero = ({ n }: Exact): boolean => n === 0n;
export const isAtMost = (a: Exact, b: Exact): boolean => a.n * b.d <= b.n * a.d;
export const sum = (all: readonly Exact[]): Exact => all.reduce(add, ZERO);
/** For messages of failing tests. */
export const say = ({ n, d }: Exact): string => `${Number((n * 10n ** 12n) / d) / 1e12}`;

export interface ExactFill {
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly qty: number;
  readonly price: number;
  readonly feeUsd: number;
}
interface Held {
  readonly qty: Exact;
  /** What it has cost: below 0 for a short. */
  readonly cost: Exact;
}

/** An account by the book: profit is taken on what closes, against the exact average of what it had cost. */
export class ExactAccount {
  cash: Exact;
  readonly held = new Map<string, Held>();
  /** All that ever went in and out, closed or not. */
  flow: Exact = ZERO;

  constructor(startUsd: number) {
    this.cash = exact(startUsd);
  }

  fill({ symbol, side, qty, price, feeUsd }: ExactFill): void {
    const change = side === 'BUY' ? exact(qty) : negative(exact(qty));
    const before = this.held.get(symbol) ?? { qty: ZERO, cost: ZERO };
    const at = exact(price);
    this.cash = subtract(this.cash, exact(feeUsd));
    this.flow = subtract(subtract(this.flow, multiply(change, at)), exact(feeUsd));
    const isOpposite = before.qty.n * change.n < 0n;
    const closes = !isOpposite ? ZERO : isAtMost(size(change), size(before.qty)) ? change : negative(before.qty);
    if (!isZero(closes)) {
      const share = divide(negative(closes), before.qty);
      const costOfIt = multiply(before.cost, share);
      this.cash = add(this.cash, subtract(negative(multiply(closes, at)), costOfIt));
      this.#hold(symbol, { qty: add(before.qty, closes), cost: subtract(before.cost, costOfIt) });
    }
    const opens = subtract(change, closes);
    if (isZero(opens)) return;
    const now = this.held.get(symbol) ?? { qty: ZERO, cost: ZERO };
    this.#hold(symbol, { qty: add(now.qty, opens), cost: add(now.cost, multiply(opens, at)) });
  }

  funding(amountUsd: number): void {
    this.cash = add(this.cash, exact(amountUsd));
    this.flow = add(this.flow, exact(amountUsd));
  }

  get isFlat(): boolean {
    return this.held.size === 0;
  }

  #hold(symbol: string, held: Held): void {
    if (isZero(held.qty)) this.held.delete(symbol);
    else this.held.set(symbol, held);
  }
}
