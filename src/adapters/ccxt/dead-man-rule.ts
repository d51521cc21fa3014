/**
 * When the exchange's dead-man switch may be armed. Binance's `countdownCancelAll` cancels "all your orders of the specified
 * symbol" when it is not renewed (developers.binance.com, USDⓈ-M futures, Auto-Cancel All Open Orders, weight 10). Since stops
 * moved to the algo service (2025-12-09) its documentation does not say whether they are among those orders; nobody we found has
 * tried. So it is taken for granted that they are: the switch must never be the one that takes a position's protection away.
 */

/** What is known of one symbol. */
export interface SymbolBook {
  /** Orders that would open or add to a position, and are not known to have ended. */
  readonly entries: number;
  readonly position: 'none' | 'held' | 'unknown';
  /** Orders that can only reduce a position, stops among them. */
  readonly protections: number;
}

/**
 * Armed only while an entry rests and there is nothing to protect: what it cancels then is what nobody is left to watch. `unknown`
 * may be held.
 */
export const shouldArm = ({ entries, position, protections }: SymbolBook): boolean =>
  entries > 0 && position === 'none' && protections === 0;
