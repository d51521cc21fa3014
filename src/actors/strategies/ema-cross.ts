import type { Features } from '../../machines/messages.ts';
import { idea, type Strategy } from './strategy.ts';

/** The averages have crossed when they stand this many ATR apart; less is noise around the crossing. */
export const SEPARATION_ATR = 0.3;
/** The separation must have grown by this many ATR within the bar, else the two drift along the threshold. */
export const IMPULSE_ATR = 0.1;

const separation = ({ emaFast, emaSlow, atr }: Features): number | null =>
  emaFast === null || emaSlow === null || atr === null || atr <= 0 ? null : (emaFast - emaSlow) / atr;

/** Follows the fast average when it leaves the slow one behind: the textbook crossing, with a threshold in ATR. */
export const emaCross: Strategy = {
  name: 'ema_cross',
  kind: 'trend',
  think(features, previous) {
    const now = separation(features);
    const before = previous && separation(previous);
    if (now === null || before === null) return null;
    const grown = Math.abs(now - before);
    if (grown < IMPULSE_ATR) return null;
    const up = before < SEPARATION_ATR && now >= SEPARATION_ATR;
    const down = before > -SEPARATION_ATR && now <= -SEPARATION_ATR;
    if (!up && !down) return null;
    return idea(
      this.name,
      features,
      up ? 'LONG' : 'SHORT',
      0.4 + grown,
      `EMA 12 is ${Math.abs(now).toFixed(2)} ATR ${up ? 'above' : 'below'} EMA 26, was ${before.toFixed(2)} a bar ago`,
    );
  },
};
