/**
 * What XState's inspection tells, kept: who lives, in which state, and what happened last. It runs in the path of every event,
 * so it counts and points and does little else: what costs (redaction, cutting, text) is done when somebody asks or listens.
 */
import type { AnyActorRef, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import type { Glimpse } from '../healing/inspecting.ts';
import { acceptedBy } from './accepts.ts';
import { type Allowance, allowance } from './allowance.ts';
import { AtWork } from './at-work.ts';
import type { ActorDetail, ActorEvent, ActorView, MachineView } from './contract/actors.ts';
import { digest } from './digest.ts';
import { countVisits, type Entry, isListed, NO_STEP, NONE, type Recorded, senderOf, takenIn } from './entry.ts';
import {
  contextOf,
  isIdle,
  isMachineSnapshot,
  nodesOf,
  rootOf,
  type Status,
  snapshotOf,
  stateOf,
  statusOf,
} from './insides.ts';
import { MachineBook } from './machine-book.ts';
import type { Change, Recorder, RecorderLimits, RecorderOptions } from './recording.ts';
import { Ring } from './ring.ts';
import { Roster } from './roster.ts';
import { type Delta, Sampler } from './sampler.ts';
import type { InspectionTap } from './tap.ts';
import { CONTEXT, changeOf, EVENT, told, toldContext, toldError } from './tell.ts';

export type { Change, Recorder, RecorderLimits, RecorderOptions } from './recording.ts';

const LIMITS: RecorderLimits = {
  events: 5_000,
  perActor: 100,
  gone: 200,
  copies: { perSecond: 150, burst: 300 },
  still: { perSecond: 500, burst: 1_000 },
};

const isInner = (type: string): boolean => type === 'xstate.init' || type === 'xstate.stop';

/** State values are texts, or objects of them. */
function sameState(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  let keys = 0;
  for (const key in a) {
    if (!sameState((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
    keys++;
  }
  for (const _ in b) keys--;
  return keys === 0;
}
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class LiveRecorder implements Recorder {
  readonly #options: RecorderOptions;
  readonly #limits: RecorderLimits;
  readonly #roster: Roster;
  readonly #machines = new MachineBook();
  readonly #ring: Ring<Recorded>;
  readonly #sampler: Sampler;
  readonly #copies: Allowance;
  readonly #still: Allowance;
  readonly #observers = new Set<(event: InspectionEvent) => void>();
  readonly #changes = new Set<(change: Change) => void>();
  readonly #atWork = new AtWork();
  #seq = 0;
  #failed = false;
  readonly tap: InspectionTap;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#ring = new Ring(this.#limits.events);
    this.#copies = allowance(() => options.timer.now(), this.#limits.copies);
    this.#still = allowance(() => options.timer.now(), this.#limits.still);
    this.#roster = new Roster({
      now: options.now,
      machines: this.#machines,
      perActor: this.#limits.perActor,
      gone: this.#limits.gone,
      found: (entry, status) => this.#end(entry, status),
    });
    this.#sampler = new Sampler({
      timer: options.timer,
      roster: this.#roster,
      view: (entry) => this.#view(entry),
      isListed,
      outside: (id) => {
        const { health, mail } = this.#about(id);
        return `${health ?? ''}${mail?.held ?? ''}`;
      },
      since: (seq) => this.#ring.toArray().filter((event) => event.seq > seq),
      tell: (event) => told(event, this.#options.redact),
      failed: (error) => this.#fail(error),
    });
    for (const machine of options.machines ?? []) this.#machines.idOf(machine);
    this.tap = {
      subscribe: (observer) => {
        this.#observers.add(observer);
        return () => void this.#observers.delete(observer);
      },
      living: () => this.#roster.refs(),
    };
  }

  readonly inspect = (event: Glimpse): void => {
    try {
      const ref = event.actorRef as AnyActorRef;
      if (event.type === '@xstate.event') this.#sent(ref, event.sourceRef as AnyActorRef | undefined, event.event);
      else if (event.type === '@xstate.microstep') this.#stepped(ref, event._transitions);
      else if (event.type === '@xstate.snapshot') this.#took(ref, event.event, event.snapshot);
      else if (event.type === '@xstate.actor') this.#roster.enter(ref);
      if (this.#observers.size > 0) this.#pass({ ...event, rootId: rootOf(ref) });
    } catch (error) {
      this.#fail(error);
    }
  };

  #sent(ref: AnyActorRef, source: AnyActorRef | undefined, event: { readonly type: string }): void {
    const target = this.#roster.of(ref) ?? this.#late(ref);
    const last = this.#atWork.last();
    const from = source === undefined ? last : this.#roster.of(source);
    if (target !== undefined) {
      const isOwn = from === target && event.type.startsWith('xstate.');
      const sender = from === undefined || isOwn ? null : from.id;
      if (isIdle(ref)) {
        target.taking = event;
        target.sender = sender;
        this.#atWork.begin(target);
      } else target.untaken.push(event, sender);
    }
    if (source === undefined || from === undefined || source === ref || statusOf(source) !== 'error') return;
    if (event.type.startsWith('xstate.error.actor.')) this.#end(from, 'error');
  }

  #stepped(ref: AnyActorRef, transitions: readonly AnyTransitionDefinition[]): void {
    if (transitions.length === 0) return;
    const entry = this.#of(ref);
    if (entry !== undefined) countVisits(entry, transitions);
  }

  #took(ref: AnyActorRef, event: { readonly type: string }, snapshot: unknown): void {
    const entry = this.#of(ref) ?? this.#late(ref);
    if (entry === undefined) return;
    const { type } = event;
    const { status } = snapshot as { readonly status: Status };
    const after = type === 'xstate.stop' ? 'stopped' : status;
    if (!this.#passes(entry, event, snapshot, after)) this.#note(entry, event, snapshot, after);
    this.#atWork.took(entry);
    if (after !== 'active') this.#leave(entry, snapshot);
  }

  /** Most that is told is of who began last. */
  #of(ref: AnyActorRef): Entry | undefined {
    const { top } = this.#atWork;
    return top?.ref === ref ? top : this.#roster.of(ref);
  }

  /** An actor nobody told of before: the inspector came late. What is over already is not entered. */
  #late(ref: AnyActorRef): Entry | undefined {
    return statusOf(ref) === 'active' ? this.#roster.enter(ref) : undefined;
  }

  /** It is over, though no snapshot says so. */
  #end(entry: Entry, status: Status): void {
    const snapshot = entry.ref === null ? undefined : snapshotOf(entry.ref);
    if (entry.born)
      this.#note(entry, (entry.taking ?? entry.untaken.first) as { type: string } | undefined, snapshot, status);
    else entry.status = status;
    this.#leave(entry, snapshot);
  }

  /** Of what comes faster than anybody reads, what changed no state is counted alone. @returns whether it was only counted */
  #passes(entry: Entry, event: { readonly type: string }, snapshot: unknown, status: Status): boolean {
    if (!entry.born || nodesOf(snapshot) !== entry.nodes || status !== entry.status || this.#still.take()) return false;
    entry.events++;
    entry.step = NO_STEP;
    senderOf(entry, event);
    this.#sampler.touched(entry, ++this.#seq);
    return true;
  }

  #note(entry: Entry, event: { readonly type: string } | undefined, snapshot: unknown, status: Status): void {
    const at = this.#options.now();
    const type = event?.type ?? `xstate.${status}`;
    const was = entry.born ? entry.value : null;
    const nodes = nodesOf(snapshot);
    let changed = false;
    if (nodes !== entry.nodes || !entry.born) {
      const value = stateOf(snapshot);
      changed = !sameState(value, was);
      if (changed) entry.value = value;
      entry.nodes = nodes;
    }
    const isBirth = !entry.born;
    entry.born = true;
    if (changed || isBirth) entry.since = at;
    const isEnd = status !== entry.status;
    entry.status = status;
    entry.taken = takenIn(entry);
    entry.step = NO_STEP;
    if (!isInner(type)) entry.events++;
    const from = event === undefined ? null : senderOf(entry, event);
    if (entry.last !== null) entry.last.raw = null;
    const copied = event !== undefined && this.#copies.take();
    const recorded: Recorded = {
      seq: ++this.#seq,
      at,
      from,
      to: entry.id,
      type,
      value: entry.value,
      changed,
      taken: entry.taken,
      payload: copied ? digest(event, EVENT) : undefined,
      raw: copied ? null : (event ?? null),
    };
    entry.last = recorded;
    entry.log.push(recorded);
    this.#ring.push(recorded);
    this.#sampler.touched(entry, recorded.seq);
    if (this.#changes.size > 0 && (changed || isBirth || isEnd)) {
      const change = changeOf(entry, at, type, from, was, contextOf(snapshot));
      for (const listener of this.#changes) listener(change);
    }
  }

  #leave(entry: Entry, snapshot: unknown): void {
    const { error } = (snapshot ?? {}) as { readonly error?: unknown };
    if (error !== undefined) entry.error = words(error);
    if (this.#copies.take()) entry.context = digest(contextOf(snapshot), CONTEXT);
    if (entry.last !== null) entry.last.raw = null;
    for (const id of this.#roster.leave(entry)) this.#sampler.forgotten(id);
    if (!isListed(entry)) this.#sampler.forgotten(entry.id);
  }

  #pass(event: InspectionEvent): void {
    for (const observer of this.#observers) {
      try {
        observer(event);
      } catch (error) {
        this.#observers.delete(observer);
        this.#fail(error);
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.failed?.(`the inspector's recorder failed and goes on: ${words(error)}. Later failures are not told`);
  }

  #about(id: string): Pick<ActorView, 'health' | 'mail'> {
    return this.#options.about?.(id) ?? { health: null, mail: null };
  }

  #view({ id, parent, machine, status, value, incarnation, events, taken, since }: Entry): ActorView {
    return { id, parent, machine, status, value, incarnation, ...this.#about(id), events, taken, since };
  }

  actors(): readonly ActorView[] {
    this.#roster.lookThrough();
    return this.#roster
      .all()
      .filter(isListed)
      .map((entry) => this.#view(entry));
  }

  actor(id: string): ActorDetail | null {
    this.#roster.lookThrough();
    const entry = this.#roster.byId(id);
    if (entry === undefined || !entry.born) return null;
    const { redact } = this.#options;
    const snapshot = entry.ref === null ? undefined : snapshotOf(entry.ref);
    const context = entry.ref === null ? entry.context : contextOf(snapshot);
    return {
      ...this.#view(entry),
      context: toldContext(context, redact),
      ...toldError(entry.error, redact),
      log: entry.log.toArray().map((event) => told(event, this.#options.redact)),
      accepts: isMachineSnapshot(snapshot) ? acceptedBy(snapshot) : NONE,
      visits: Object.fromEntries([...entry.visits.values()].map(({ id, times }) => [id, times])),
    };
  }

  events({ actor, after, limit }: Parameters<Recorder['events']>[0]): readonly ActorEvent[] {
    const kept = new Map<number, Recorded>();
    // A quiet actor's events have long left the common ring.
    if (actor !== undefined)
      for (const event of this.#roster.byId(actor)?.log.toArray() ?? []) kept.set(event.seq, event);
    for (const event of this.#ring.toArray()) if (actor === undefined || event.to === actor) kept.set(event.seq, event);
    const all = [...kept.values()].sort((a, b) => a.seq - b.seq);
    const most = Math.max(0, Math.floor(limit));
    const asked =
      after === undefined
        ? all.slice(Math.max(0, all.length - most))
        : all.filter(({ seq }) => seq > after).slice(0, most);
    return asked.map((event) => told(event, this.#options.redact));
  }

  machines(): readonly MachineView[] {
    return this.#machines.views();
  }

  follow(listener: (delta: Delta) => void): () => void {
    return this.#sampler.follow(listener);
  }

  onChange(listener: (change: Change) => void): () => void {
    const own = (change: Change): void => {
      try {
        listener(change);
      } catch (error) {
        this.#fail(error);
      }
    };
    this.#changes.add(own);
    return () => void this.#changes.delete(own);
  }

  present(): readonly Change[] {
    this.#roster.lookThrough();
    const at = this.#options.now();
    return this.#roster
      .all()
      .filter(isListed)
      .map((entry) =>
        changeOf(
          entry,
          at,
          '',
          null,
          entry.value,
          entry.ref === null ? entry.context : contextOf(snapshotOf(entry.ref)),
        ),
      );
  }

  ref(id: string): AnyActorRef | null {
    return this.#roster.byId(id)?.ref ?? null;
  }
}

/** A recorder of its own for one app: give its `inspect` to the root actor. */
export const createRecorder = (options: RecorderOptions): Recorder => new LiveRecorder(options);
