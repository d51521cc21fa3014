import type { ServerResponse } from 'node:http';

/** What is written to one who listens. */
export interface Outlet {
  /** The next piece of text; `null`: nothing waits. */
  next(): string | null;
  /** Nothing comes after what was given: the stream ends. */
  readonly over: boolean;
  /** It listens no more. Called once. */
  left(): void;
}

export interface Listener {
  /** Something may be there for it. */
  wake(): void;
}

export interface ListenersOptions {
  /** In all, over every stream of the server. */
  readonly most?: number;
  readonly keepAliveMs?: number;
  /** How long one may take nothing of what is written to it. */
  readonly stalledMs?: number;
}

const SSE_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // A proxy that collects or packs what is told would hold it back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

interface Open {
  readonly response: ServerResponse;
  readonly outlet: Outlet;
  /** It has what the socket took; the rest waits for `drain`. */
  stalledSince: number | null;
}

/**
 * The streams of server-sent events that are open. Each is written as fast as its reader takes it and no faster: while the
 * socket is full nothing is made for it, so a slow reader costs the one piece that is on its way.
 */
export class Listeners {
  readonly #most: number;
  readonly #keepAliveMs: number;
  readonly #stalledMs: number;
  readonly #open = new Set<Open>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ most = 32, keepAliveMs = 15_000, stalledMs = 60_000 }: ListenersOptions = {}) {
    this.#most = most;
    this.#keepAliveMs = keepAliveMs;
    this.#stalledMs = stalledMs;
  }

  get size(): number {
    return this.#open.size;
  }

  get full(): boolean {
    return this.#open.size >= this.#most;
  }

  get most(): number {
    return this.#most;
  }

  /** Begins a stream. Its first piece is written when it is woken. */
  open(response: ServerResponse, outlet: Outlet): Listener {
    const open: Open = { response, outlet, stalledSince: null };
    this.#open.add(open);
    if (response.destroyed) {
      // Who asked is gone again.
      this.#left(open);
      return { wake: () => undefined };
    }
    response.writeHead(200, SSE_HEADERS);
    response.flushHeaders();
    // It went while something was written to it; `close` comes after that.
    response.on('error', () => response.destroy());
    response.on('close', () => this.#left(open));
    response.on('drain', () => {
      open.stalledSince = null;
      this.#write(open);
    });
    this.#timer ??= setInterval(() => this.#beat(), this.#keepAliveMs).unref();
    return { wake: () => this.#write(open) };
  }

  /** Ends all when they have taken what waits, but at most after `withinMs`. */
  async end(withinMs: number): Promise<void> {
    const ended = [...this.#open].map(
      (open) =>
        new Promise<void>((resolve) => {
          open.response.once('close', () => resolve());
          this.#write(open);
          if (!open.response.writableEnded) open.response.end();
        }),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([Promise.all(ended), late]);
    clearTimeout(timer);
    for (const open of [...this.#open]) {
      open.response.destroy();
      this.#left(open);
    }
  }

  #write(open: Open): void {
    const { response, outlet } = open;
    while (open.stalledSince === null && !response.writableEnded && !response.destroyed) {
      const text = outlet.next();
      if (text === null) break;
      if (!response.write(text)) open.stalledSince = performance.now();
    }
    if (outlet.over && open.stalledSince === null && !response.writableEnded) response.end();
  }

  /** A comment keeps proxies from closing an idle stream. One that takes nothing for a minute is let go: its page comes again. */
  #beat(): void {
    for (const open of [...this.#open]) {
      if (open.stalledSince === null && !open.response.writableEnded) {
        if (!open.response.write(': still here\n\n')) open.stalledSince = performance.now();
      } else if (open.stalledSince === null || performance.now() - open.stalledSince >= this.#stalledMs)
        open.response.destroy();
    }
  }

  #left(open: Open): void {
    if (!this.#open.delete(open)) return;
    if (this.#open.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    open.outlet.left();
  }
}
