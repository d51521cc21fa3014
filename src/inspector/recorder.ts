/**
 * What XState's inspection tells, kept: who lives, in which state, and what happened last. It runs in the path of every event,
 * so it counts and points and does little else: what costs (redaction, cutting, text) is done when somebody asks or listens.
 */
import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { Glimpse } from '../healing/inspecting.ts';
import { acceptedBy } from './accepts.ts';
import { type Allowance, allowance } from './allowance.ts';
import { AtWork, type Sender, type Work } from './at-work.ts';
import type { ActorDetail, ActorEvent, ActorView, MachineView } from './contract/actors.ts';
import { digest } from './digest.ts';
import {
  countVisits,
  type Entry,
  idsOf,
  isListed,
  NO_STEPS,
  NONE,
  type Recorded,
  STEPS_AT_MOST,
  type Steps,
  withSteps,
} from './entry.ts';
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
import { sameState } from './same-state.ts';
import { type Delta, Sampler } from './sampler.ts';
import { Tally } from './tally.ts';
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
  readonly #atWork = new AtWork((work) => this.#dropped(work));
  readonly #tally = new Tally((ref, steps) => this.#count(ref, steps));
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
      settle: () => this.#tally.settle(),
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
      else if (event.type === '@xstate.actor') {
        this.#tally.settle();
        this.#roster.enter(ref);
      }
      if (this.#observers.size > 0) this.#pass({ ...event, rootId: rootOf(ref) });
    } catch (error) {
      this.#fail(error);
    }
  };

  #sent(ref: AnyActorRef, source: AnyActorRef | undefined, event: { readonly type: string }): void {
    const last = this.#atWork.last();
    const sender = source === undefined ? last : this.#named(source);
    if (!isIdle(ref) || !this.#atWork.begin(ref, event, sender, snapshotOf(ref))) {
      const target = this.#roster.of(ref) ?? this.#late(ref);
      target?.untaken.push(event, this.#senderOf(event, sender, target));
    }
    if (source === undefined || source === ref || statusOf(source) !== 'error') return;
    const from = this.#roster.of(source);
    if (from !== undefined && event.type.startsWith('xstate.error.actor.')) this.#end(from, 'error');
  }

  /** Who is over will soon be known no more: of him the id is kept. */
  #named(source: AnyActorRef): Sender {
    return statusOf(source) === 'active' ? source : this.#roster.of(source)?.id;
  }

  /** @returns `null` for what nobody sent, and for what an actor was sent by itself in XState's name */
  #senderOf({ type }: { readonly type: string }, sender: Sender, target: Entry): string | null {
    if (sender === undefined) return null;
    const id = typeof sender === 'string' ? sender : this.#roster.of(sender)?.id;
    return id === undefined || (id === target.id && type.startsWith('xstate.')) ? null : id;
  }

  #stepped(ref: AnyActorRef, transitions: Steps): void {
    if (transitions.length === 0) return;
    const work = this.#atWork.of(ref);
    if (work !== undefined && work.steps.length < STEPS_AT_MOST) {
      work.steps = withSteps(work.steps, transitions);
      return;
    }
    const entry = this.#roster.of(ref);
    if (entry === undefined) return;
    if (work === undefined && entry.steps.length < STEPS_AT_MOST) entry.steps = withSteps(entry.steps, transitions);
    else countVisits(entry, transitions);
  }

  #took(ref: AnyActorRef, event: { readonly type: string }, snapshot: unknown): void {
    const work = this.#atWork.of(ref);
    const { status } = snapshot as { readonly status: Status };
    const after = event.type === 'xstate.stop' ? 'stopped' : status;
    const isSame = work !== undefined && after === 'active' && nodesOf(snapshot) === nodesOf(work.before);
    if (isSame && !this.#still.take()) {
      // Of what comes faster than anybody reads, what changed no state is counted alone.
      if (work.event !== event) this.#roster.of(ref)?.untaken.take(event);
      this.#seq++;
      this.#tally.add(ref, work.steps);
    } else {
      const entry = this.#roster.of(ref) ?? this.#late(ref, work?.before);
      if (entry !== undefined) this.#note(entry, event, snapshot, after, work);
      if (entry !== undefined && after !== 'active') this.#leave(entry, snapshot);
    }
    if (work !== undefined) this.#atWork.took(work, snapshot);
  }

  /** It ended without a word: what it was at is kept until it is known that it is over. */
  #dropped({ ref, event, sender, steps }: Work): void {
    const entry = ref === null ? undefined : this.#roster.of(ref);
    if (entry === undefined) return;
    entry.steps = withSteps(entry.steps, steps);
    if (event !== null) entry.untaken.push(event, this.#senderOf(event as { type: string }, sender, entry));
  }

  #count(ref: AnyActorRef, steps: Steps): void {
    const entry = this.#roster.of(ref) ?? this.#late(ref);
    if (entry === undefined) return;
    entry.events++;
    countVisits(entry, steps);
    this.#sampler.touched(entry, this.#seq);
  }

  /** An actor nobody told of before: the inspector came late. What is over already is not entered. */
  #late(ref: AnyActorRef, before?: unknown): Entry | undefined {
    if (statusOf(ref) !== 'active') return undefined;
    const entry = this.#roster.enter(ref);
    if (before !== undefined) {
      entry.value = stateOf(before);
      entry.nodes = nodesOf(before);
    }
    return entry;
  }

  /** It is over, though no snapshot says so. */
  #end(entry: Entry, status: Status): void {
    const snapshot = entry.ref === null ? undefined : snapshotOf(entry.ref);
    const work = entry.ref === null ? undefined : this.#atWork.find(entry.ref);
    const event = (work?.event ?? entry.untaken.first) as { type: string } | undefined;
    if (entry.born) this.#note(entry, event, snapshot, status, work);
    else entry.status = status;
    this.#leave(entry, snapshot);
  }

  #note(
    entry: Entry,
    event: { readonly type: string } | undefined,
    snapshot: unknown,
    status: Status,
    work: Work | undefined,
  ): void {
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
    const steps = work === undefined ? entry.steps : withSteps(entry.steps, work.steps);
    countVisits(entry, steps);
    entry.taken = idsOf(entry, steps);
    entry.steps = NO_STEPS;
    if (!isInner(type)) entry.events++;
    let from: string | null = null;
    if (event !== undefined)
      from = work?.event === event ? this.#senderOf(event, work.sender, entry) : entry.untaken.take(event);
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
    this.#tally.settle();
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
    this.#tally.settle();
    this.#roster.lookThrough();
    return this.#roster
      .all()
      .filter(isListed)
      .map((entry) => this.#view(entry));
  }

  actor(id: string): ActorDetail | null {
    this.#tally.settle();
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
    this.#tally.settle();
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
