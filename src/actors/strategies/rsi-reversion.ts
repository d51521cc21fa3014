import { idea, type Strategy } from './strategy.ts';

export const OVERSOLD = 30;
export const OVERBOUGHT = 70;

/**
 * Bets on the way back: long when RSI comes back over 30 from below, short when it comes back under 70 from above. It waits
 * for the return because a market can stay oversold for as long as it falls.
 */
export const rsiReversion: Strategy = {
  name: 'rsi_reversion',
  kind: 'reversion',
  think(features, previous) {
    const now = features.rsi;
    const before = previous?.rsi ?? null;
    // A flat market has an RSI of 100 by definition (nothing was lost), and an ATR of 0.
    if (now === null || before === null || !features.atr || !previous?.atr) return null;
    if (before < OVERSOLD && now >= OVERSOLD)
      return idea(this.name, features, 'LONG', 0.4 + (OVERSOLD - before) / 25, says(now, before, 'over', OVERSOLD));
    if (before > OVERBOUGHT && now <= OVERBOUGHT)
      return idea(
        this.name,
        features,
        'SHORT',
        0.4 + (before - OVERBOUGHT) / 25,
        says(now, before, 'under', OVERBOUGHT),
      );
    return null;
  },
};

const says = (now: number, before: number, way: string, level: number): string =>
  `RSI 14 came back ${way} ${level}: ${before.toFixed(1)} → ${now.toFixed(1)}`;
