import type { Features } from '../../machines/messages.ts';
import { idea, type Strategy } from './strategy.ts';

/** A close must be this many ATR outside of the channel: touching it is not breaking it. */
export const BREAK_ATR = 0.75;

const wasInside = ({ price, donchianHigh, donchianLow }: Features): boolean =>
  donchianHigh !== null && donchianLow !== null && price <= donchianHigh && price >= donchianLow;

/**
 * Follows a close outside of the range of the 20 bars before, and only the first one: when the bar before closed inside of
 * its own channel.
 */
export const donchianBreakout: Strategy = {
  name: 'donchian_breakout',
  kind: 'trend',
  think(features, previous) {
    const { price, donchianHigh, donchianLow, atr } = features;
    if (donchianHigh === null || donchianLow === null || !atr || !previous || !wasInside(previous)) return null;
    const above = (price - donchianHigh) / atr;
    const below = (donchianLow - price) / atr;
    if (above < BREAK_ATR && below < BREAK_ATR) return null;
    const up = above >= BREAK_ATR;
    const beyond = up ? above : below;
    return idea(
      this.name,
      features,
      up ? 'LONG' : 'SHORT',
      0.4 + beyond / 4,
      `close ${price} is ${beyond.toFixed(2)} ATR ${up ? `above the 20-bar high ${donchianHigh}` : `below the 20-bar low ${donchianLow}`}`,
    );
  },
};
