/** What became of every fault: whom it met, where that stood, and how it ended. */
import { statePath } from '../healing/status.ts';
import type { ActorId } from '../machines/messages.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Life } from './life.ts';
import type { Observer } from './observer.ts';
import type { Meeting } from './outcome.ts';

/** What breaks within this time of a fault is told as its doing, ms of the bot's time. */
const DOING_MS = 300_000;

interface Struck {
  readonly fault: FaultKind;
  readonly actor: ActorId;
  readonly state: string;
  readonly at: number;
}
interface Told {
  readonly actor: string;
  readonly openedAt: number;
  isOver: boolean;
}

/** `exitGates` is `exit_gates`, as records and status name it; the healers and the feed are named as they are there. */
export const componentOf = (actor: string): string =>
  actor === 'healingOperator' || actor === 'architectureHealing'
    ? actor
    : actor.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** An actor that is where it was has the same value, and somebody asks after every event. */
const standings = new WeakMap<object, string>();

/** Where an actor stands: its life, and while it runs what it does, or that it is being mended. */
export function standingOf(life: Life | null, actor: string): string {
  if (life === null) return 'no process';
  const snapshot = life.bot.mailboxes.ref(actor)?.getSnapshot();
  if (!snapshot) return 'not started';
  if (snapshot.status !== 'active') return snapshot.status;
  const value: unknown = snapshot.value;
  if (typeof value !== 'object' || value === null) return statePath(value);
  const standing = standings.get(value) ?? standingIn(value);
  standings.set(value, standing);
  return standing;
}

function standingIn(value: object): string {
  if (!('running' in value)) return statePath(value);
  const regions = value.running as Readonly<Record<string, unknown>>;
  if (regions.mending !== undefined && regions.mending !== 'idle') return 'running.mending';
  return `running.${statePath(regions.work ?? regions)}`;
}

export class Meetings {
  readonly #now: () => number;
  readonly #struck: Struck[] = [];
  /** Incidents by id, of all lives. */
  readonly #told = new Map<string, Told>();

  constructor(now: () => number) {
    this.#now = now;
  }

  strike(fault: FaultKind, actors: readonly ActorId[], standing: (actor: ActorId) => string): void {
    for (const actor of actors) this.#struck.push({ fault, actor, state: standing(actor), at: this.#now() });
  }

  readonly observer: Observer = {
    born: ({ bot }) => {
      bot.board.recorded.subscribe(({ incident_id, component, status }) => {
        const known = this.#told.get(incident_id);
        if (known) known.isOver = status === 'healed' || status === 'cleared';
        else this.#told.set(incident_id, { actor: component, openedAt: this.#now(), isOver: false });
      });
    },
    // What a dead process had open nobody closes: the next one finds it again, or that it is well.
    died: () => {
      for (const incident of this.#told.values()) incident.isOver = true;
    },
  };

  /** To be asked at the end. */
  verdicts(): readonly Meeting[] {
    return this.#struck.map(({ fault, actor, state, at }) => {
      const component = componentOf(actor);
      const doing = [...this.#told.values()].filter(
        (one) => one.actor === component && one.openedAt >= at && one.openedAt - at < DOING_MS,
      );
      const verdict = doing.length === 0 ? 'safe' : doing.every(({ isOver }) => isOver) ? 'healed' : 'red';
      return { fault, component, state, verdict };
    });
  }
}
