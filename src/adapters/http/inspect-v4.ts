import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { AnyStateNode } from 'xstate';
import { type Fact, followTap, type InspectionTap } from './inspection.ts';
import { Relay } from './relay.ts';
import { v4Config, v4Event, v4State } from './v4-config.ts';

export const V4_PATH = '/inspect/v4';

const MOST_CLIENTS = 8;
/** Nothing longer is meant for us. */
const LARGEST_MESSAGE = 16 * 1024;

interface V4Options {
  readonly tap: InspectionTap;
  /** Takes secrets out. */
  readonly clean: <T>(value: T) => T;
  readonly failed: (error: unknown) => void;
}

/**
 * The `service.*` protocol of `@xstate/inspect` 0.8, read-only: what happens in the bot as that package's receivers understand
 * it. Of what a client sends, `xstate.inspecting` begins it anew; events it would send to actors are ignored. Who may connect was
 * settled before.
 */
export class InspectV4 {
  readonly #options: V4Options;
  readonly #relay = new Relay();
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  /** Machines that were born and have no state yet. */
  readonly #unborn = new Map<string, Fact & { kind: 'born' }>();
  readonly #registered = new Set<string>();
  #unfollow: (() => void) | null = null;

  constructor(options: V4Options) {
    this.#options = options;
    if (options.tap.living === undefined) this.#follow();
  }

  get full(): boolean {
    return this.#relay.size >= MOST_CLIENTS;
  }

  /** Makes a WebSocket of a request that was found good. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => this.#serve(client));
  }

  close(): void {
    for (const client of this.#server.clients) {
      client.send(JSON.stringify({ type: 'xstate.disconnect' }));
      client.close(1001, 'the inspector is closed');
    }
    this.#stop();
  }

  #serve(socket: WebSocket): void {
    if (this.#unfollow === null) this.#follow();
    let asked = false;
    let sending = false;
    const pump = (): void => {
      if (!asked || sending || socket.readyState !== socket.OPEN) return;
      const text = client.next();
      if (text === null) return;
      sending = true;
      // The next is made when the socket has taken this one.
      socket.send(text, () => {
        sending = false;
        pump();
      });
    };
    const client = this.#relay.join(pump);
    socket.on('message', (raw) => {
      if (!asksToInspect(raw)) return;
      asked = true;
      client.beginAnew();
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#relay.leave(client);
      if (this.#relay.size === 0 && this.#options.tap.living !== undefined) this.#stop();
    });
  }

  #follow(): void {
    const { tap, clean, failed } = this.#options;
    this.#unfollow = followTap(tap, { clean, failed, tell: (fact) => this.#tell(fact) });
  }

  #stop(): void {
    this.#unfollow?.();
    this.#unfollow = null;
    this.#relay.forget();
    this.#unborn.clear();
    this.#registered.clear();
  }

  #tell(fact: Fact): void {
    const { session: sessionId } = fact;
    if (fact.kind === 'born') {
      // Its state comes with the first snapshot. What is no machine has no place in this protocol.
      if (rootNode(fact.logic) !== null) this.#unborn.set(sessionId, fact);
      return;
    }
    if (fact.kind === 'took') {
      if (!this.#registered.has(sessionId)) return;
      const event = JSON.stringify(v4Event(fact.event));
      this.#relay.say(sessionId, 'event', JSON.stringify({ type: 'service.event', event, sessionId }));
      return;
    }
    const state = JSON.stringify(v4State(fact.snapshot, sessionId, fact.event));
    const born = this.#unborn.get(sessionId);
    if (born !== undefined) {
      this.#unborn.delete(sessionId);
      this.#registered.add(sessionId);
      this.#relay.say(sessionId, 'born', this.#registration(born, state));
    } else if (this.#registered.has(sessionId)) {
      this.#relay.say(sessionId, 'state', JSON.stringify({ type: 'service.state', state, sessionId }));
    }
    if (fact.snapshot.status === 'active' || !this.#registered.delete(sessionId)) return;
    this.#relay.say(sessionId, 'end', JSON.stringify({ type: 'service.stop', sessionId }));
  }

  #registration({ session: sessionId, id, parent, logic }: Fact & { kind: 'born' }, state: string): string {
    const node = rootNode(logic);
    const machine = JSON.stringify(node === null ? { id } : this.#options.clean(v4Config(node)));
    return JSON.stringify({ type: 'service.register', machine, state, id, sessionId, parent: parent ?? undefined });
  }
}

const rootNode = (logic: unknown): AnyStateNode | null => {
  const root = (logic as { readonly root?: AnyStateNode } | undefined)?.root;
  return root?.transitions instanceof Map ? root : null;
};

function asksToInspect(raw: RawData): boolean {
  try {
    return (JSON.parse(String(raw)) as { type?: unknown } | null)?.type === 'xstate.inspecting';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
