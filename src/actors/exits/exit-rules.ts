/**
 * When a position is left, and how much of it. All gates are looked at on every bar, and all but the time stop on every price
 * between bars; the first by priority acts.
 *
 * | priority | gate | long (short mirrored) |
 * | --- | --- | --- |
 * | 1 | liquidation | price <= L + buffer x (entry - L) |
 * | 2 | stop | price <= stop; the stop only ever moves in favour; after a rung it is at break-even, fees included |
 * | 3 | trailing | armed once price went beyond the activation; stop = peak less the distance |
 * | 4 | time_stop | held for T and no rung was reached |
 * | 5 | tp2, tp1 | rungs, as fractions of the first quantity, each once; the rest trails |
 *
 * A bar tells its range but not its path. So the worst is taken: a gap fills at the open; when stop and rung lie inside one
 * bar the stop came first; and a low that would have hit the trailing stop raised by the same bar's high hits it. Such exits are
 * marked as ambiguous.
 */
import type { Candle, ExitGate, Position, Quote } from '../../machines/messages.ts';
import { floorToLot, roundToTick, times } from '../../ports/money.ts';
import { clean, levelAt } from '../level.ts';

/** What the owner of the bot decides about exits. */
export interface ExitSettings {
  /** Distance of the first stop from the entry. All fractions are of the price. */
  readonly stopFraction: number;
  readonly tp1: { readonly at: number; readonly fraction: number };
  readonly tp2: { readonly at: number; readonly fraction: number };
  /** Trailing is armed strictly beyond `activation`, and follows the peak at `distance`. */
  readonly trailing: { readonly activation: number; readonly distance: number };
  readonly timeStopMs: number;
  /** The time stop spares a position that has reached a rung: its stop is at break-even. */
  readonly timeStopSparesRungs: boolean;
  /** Part of the way from liquidation to entry at which we leave by ourselves. */
  readonly liquidationBuffer: number;
  /** What going in and out costs: break-even is this far beyond the entry. */
  readonly roundTripCost: number;
}

/** The settings, on an instrument. */
export interface ExitRules extends ExitSettings {
  /** Smallest price step; `null` leaves stops unrounded. */
  readonly tick: number | null;
}

export const EXIT_DEFAULTS: ExitRules = {
  stopFraction: 0.015,
  tp1: { at: 0.01, fraction: 0.4 },
  tp2: { at: 0.02, fraction: 0.4 },
  trailing: { activation: 0.015, distance: 0.01 },
  timeStopMs: 4 * 3_600_000,
  timeStopSparesRungs: true,
  liquidationBuffer: 0.05,
  roundTripCost: 0.0015,
  tick: null,
};

/** `fraction` is of the first quantity; `all` closes whatever is left. `price` is where the gate fired, not a fill. */
export interface Exit {
  readonly gate: ExitGate;
  readonly fraction: number;
  readonly all: boolean;
  readonly price: number;
  readonly reason: string;
  /** It hangs on the order of the prices within one bar, which nobody knows. */
  readonly ambiguous: boolean;
}

export interface ExitDecision {
  /** Peak, trough and stop after this bar; the same object when nothing moved. */
  readonly updated: Position;
  readonly exit: Exit | null;
  /** Every gate that fired, by priority. */
  readonly fired: readonly ExitGate[];
}

/**
 * Decides about one position on one closed bar. Pure. Of a bar that had begun before the position was opened only the close
 * counts: its range may be from before. Do not ask while an exit order is under way; `rungsTaken` is written by its fill
 * (`tp2` implies `tp1`: a jump over both rungs is one order).
 */
export const decideExit = (position: Position, candle: Candle, now: number, rules: ExitRules): ExitDecision =>
  decide(position, candle, now, rules, true);

/**
 * Decides on a price between bars. The bar it belongs to is not closed: what needs a closed bar (the time stop) does not fire.
 * Prices from before the position was opened decide nothing.
 */
export function decideOnPrice(position: Position, { symbol, price, at }: Quote, rules: ExitRules): ExitDecision {
  if (at < position.openedAt) return { updated: position, exit: null, fired: [] };
  const still = { symbol, ts: at, open: price, high: price, low: price, close: price, volume: 0 };
  return decide(position, still, at, rules, false);
}

/** Leaves a position whose time is over, or `null`: of all gates the only one that asks for no price; `price` is for the record. */
export function timeStop(position: Position, price: number, now: number, rules: ExitSettings): Exit | null {
  const held = now - position.openedAt;
  if (held < rules.timeStopMs || (rules.timeStopSparesRungs && rungTaken(position, 'tp1'))) return null;
  const reason = `held ${minutes(held)} min, at most ${minutes(rules.timeStopMs)}`;
  return { gate: 'time_stop', fraction: leftOf(position), all: true, price, reason, ambiguous: false };
}

/** What is held, as a fraction of the first quantity. */
const leftOf = ({ qty, initialQty }: Position): number => clean(qty / initialQty);

/** The price at which a position is left before the exchange would liquidate it. */
export const bufferOf = ({ liquidationPrice, entryPrice }: Position, { liquidationBuffer }: ExitRules): number =>
  clean(liquidationPrice + liquidationBuffer * (entryPrice - liquidationPrice));

/** What stands for a position before the next price: its stop, raised by a rung that was taken and by the best price so far. */
export interface Standing {
  readonly best: number;
  /** `null`: trailing is not armed. */
  readonly trail: number | null;
  readonly hasRung: boolean;
  readonly stop: number;
}

const sideOf = ({ direction }: Position): 1 | -1 => (direction === 'LONG' ? 1 : -1);
const betterFor = (side: 1 | -1, a: number, b: number): number => ((a - b) * side > 0 ? a : b);
const rounded = (price: number, { tick }: ExitRules): number => (tick === null ? price : roundToTick(price, tick));

/** Where the trailing stop is for a best price; `null` where that does not arm it. */
function trailOf(best: number, position: Position, rules: ExitRules): number | null {
  const side = sideOf(position);
  const { activation, distance } = rules.trailing;
  const isArmed = (best - levelAt(position.entryPrice, side * activation)) * side > 0;
  return isArmed ? rounded(levelAt(best, -side * distance), rules) : null;
}

export function standingOf(position: Position, rules: ExitRules): Standing {
  const side = sideOf(position);
  const best = side > 0 ? position.peakPrice : position.troughPrice;
  const trail = trailOf(best, position, rules);
  const hasRung = rungTaken(position, 'tp1');
  let stop = position.stopPrice;
  if (hasRung) stop = betterFor(side, stop, rounded(levelAt(position.entryPrice, side * rules.roundTripCost), rules));
  if (trail !== null) stop = betterFor(side, stop, trail);
  return { best, trail, hasRung, stop };
}

function decide(position: Position, candle: Candle, now: number, rules: ExitRules, isClosed: boolean): ExitDecision {
  const side = sideOf(position);
  const bar = asSeenFrom(position, candle);
  const entry = position.entryPrice;
  /** Is `price` at or beyond `level`, going against us; going for us. */
  const against = (price: number, level: number) => (price - level) * side <= 0;
  const inFavour = (price: number, level: number) => (price - level) * side >= 0;
  const at = (fraction: number) => levelAt(entry, side * fraction);

  const { best: bestBefore, trail: trailBefore, stop } = standingOf(position, rules);

  const peakPrice = Math.max(position.peakPrice, bar.high);
  const troughPrice = Math.min(position.troughPrice, bar.low);
  const best = side > 0 ? peakPrice : troughPrice;
  const trail = best === bestBefore ? trailBefore : trailOf(best, position, rules);
  const raised = trail === null ? stop : betterFor(side, stop, trail);

  const exits: Exit[] = [];
  const leave = (gate: ExitGate, price: number, reason: string, ambiguous = false) =>
    exits.push({ gate, fraction: leftOf(position), all: true, price, reason, ambiguous });
  /** A level met by the bar is filled at the level, or at the open where the bar opened beyond it. */
  const metAgainst = (level: number) => (against(bar.open, level) ? bar.open : level);

  const buffer = bufferOf(position, rules);
  if (against(bar.worst, buffer))
    leave(
      'liquidation',
      metAgainst(buffer),
      `${bar.worst} reached ${buffer}, near liquidation at ${position.liquidationPrice}`,
    );

  if (against(bar.worst, stop)) {
    const trailed = stop === trailBefore;
    const gap = against(bar.open, stop) ? `, opened beyond it at ${bar.open}` : '';
    leave(
      trailed ? 'trailing' : 'stop',
      metAgainst(stop),
      `${bar.worst} reached the ${trailed ? 'trailing stop' : 'stop'} ${stop}${gap}`,
    );
  } else if (against(bar.worst, raised)) {
    leave('trailing', raised, `${bar.worst} fell back to ${raised} from the best price ${best}`, true);
  }

  const overdue = isClosed ? timeStop(position, bar.close, now, rules) : null;
  if (overdue) exits.push(overdue);

  const reached = (gate: 'tp1' | 'tp2') => !rungTaken(position, gate) && inFavour(bar.most, at(rules[gate].at));
  const takes = { tp1: reached('tp1'), tp2: reached('tp2') };
  for (const gate of ['tp2', 'tp1'] as const) {
    if (!takes[gate]) continue;
    const level = at(rules[gate].at);
    const price = inFavour(bar.open, level) ? bar.open : rounded(level, rules);
    const fraction = clean(rules[gate].fraction + (gate === 'tp2' && takes.tp1 ? rules.tp1.fraction : 0));
    const left = leftOf(position);
    exits.push({
      gate,
      fraction: Math.min(fraction, left),
      all: fraction >= left,
      price,
      ambiguous: false,
      reason: `${bar.most} reached ${gate} at ${level} (${rules[gate].at * 100} %)`,
    });
  }

  const [first] = exits;
  // Stop and rung in one bar, unless it opened beyond the stop: then that came first for certain.
  const isTorn = first?.all === true && first.gate !== 'time_stop' && (takes.tp1 || takes.tp2);
  const opensBeyond = against(bar.open, first?.gate === 'liquidation' ? buffer : stop);
  return {
    updated: moved(position, peakPrice, troughPrice, raised),
    exit: first && isTorn && !opensBeyond ? { ...first, ambiguous: true } : (first ?? null),
    fired: exits.map(({ gate }) => gate),
  };
}

/** Base units to close: on the lot, at least one lot, at most what is held; everything when less than a lot would stay. */
export function exitQty(position: Position, exit: Exit, lot: number): number {
  if (exit.all) return position.qty;
  const wanted = Math.max(floorToLot(times(position.initialQty, exit.fraction), lot), lot);
  return Math.round((position.qty - wanted) / lot) < 1 ? position.qty : wanted;
}

/** Has this rung been taken? `tp2` implies `tp1`. */
export const rungTaken = (position: Position, gate: 'tp1' | 'tp2'): boolean =>
  position.rungsTaken.includes('tp2') || (gate === 'tp1' && position.rungsTaken.includes('tp1'));

interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** The price most against the position, and most in its favour. */
  readonly worst: number;
  readonly most: number;
}

function asSeenFrom({ direction, openedAt }: Position, candle: Candle): Bar {
  const { close } = candle;
  const { open, high, low } = candle.ts < openedAt ? { open: close, high: close, low: close } : candle;
  return direction === 'LONG'
    ? { open, high, low, close, worst: low, most: high }
    : { open, high, low, close, worst: high, most: low };
}

function moved(position: Position, peakPrice: number, troughPrice: number, stopPrice: number): Position {
  const same =
    peakPrice === position.peakPrice && troughPrice === position.troughPrice && stopPrice === position.stopPrice;
  return same ? position : { ...position, peakPrice, troughPrice, stopPrice };
}

const minutes = (ms: number): number => Math.floor(ms / 60_000);
