/**
 * The effects behind the shared life (`machines/life.ts`): how a component opens, looks at its files, repairs, closes, and
 * answers its healers. A component's actor gives the functions; this file gives them to its machine.
 */
import { type AnyActorRef, type EventObject, fromCallback } from 'xstate';
import type { KnownSwitch } from '../healing/kill-switch.ts';
import type { LifeContext, RemedyOrder } from '../machines/life.ts';
import type { ActorId, Evidence, FileEvidence } from '../machines/messages.ts';
import { says } from '../ports/says.ts';
import type { Mail, World } from '../ports/world.ts';
import type { BusHistory } from './bus-history.ts';
import type { FileChanges } from './file-changes.ts';
import type { GivenNames } from './given-names.ts';
import type { Settings } from './settings.ts';

/**
 * A file a component owns, and how it looks at it; now and then thoroughly, beyond what changed.
 * `check` never throws: what it cannot find out is evidence too. */
export interface OwnedFile {
  readonly path: string;
  readonly check: (how?: 'thorough') => Promise<FileEvidence>;
}

export interface LifeWork {
  /** Opens what the component needs; a rejection means it could not, and the message says why. */
  readonly open: (self: AnyActorRef) => Promise<void>;
  /** Tells what was found while it opened: a component takes ordinary events only once it runs. */
  readonly begin?: (self: AnyActorRef) => void;
  readonly files: readonly OwnedFile[];
  /** Repairs a target named by an invariant's remedy. Resolves with what was done; rejects when it could not. */
  readonly repair: (target: string, self: AnyActorRef) => Promise<Evidence>;
  /** Finishes what is under way and closes. */
  readonly close: () => Promise<void>;
}

/** Runs a promise as a child actor: its answer is sent back unless the child was stopped meanwhile. */
const answering = <Input>(
  world: World,
  work: (input: Input, self: AnyActorRef) => Promise<EventObject>,
  failed: (error: string) => EventObject,
) =>
  fromCallback<EventObject, Input>(({ input, sendBack, self }) => {
    let wanted = true;
    const parent = (self as unknown as { _parent: AnyActorRef })._parent;
    world.pending
      .track(
        work(input, parent).then(
          (answer) => wanted && sendBack(answer),
          (error: unknown) => wanted && sendBack(failed(says(error))),
        ),
      )
      .catch((error: unknown) => world.log.error(`an answer could not be delivered: ${says(error)}`));
    return () => {
      wanted = false;
    };
  });

const unlike = (a: FileEvidence | undefined, b: FileEvidence): boolean =>
  a === undefined ||
  a.exists !== b.exists ||
  a.writable !== b.writable ||
  a.badLines !== b.badLines ||
  a.says !== b.says;

/**
 * Looks at files when they change (inotify, milliseconds) and, because such news gets lost, every `pace.lookMs`.
 * A look that finds nothing new is told only by the clockwork one, to keep the evidence fresh.
 */
const eyes = (world: World, changes: FileChanges, files: readonly OwnedFile[]) =>
  fromCallback<EventObject, null>(({ sendBack, receive }) => {
    const seen = new Map<string, FileEvidence>();
    const looking = new Set<string>();
    const again = new Set<string>();
    let wanted = true;
    const look = (file: OwnedFile, tell: 'always' | 'news'): void => {
      if (looking.has(file.path)) {
        again.add(file.path);
        return;
      }
      looking.add(file.path);
      world.pending
        .track(file.check(tell === 'always' ? 'thorough' : undefined))
        .then((evidence) => {
          const isNews = unlike(seen.get(file.path), evidence);
          seen.set(file.path, evidence);
          if (wanted && (isNews || tell === 'always')) sendBack({ type: 'FILE_SEEN', path: file.path, evidence });
        })
        .catch((error: unknown) => world.log.error(`a look at ${file.path} failed: ${says(error)}`))
        .finally(() => {
          looking.delete(file.path);
          if (again.delete(file.path) && wanted) look(file, 'always');
        });
    };
    const lookAtAll = () => {
      for (const file of files) look(file, 'always');
    };
    receive((event) => {
      if (event.type === 'LOOK') lookAtAll();
    });
    const stopListening = changes.listen((path) => {
      for (const file of files) if (file.path === path || file.path.startsWith(`${path}/`)) look(file, 'news');
    });
    let timer = world.clock.setTimeout(function tick() {
      lookAtAll();
      timer = world.clock.setTimeout(tick, world.pace.lookMs);
    }, world.pace.lookMs);
    lookAtAll();
    return () => {
      wanted = false;
      stopListening();
      world.clock.clearTimeout(timer);
    };
  });

/** By mail, so that there always is some: whoever takes nothing any more is known by what he has not taken, also where nobody else writes to him. */
const clockwork = (id: ActorId, { clock, pace }: World, mail: Mail) =>
  fromCallback<EventObject, null>(() => {
    let timer = clock.setTimeout(function tick() {
      timer = clock.setTimeout(tick, pace.checkMs);
      mail.post(id, { type: 'CHECK', at: clock.now() });
    }, pace.checkMs);
    return () => clock.clearTimeout(timer);
  });

/** What every component's actor gets. */
export interface Habitat {
  readonly world: World;
  readonly mail: Mail;
  readonly changes: FileChanges;
  /** The past of the bus; kept by signalBus. */
  readonly history: BusHistory;
  /** Over all incarnations of tradeExecution. */
  readonly givenNames: GivenNames;
  readonly settings: Settings;
  /** Written by healingOperator alone. */
  readonly killSwitch: KnownSwitch;
}

/** The implementations `machine.provide()` takes for everything in `life.ts`. */
export function lifeEffects(id: ActorId, { world, mail, changes }: Habitat, work: LifeWork) {
  let opening: Promise<unknown> = Promise.resolve();
  return {
    actors: {
      open: answering<{ incarnation: number }>(
        world,
        async (_, self) => {
          const opened = work.open(self);
          opening = opened;
          await opened;
          return { type: 'OPENED' };
        },
        (error) => ({ type: 'OPEN_FAILED', error }) as EventObject,
      ),
      eyes: eyes(world, changes, work.files),
      clockwork: clockwork(id, world, mail),
      repair: answering<{ target: string }>(
        world,
        async ({ target }, self) => ({ type: 'REPAIRED', evidence: await work.repair(target, self) }) as EventObject,
        (error) => ({ type: 'REPAIR_FAILED', error }) as EventObject,
      ),
      close: answering<null>(
        world,
        async (_, self) => {
          // Who takes nothing any more leaves it to the next: nobody would know that it was dropped.
          mail.leave(id, self);
          // Who is stopped while it opens would open the rest when all is closed, and nobody would close that.
          await Promise.allSettled([opening]);
          await work.close();
          return { type: 'CLOSED' };
        },
        (error) => {
          world.log.error(`${id} did not close cleanly: ${error}`);
          return { type: 'CLOSED' };
        },
      ),
    },
    actions: {
      begin: ({ self }: { self: unknown }) => work.begin?.(self as AnyActorRef),
      announce: ({ context, self }: { context: LifeContext; self: unknown }, { as }: { as: 'ready' | 'failed' }) =>
        mail.announce(id, context.life.incarnation, as, self),
      answer: (
        _: unknown,
        { order, done, failed }: { order: RemedyOrder | null; done: Evidence | null; failed: string | null },
      ) => {
        if (!order) return;
        const { incident } = order;
        const from = order.from as ActorId;
        if (done) mail.post(from, { type: 'REMEDY.DONE', incident, evidence: done } as { type: string });
        else mail.post(from, { type: 'REMEDY.FAILED', incident, error: failed } as { type: string });
      },
    },
  };
}
