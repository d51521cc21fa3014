/** Which requests a fault of REST waits for. Without a word: any. */
export interface RequestMatch {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The end of the path: `/order`. */
  readonly path?: string;
}

/** Which sockets: Binance has three kinds. */
export type SocketKind = 'market' | 'public' | 'private' | 'all';

/** Waits for the next request that matches. "Before": the exchange never acted on it. "After": it did, and the answer is lost. */
export type RestFault = { readonly on?: RequestMatch } & (
  | { readonly kind: 'drop-before' | 'drop-after' }
  | { readonly kind: 'timeout-before' | 'timeout-after' }
  | {
      readonly kind: 'status-before' | 'status-after';
      readonly status: number;
      readonly code?: number;
      readonly msg?: string;
    }
  | { readonly kind: 'html-page'; readonly status: number }
  /** 429: one request is turned away, with Retry-After. */
  | { readonly kind: 'too-many-requests'; readonly retryAfterSec: number }
  /** 418: every request is turned away until the ban ends, in seconds of exchange time. */
  | { readonly kind: 'banned'; readonly retryAfterSec: number }
  /** The answer comes `ms` of real time late; "before": the request reaches the exchange late. */
  | { readonly kind: 'delay-before' | 'delay-after'; readonly ms: number }
);

/** Waits for the next message that matches. */
export type StreamFault =
  /** The user stream's next execution: never sent, sent twice, sent after the next one, sent `ms` of real time late. */
  | { readonly kind: 'lose-fill' | 'duplicate-fill' | 'reorder-fills'; readonly symbol?: string }
  | { readonly kind: 'late-fill'; readonly ms: number; readonly symbol?: string }
  /** The next final klines are never sent. REST has them. */
  | { readonly kind: 'missing-kline'; readonly symbol?: string }
  /** The next final kline is sent after the first of the bar that follows. */
  | { readonly kind: 'late-kline'; readonly symbol?: string };

/** Happens at once. */
export type WorldFault =
  /** Open and without data; it even answers pings, unless `deaf`. New connections are well. */
  | { readonly kind: 'silent-socket'; readonly sockets: SocketKind; readonly deaf?: boolean }
  | { readonly kind: 'cut-socket'; readonly sockets: SocketKind }
  /** Nothing can be reached for `ms` of real time. */
  | { readonly kind: 'outage'; readonly ms: number }
  /** The exchange's clock is wrong by `ms` of its own time, which may be below 0. A second one replaces the first. */
  | { readonly kind: 'clock-skew'; readonly ms: number }
  | { readonly kind: 'liquidation'; readonly symbol: string }
  /** Another client of the same account trades at market. `qty` in base units, below 0 sells. */
  | { readonly kind: 'traded-by-hand'; readonly symbol: string; readonly qty: string }
  | { readonly kind: 'closed-by-hand'; readonly symbol: string }
  /** The exchange cancels the oldest open order, or the oldest stop. */
  | { readonly kind: 'order-cancelled' | 'stop-cancelled'; readonly symbol: string }
  | { readonly kind: 'listen-key-expired' };

export type Fault = RestFault | StreamFault | WorldFault;
export type FaultKind = Fault['kind'];

/** A fault that had its effect, and on what. */
export interface FiredFault {
  readonly fault: Fault;
  /** Exchange time, ms. */
  readonly at: number;
  /** The request, message or order that it met. */
  readonly met: string;
}

const REST: ReadonlySet<FaultKind> = new Set<RestFault['kind']>([
  'drop-before',
  'drop-after',
  'timeout-before',
  'timeout-after',
  'status-before',
  'status-after',
  'html-page',
  'too-many-requests',
  'banned',
  'delay-before',
  'delay-after',
]);
const STREAM: ReadonlySet<FaultKind> = new Set<StreamFault['kind']>([
  'lose-fill',
  'duplicate-fill',
  'reorder-fills',
  'late-fill',
  'missing-kline',
  'late-kline',
]);

export const isRestFault = (fault: Fault): fault is RestFault => REST.has(fault.kind);
export const isStreamFault = (fault: Fault): fault is StreamFault => STREAM.has(fault.kind);
