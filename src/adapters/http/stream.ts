import type { ServerResponse } from 'node:http';
import type { StreamEvent } from '../../inspector/contract.ts';
import type { InspectorSource } from '../../inspector/source.ts';
import { Waiting } from './conflate.ts';
import type { Listener, Listeners } from './listeners.ts';

interface Client {
  readonly waiting: Waiting;
  listener: Listener | null;
  greeted: boolean;
  over: boolean;
}

interface HubOptions {
  readonly source: InspectorSource;
  readonly listeners: Listeners;
  /** Takes secrets out, before anything waits anywhere. */
  readonly clean: <T>(value: T) => T;
  /** Something of the source broke while it was told. */
  readonly failed: (error: unknown) => void;
}

/**
 * `/api/stream`: what the source tells, to all who listen. The source is followed once, and only while somebody does. Every
 * client has a queue of its own ({@link Waiting}), so none waits for another.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #clients = new Set<Client>();
  #unfollow: (() => void) | null = null;
  /** Why there is nothing to tell any more; `null`: there is. */
  #ended: string | null = null;
  #id = 0;
  #dropped = 0;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Events that clients were not told since they were too slow, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Whoever asks is told from now on. Throws what the source throws; nobody listens then. */
  join(response: ServerResponse): void {
    const client: Client = {
      waiting: new Waiting(() => this.#hello()),
      listener: null,
      greeted: false,
      over: false,
    };
    this.#clients.add(client);
    try {
      if (this.#ended !== null) client.waiting.offer({ type: 'bye', reason: this.#ended });
      else {
        this.#unfollow ??= this.#follow();
        if (!client.greeted) client.waiting.offer(this.#hello());
      }
    } catch (error) {
      this.#leave(client);
      throw error;
    }
    const next = () => this.#next(client);
    client.listener = this.#options.listeners.open(response, {
      next,
      get over() {
        return client.over;
      },
      left: () => this.#leave(client),
    });
    client.listener.wake();
  }

  /** All are told why it ends, those too who come afterwards: what is over is not followed any more. */
  bye(reason: string): void {
    this.#ended ??= reason;
    this.#tell({ type: 'bye', reason });
    this.#stop();
  }

  #next(client: Client): string | null {
    const event = this.#take(client);
    if (event === null) return null;
    if (event.type === 'bye') client.over = true;
    if (event.type === 'events') this.#dropped += event.dropped;
    this.#id += 1;
    return `id: ${this.#id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #take(client: Client): StreamEvent | null {
    try {
      return client.waiting.take();
    } catch (error) {
      // A hello that could not be made. Its page comes again by itself.
      this.#options.failed(error);
      client.over = true;
      return null;
    }
  }

  #follow(): () => void {
    return this.#options.source.follow((event) => {
      try {
        this.#tell(this.#options.clean(event));
      } catch (error) {
        // Who tells is the bot: what breaks here must not come back to it.
        this.#options.failed(error);
      }
    });
  }

  #tell(event: StreamEvent): void {
    for (const client of this.#clients) {
      if (event.type === 'hello') client.greeted = true;
      // Followed while another was being greeted: the hello comes first, and it holds what this tells.
      else if (!client.greeted && client.listener === null) continue;
      client.waiting.offer(event);
      client.listener?.wake();
    }
  }

  #hello(): StreamEvent & { type: 'hello' } {
    const { source, clean } = this.#options;
    return clean({ type: 'hello', overview: source.overview(), actors: source.actors() });
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#stop();
  }

  #stop(): void {
    const unfollow = this.#unfollow;
    this.#unfollow = null;
    unfollow?.();
  }
}
