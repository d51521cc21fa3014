import { z } from 'zod';
import { EXIT_DEFAULTS, type ExitSettings } from '../../actors/exits/exit-rules.ts';
import { fraction, section, setting } from './setting.ts';

const { stopFraction, tp1, tp2, trailing, timeStopMs, timeStopSparesRungs, liquidationBuffer, roundTripCost } =
  EXIT_DEFAULTS;
const MINUTE_MS = 60_000;

/** A distance from the entry: as far as one likes, but somewhere. */
const distance = z.number().positive();
const part = z.number().positive().max(1);

const rung = (name: string, { at, fraction: closed }: ExitSettings['tp1']) =>
  section(`The ${name} rung at which profit is taken.`, {
    at: setting(distance, at, 'Distance from the entry, a fraction of the price.'),
    fraction: setting(part, closed, 'How much is closed there, a fraction of the first quantity.'),
  });

/** When positions are left. */
export const exitsSection = section('When a position is left; every gate is looked at on every bar.', {
  stopFraction: setting(
    z.number().positive().max(0.5),
    stopFraction,
    'Distance of the first stop from the entry, a fraction of the price. Entries are sized by it, too.',
  ),
  tp1: rung('first', tp1),
  tp2: rung('second', tp2),
  trailing: section('A stop that follows the best price.', {
    activation: setting(distance, trailing.activation, 'It is armed beyond this distance from the entry, a fraction.'),
    distance: setting(part, trailing.distance, 'How far behind the best price it follows, a fraction.'),
  }),
  timeStopMinutes: setting(
    z.number().min(1).max(525_600),
    timeStopMs / MINUTE_MS,
    'A position that has reached no rung is closed after so many minutes.',
  ),
  timeStopSparesRungs: setting(
    z.boolean(),
    timeStopSparesRungs,
    'The time stop spares a position that has reached a rung: its stop is at break-even.',
  ),
  liquidationBuffer: setting(
    fraction,
    liquidationBuffer,
    'Part of the way from the liquidation price to the entry at which the position is left before it is liquidated.',
  ),
  roundTripCost: setting(
    fraction,
    roundTripCost,
    'What going in and out costs, a fraction of the price: after the first rung the stop is so far beyond the entry.',
  ),
});

/** The section, in the units of the code. */
export const exitSettings = ({ timeStopMinutes, ...rest }: z.output<typeof exitsSection>): ExitSettings => ({
  ...rest,
  timeStopMs: timeStopMinutes * MINUTE_MS,
});
