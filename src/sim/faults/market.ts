/** Faults of the line to the market. */
import { type FaultRule, within } from './fault.ts';

export const MARKET_FAULTS: readonly FaultRule[] = [
  {
    kind: 'feed-silent',
    strikes: 'the feed: it is open, and nothing comes until somebody connects anew',
    meets: ['marketFeed'],
    inflict: ({ market, host }) => {
      market.line.mute = true;
      return host.life ? ['marketFeed'] : [];
    },
  },
  {
    kind: 'feed-doubled',
    strikes: 'the feed: every bar comes twice or more often, for a while',
    meets: ['marketFeed'],
    inflict: ({ market, host, lasts }, chance) => {
      market.line.copies = within(chance, 2, 5);
      lasts(within(chance, 60_000, 300_000), () => {
        market.line.copies = 1;
      });
      return host.life ? ['marketFeed'] : [];
    },
  },
  {
    kind: 'feed-reordered',
    strikes: 'the feed: the next bar comes after the one behind it',
    meets: ['marketFeed'],
    inflict: ({ market, host }) => {
      market.line.swap = true;
      return host.life ? ['marketFeed'] : [];
    },
  },
];
