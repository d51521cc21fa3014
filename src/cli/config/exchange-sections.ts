import { z } from 'zod';
import { section, setting } from './setting.ts';

/** The stop that rests at the exchange, for when the bot is not there to act. */
export const protectionSection = section(
  'A stop order of our own rests at the exchange while a position is open, and works when the bot does not.',
  {
    enabled: setting(z.boolean(), true, 'Every live position has one.'),
    beyondStop: setting(
      z.number().positive().max(0.5),
      0.002,
      'How far beyond the stop of the bot it rests, a fraction of the price: the bot comes first as long as it lives.',
    ),
  },
);

/** How the exchange is spoken to. Keys are secrets, and stand in the environment. */
export const exchangeSection = section('The exchange, where --feed names one.', {
  testnet: setting(z.boolean(), false, "The exchange's test network: real protocol, no real money."),
  recvWindowMs: setting(
    z.int().min(100).max(60_000),
    5_000,
    'How late a signed request may arrive at the exchange and still count, ms.',
  ),
});
