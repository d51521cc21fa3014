/** What goes back. A text is a page of HTML, all else is JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSec?: number;
}

/** Turned away for asking too much: 429, and 418 for those who go on. */
export const turnedAway = (status: 429 | 418, retryAfterSec: number): Answer => ({
  status,
  retryAfterSec,
  body: {
    code: -1003,
    msg:
      status === 418
        ? 'Way too many requests; IP(127.0.0.1) banned. Please use the websocket for live updates to avoid bans.'
        : 'Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute. Please use the websocket for live updates to avoid polling the API.',
  },
});
