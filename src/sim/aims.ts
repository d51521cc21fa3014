/** Faults, and what brings their moments about, that wait for an actor to come into a state. */
import { type ActorId, actorOf, COMPONENTS } from '../machines/messages.ts';
import type { Chance } from '../ports/chance.ts';
import type { AimedChance } from './faults/fault.ts';
import { meets } from './faults/owners.ts';
import type { Life } from './life.ts';
import { standingOf } from './meetings.ts';
import type { Prompt, ScriptedFault } from './script.ts';
import { statesIn } from './standings.ts';

export type Waiting = ScriptedFault | Prompt;

export class Aims {
  readonly #waiting = new Map<string, Waiting[]>();

  wait(one: Waiting): void {
    if (!one.aim) return;
    const { actor } = one.aim;
    this.#waiting.set(actor, [...(this.#waiting.get(actor) ?? []), one]);
  }

  /** Whether any waits for this actor. */
  awaits(actor: string): boolean {
    return (this.#waiting.get(actor)?.length ?? 0) > 0;
  }

  /**
   * Has all happen that waits for this, and of those that wait in turn the first that finds something to strike.
   * @param happens whether it found something
   */
  meet(actor: string, life: Life, happens: (one: Waiting) => boolean): void {
    const waiting = this.#waiting.get(actor);
    if (waiting === undefined) return;
    const states = statesIn(standingOf(life, actor));
    const here = waiting.filter(({ aim }) => aim !== undefined && states.includes(aim.state));
    const done = new Set(here.filter(({ aim }) => !aim?.inTurn));
    // What it does may have others wait.
    this.#waiting.set(
      actor,
      waiting.filter((one) => !done.has(one)),
    );
    for (const one of done) happens(one);
    const struck = here.find((one) => one.aim?.inTurn && happens(one));
    if (struck === undefined) return;
    this.#waiting.set(actor, this.#waiting.get(actor)?.filter((one) => one !== struck) ?? []);
  }

  /** Nothing of what waits will strike. */
  forget(): void {
    this.#waiting.clear();
  }
}

const COMPONENT_ACTORS = new Map<unknown, ActorId>(COMPONENTS.map((component) => [component, actorOf(component)]));

/** Chance that strikes this actor where it can: it picks the actor itself, or a file that is its own. */
export const aimedAt = (actor: ActorId, chance: Chance): AimedChance => ({
  next: () => chance.next(),
  gaussian: () => chance.gaussian(),
  hex: (digits) => chance.hex(digits),
  uuid: () => chance.uuid(),
  fork: (name) => chance.fork(name),
  likes: (one) =>
    one === actor ||
    COMPONENT_ACTORS.get(one) === actor ||
    // A question, and who is asked.
    (Array.isArray(one) && one[0] === actor) ||
    (typeof one === 'string' && one.includes('/') && meets(one) === actor),
});
