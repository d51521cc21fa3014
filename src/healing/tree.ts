import type { AnyStateMachine } from 'xstate';
import type { LifeInput } from '../machines/life.ts';
import { type Intensity, RESTART_INTENSITY } from './budget.ts';
import { type Child, type ChildSpec, withDependants } from './child.ts';
import type { Exit } from './exit.ts';
import { WATCHED_MS } from './health.ts';
import type { Mailboxes } from './mailbox.ts';
import { type Group, idsIn, isGroup, type Part, partsIn, rulesOf, specOfPart, specOfSupervisor } from './parts.ts';
import type { Rules } from './strategy.ts';
import type { Happening } from './supervision.ts';
import { supervisor } from './supervisor.ts';

interface Grown {
  readonly id: string;
  readonly children: readonly (Part | Group)[];
  readonly rules: Partial<Rules>;
  readonly mailboxes: Mailboxes;
  readonly now: () => number;
  readonly chance: () => number;
  readonly happens: (happening: Happening) => void;
}

/**
 * The supervisors of an app, one above another. A supervisor that is restarted begins anew and knows nothing; what is known of
 * its children over all their incarnations, and what they kept, is here.
 */
export class Tree {
  readonly ids: readonly string[];
  readonly parts: readonly string[];
  readonly groups: readonly string[];
  /** Makes the topmost supervisor. */
  readonly logic: () => AnyStateMachine;
  readonly #top: string;
  readonly #mailboxes: Mailboxes;
  readonly #above = new Map<string, string>();
  readonly #specs = new Map<string, readonly ChildSpec[]>();
  readonly #intensities = new Map<string, Intensity>();
  readonly #births = new Map<string, number>();
  readonly #restartedAt = new Map<string, number>();
  /** Groups that gave up, and that nobody brings back. */
  readonly #gaveUp = new Set<string>();
  /** Those whose next incarnation is not to go on from what the one before it kept. */
  readonly #anew = new Set<string>();

  constructor({ id, children, rules, ...world }: Grown) {
    this.#top = id;
    this.#mailboxes = world.mailboxes;
    this.ids = idsIn(children);
    this.parts = partsIn(children).map((part) => part.id);
    this.groups = this.ids.filter((one) => !this.parts.includes(one));
    const happens = (happening: Happening): void => {
      this.#note(happening, world.now());
      world.happens({ ...happening, incarnation: this.#births.get(happening.id) ?? happening.incarnation });
    };
    const grow = (above: string, below: readonly (Part | Group)[], own: Partial<Rules>): (() => AnyStateMachine) => {
      for (const one of below) this.#above.set(one.id, above);
      const specs = below.map((one) =>
        isGroup(one)
          ? specOfSupervisor(one.id, grow(one.id, one.children, rulesOf(one)), one.restart)
          : this.#specOf(one),
      );
      this.#specs.set(above, specs);
      if (own.intensity) this.#intensities.set(above, own.intensity);
      return () => supervisor({ id: above, specs, ...world, happens, ...own });
    };
    this.logic = grow(id, children, rules);
  }

  /** What its supervisor knows of it; `undefined` while there is none to ask. */
  child(id: string): Child | undefined {
    const above = this.#above.get(id);
    const snapshot = above === undefined ? undefined : this.#mailboxes.ref(above)?.getSnapshot();
    if (snapshot?.status !== 'active') return undefined;
    const child = (snapshot.context.children as readonly Child[]).find((one) => one.id === id);
    const incarnation = this.#births.get(id) ?? 0;
    return child === undefined || child.incarnation === incarnation ? child : { ...child, incarnation };
  }

  supervisorOf(id: string): string | null {
    return this.#above.get(id) ?? null;
  }

  /** The group it stands in, `null` for those that stand in none. */
  groupOf(id: string): string | null {
    const above = this.supervisorOf(id);
    return above === this.#top ? null : above;
  }

  /** Whether it is to run. Of what is below a group that is just not up, nothing else can be known. */
  isWanted(id: string): boolean {
    const group = this.groupOf(id);
    if (group !== null) {
      if (!this.isWanted(group)) return false;
      if (this.child(group)?.phase !== 'ready') return true;
    }
    return this.child(id)?.wanted !== 'down' || this.#gaveUp.has(id);
  }

  hasGivenUp(id: string): boolean {
    return this.#gaveUp.has(id);
  }

  /** Nobody is to miss it any more. */
  letGo(id: string): void {
    this.#gaveUp.delete(id);
  }

  births(id: string): number {
    return this.#births.get(id) ?? 0;
  }

  restartedAt(id: string): number | null {
    return this.#restartedAt.get(id) ?? null;
  }

  /** Who lives so long each time is not given up by its supervisor, ms: who ends sooner is again. */
  lastsMs(id: string): number {
    const { most, withinMs } = this.#intensities.get(this.#above.get(id) ?? '') ?? RESTART_INTENSITY;
    return Math.min(withinMs / (most + 1), WATCHED_MS);
  }

  /** Who is stopped by its restart, itself first. */
  restartedWith(id: string, scope: 'one' | 'rest'): readonly string[] {
    return [id, ...this.#along(id, scope).filter((one) => one !== id)].flatMap((one) => [one, ...this.#below(one)]);
  }

  /** How long its restart may take until it is up again, ms; `Infinity` where it may take for ever to start. */
  restartMs(id: string, scope: 'one' | 'rest'): number {
    return this.#starts(id) + this.#along(id, scope).reduce((ms, one) => ms + this.#stops(one), 0);
  }

  /** Its next incarnation, or those of all below it, begins without what was kept. */
  beginAnew(id: string): void {
    for (const one of [id, ...this.#below(id)]) this.#anew.add(one);
  }

  #along(id: string, scope: 'one' | 'rest'): readonly string[] {
    return scope === 'rest' ? withDependants(this.#specs.get(this.#above.get(id) ?? '') ?? [], id) : [id];
  }

  #starts(id: string): number {
    const below = this.#specs.get(id);
    if (below) return below.reduce((ms, one) => ms + this.#starts(one.id), 0);
    return this.#specOfId(id)?.startWithinMs ?? 0;
  }

  #stops(id: string): number {
    const below = this.#specs.get(id);
    if (below) return below.reduce((ms, one) => ms + this.#stops(one.id), 0);
    return this.#specOfId(id)?.stopWithinMs ?? 0;
  }

  #specOfId(id: string): ChildSpec | undefined {
    return this.#specs.get(this.#above.get(id) ?? '')?.find((spec) => spec.id === id);
  }

  #specOf(part: Part): ChildSpec {
    const spec = specOfPart(part);
    const { id, input = (birth: LifeInput) => birth } = spec;
    const numbered = (birth: LifeInput): LifeInput => ({ ...birth, incarnation: this.births(id) });
    return {
      ...spec,
      logic: (birth) => {
        if (this.#anew.delete(id)) spec.keepsake?.beginAnew();
        return spec.logic(numbered(birth));
      },
      input: (birth) => input(numbered(birth)),
    };
  }

  #note(happening: Happening, now: number): void {
    const { id } = happening;
    if (happening.type === 'started') {
      this.#gaveUp.delete(id);
      this.#births.set(id, this.births(id) + 1);
      if (this.births(id) > 1) this.#restartedAt.set(id, now);
    }
    if (happening.type === 'ended' && this.#specs.has(id)) this.#noteGroupEnd(id, happening.exit.reason);
  }

  #noteGroupEnd(id: string, reason: Exit['reason']): void {
    const before = this.child(id);
    const restart = this.#specOfId(id)?.restart;
    // It was not told to: a permanent one is its supervisor's to bring back, or to give up.
    const isGivenUp = reason === 'shutdown' && before?.wanted === 'up' && before.phase !== 'stopping';
    if (isGivenUp && restart !== 'permanent') this.#gaveUp.add(id);
  }

  /** All below a group, groups too. */
  #below(id: string): readonly string[] {
    return (this.#specs.get(id) ?? []).flatMap((one) => [one.id, ...this.#below(one.id)]);
  }
}
