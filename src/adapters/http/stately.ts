import type { StatelyInspectionEvent } from '@statelyai/inspect';
import type { AnyEventObject } from 'xstate';
import { CannotServe } from './cannot-serve.ts';
import { type Fact, followTap, type InspectionTap } from './inspection.ts';
import { plainConfig } from './plain-config.ts';
import { Relay, type RelayClient } from './relay.ts';

/** Conversions that may be under way: the package makes one a turn of the event loop, and holds the event meanwhile. */
const MOST_UNDER_WAY = 5000;

type Converter = Awaited<ReturnType<typeof loadStately>>;

/**
 * `@statelyai/inspect`, which an app has beside Kintsugi if it wants its inspector. Rejects with {@link CannotServe} where it
 * has not.
 */
export async function loadStately(load: () => Promise<unknown> = () => import('@statelyai/inspect')) {
  try {
    const { createInspector } = (await load()) as typeof import('@statelyai/inspect');
    return createInspector;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CannotServe(
      'The bridge to the Stately Inspector needs a package that is not installed: npm install @statelyai/inspect',
      'ERR_MODULE_NOT_FOUND',
      { cause: error },
    );
  }
}

interface BridgeOptions {
  readonly tap: InspectionTap;
  /** Takes secrets out. */
  readonly clean: <T>(value: T) => T;
  readonly failed: (error: unknown) => void;
}

/**
 * What happens in the bot, in the words of `@statelyai/inspect` 0.7: converted by that package's own `createInspector`, which is
 * given copies without secrets, so that nothing can break or leak in it. The tap is followed only while somebody listens.
 */
export class StatelyBridge {
  readonly #relay = new Relay();
  readonly #options: BridgeOptions;
  readonly #inspector: ReturnType<Converter>;
  #unfollow: (() => void) | null = null;
  #underWay = 0;
  /** What actors became while there was too much to convert: the last of each. */
  readonly #late = new Map<string, Fact>();

  constructor(createInspector: Converter, options: BridgeOptions) {
    this.#options = options;
    this.#inspector = createInspector({ send: (event) => this.#send(event) });
    if (options.tap.living === undefined) this.#follow();
  }

  /** Actors that are kept for late comers. */
  get actors(): number {
    return this.#relay.actors;
  }

  /** @param wake something waits for it */
  join(wake: () => void): RelayClient {
    if (this.#unfollow === null) this.#follow();
    return this.#relay.join(wake);
  }

  leave(client: RelayClient): void {
    this.#relay.leave(client);
    if (this.#relay.size === 0 && this.#options.tap.living !== undefined) this.close();
  }

  close(): void {
    this.#unfollow?.();
    this.#unfollow = null;
    this.#relay.forget();
    this.#late.clear();
  }

  #follow(): void {
    const { tap, clean, failed } = this.#options;
    this.#unfollow = followTap(tap, { clean, failed, tell: (fact) => this.#convert(fact) });
  }

  #convert(fact: Fact): void {
    if (this.#underWay >= MOST_UNDER_WAY && fact.kind !== 'born') {
      if (fact.kind === 'became') this.#late.set(fact.session, fact);
      return;
    }
    this.#underWay += 1;
    const inspect = this.#inspector.inspect.next;
    inspect?.(inspectionEvent(fact, this.#options.clean) as Parameters<typeof inspect>[0]);
  }

  #send(event: StatelyInspectionEvent): void {
    this.#underWay -= 1;
    // Nobody listens any more: it was under way.
    if (this.#unfollow === null) return;
    const text = JSON.stringify(event);
    const { sessionId } = event;
    if (event.type === '@xstate.actor') this.#relay.say(sessionId, 'born', text);
    else if (event.type === '@xstate.event') this.#relay.say(sessionId, 'event', text);
    else this.#relay.say(sessionId, event.snapshot.status === 'active' ? 'state' : 'end', text);
    if (this.#underWay > 0 || this.#late.size === 0) return;
    const late = [...this.#late.values()];
    this.#late.clear();
    for (const fact of late) this.#convert(fact);
  }
}

/** A fact as XState's inspection would tell it, of actors that are copies. */
function inspectionEvent(fact: Fact, clean: <T>(value: T) => T): { readonly type: string } & AnyEventObject {
  const { session: sessionId, root: rootId } = fact;
  if (fact.kind === 'took') {
    const sourceRef = fact.source === null ? undefined : { sessionId: fact.source };
    return { type: '@xstate.event', rootId, actorRef: { sessionId }, sourceRef, event: fact.event };
  }
  if (fact.kind === 'became') {
    return { type: '@xstate.snapshot', rootId, actorRef: { sessionId }, event: fact.event, snapshot: fact.snapshot };
  }
  const config = plainConfig(fact.logic);
  const actorRef = {
    sessionId,
    id: fact.id,
    _parent: fact.parent === null ? undefined : { sessionId: fact.parent },
    logic: config === null ? undefined : { config: clean(config) },
    getSnapshot: () => fact.snapshot ?? { status: 'active' },
  };
  return { type: '@xstate.actor', rootId, actorRef };
}
