/**
 * A number without the noise of doubles: 100,000 x 1.015 is 101,500 and not 101,499.99999999999, which a tick or a lot rounded
 * one way would turn into a whole step. Twelve significant digits are more than any market's ticks, and cheap on every bar.
 */
export const clean = (value: number): number => Number(value.toPrecision(12));

/** The price a fraction away: `levelAt(100, -0.015)` is 98.5. */
export const levelAt = (price: number, fraction: number): number => clean(price * (1 + fraction));
