/**
 * The comparison with the exchange from end to end: orders without an answer, what rests, what left unseen, what is held, the
 * money; and what is said of it. At the start, every minute, when news may have been missed, and after a repair.
 */
import type { AnyActorRef } from 'xstate';
import type { Evidence } from '../machines/messages.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { TradeFloor, TradeOffice } from './trade-office.ts';

/** The exchange is compared so often in a row while news come that may have been missed, */
const LOOKS_AT_MOST = 5;
/** and then again after this long, ms. */
const LOOK_AGAIN_MS = 2_000;
/** Between comparisons, what rests behind a position is looked at this often, ms: news that are silent tell of no stop that is gone. */
const GLANCE_EVERY_MS = 15_000;

export interface Comparison {
  /** One at a time: two would adopt the same position twice. What is asked for meanwhile is done after it. */
  compare(): Promise<void>;
  /** Looks now and then whether the stops of what is held still rest: two light questions a symbol. */
  glance(): void;
  /** Sets the books right by the exchange. Rejects when it could not be asked, or an order's fate is unknown. */
  reconcile(): Promise<Evidence>;
  /** Sees to it that a stop rests behind every position. Rejects when one is still without. */
  protect(): Promise<Evidence>;
  /** The books may be wrong; `why` where something of the exchange may have been missed. */
  doubt(why?: string): void;
  /** The exchange has answered in this life. */
  readonly recovered: boolean;
}

export interface ComparisonOffice extends Pick<TradeFloor, 'alive' | 'run' | 'tell'> {
  readonly self: () => AnyActorRef | null;
  readonly desks: () => TradeOffice;
  /** Tells the safety layer whether the books agree. */
  readonly reconciled: (ok: boolean, words: string) => void;
}

export function comparison(
  { clock }: Pick<World, 'clock'>,
  { alive, run, tell, self, desks, reconciled }: ComparisonOffice,
): Comparison {
  let recovered = false;
  /** Why the books have to be looked at once more after the comparison under way; `null`: they do not. */
  let doubted: string | null = null;
  let comparing: Promise<void> | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const doubt = (why = ''): void => {
    doubted = why;
    self()?.send({ type: 'RECONCILE' });
  };

  const catchUp = ({ book, books }: TradeOffice): Promise<void> =>
    books.catchUp(new Set(book.open().map(({ symbol }) => symbol)));

  /** The first look at the exchange of this life: signals follow their orders, and what was missed meanwhile is booked. */
  const recover = async (office: TradeOffice): Promise<void> => {
    const { history, trade, lost } = office;
    for (const signalId of [...history.trades.keys()]) trade.advance(signalId);
    await lost.find();
    if (!recovered) await catchUp(office);
    recovered = true;
  };

  /** @returns whether the exchange could be asked */
  const look = async (): Promise<boolean> => {
    const office = desks();
    const { router, books, audit, desk, funding, stops } = office;
    const why = doubted;
    doubted = null;
    lookedAt = clock.now();
    try {
      await router.ask(desk.live().filter(({ phase }) => phase === 'unknown'));
      const strays = await audit.look();
      await recover(office);
      // News may have been missed: also such as leave what is held as it was.
      if (why) await catchUp(office);
      tell('asked after every order without an answer');
      const found = [...strays, ...(await books.compare())];
      if (!alive()) return false;
      void run('asking for funding payments', funding.catchUp);
      self()?.send({ type: 'COMPARED', at: clock.now(), differences: found, foreignOrders: audit.foreign });
      const { unknown } = desk.figures();
      const open = unknown > 0 ? [...found, `the fate of ${unknown} orders is unknown`] : found;
      if (doubted === null) reconciled(open.length === 0, open.join('; ') || 'the broker holds what the log says');
      return true;
    } catch (error) {
      if (!alive()) return false;
      // What was doubted still is.
      doubted ??= why;
      self()?.send({ type: 'UNASKED', at: clock.now(), error: says(error) });
      reconciled(false, `the broker could not be asked: ${says(error)}`);
      return false;
    } finally {
      stops.tend();
    }
  };

  const lookUntilSure = async (): Promise<void> => {
    for (let looks = 0; looks < LOOKS_AT_MOST; looks++) if (!(await look()) || doubted === null) return;
    clock.setTimeout(() => alive() && self()?.send({ type: 'RECONCILE' }), LOOK_AGAIN_MS);
  };

  const glance = async (): Promise<void> => {
    try {
      await desks().audit.look();
      if (alive()) tell('looked at what rests');
    } catch {
      // What could not be looked at is compared, and the comparison says why it could not be.
      doubted ??= '';
    }
    // One that was asked for meanwhile has waited for this.
    if (alive() && doubted !== null) await lookUntilSure();
  };

  return {
    doubt,
    get recovered() {
      return recovered;
    },
    compare: () => {
      if (comparing) doubted ??= '';
      comparing ??= lookUntilSure().finally(() => {
        comparing = null;
      });
      return comparing;
    },
    glance: () => {
      if (comparing || desks().book.openCount === 0 || clock.now() - lookedAt < GLANCE_EVERY_MS) return;
      lookedAt = clock.now();
      comparing = run('looking at what rests', glance).finally(() => {
        comparing = null;
      });
    },
    reconcile: async () => {
      const { router, desk, books, audit } = desks();
      await router.ask(desk.live().filter(({ phase }) => phase !== 'writing'));
      const strays = await audit.look();
      // What fills account for is booked; what an order without an answer may have done is not guessed at.
      const evidence = await books.mend();
      const { unknown } = desk.figures();
      if (unknown > 0) throw new Error(`the fate of ${unknown} orders is still unknown; nothing was booked on a guess`);
      const words = [evidence.says, ...strays].join('; ');
      tell(words);
      // What mends is no witness of it: whether the books agree says the comparison that begins when this is answered.
      clock.setTimeout(() => alive() && doubt(), 0);
      return { says: words, figures: { ...evidence.figures, strays: strays.length } };
    },
    protect: async () => {
      const { audit, stops } = desks();
      const strays = await audit.look();
      const evidence = await stops.mend();
      doubt();
      return { ...evidence, figures: { ...evidence.figures, strays: strays.length } };
    },
  };
}
