/** Faults of the line to the market. */
import type { FaultRule } from './fault.ts';

export const MARKET_FAULTS: readonly FaultRule[] = [
  {
    kind: 'feed-silent',
    strikes: 'the feed: it is open, and nothing comes until somebody connects anew',
    inflict: ({ market, host }) => {
      market.line.mute = true;
      return host.life ? ['marketFeed'] : [];
    },
  },
];
