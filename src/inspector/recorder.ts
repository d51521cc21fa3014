/**
 * What XState's inspection tells, kept: who lives, in which state, and what happened last. It runs in the path of every event,
 * so it counts and points and does little else: what costs (redaction, cutting, text) is done when somebody asks or listens. Of what
 * comes faster than that can be afforded, every event is counted, and only a part is kept ({@link Stretches}).
 */
import type { AnyActorRef, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import type { Glimpse } from '../healing/inspecting.ts';
import { asNames } from '../ports/names.ts';
import { says } from '../ports/says.ts';
import { acceptedBy } from './accepts.ts';
import { AtWork } from './at-work.ts';
import type { ActorDetail, ActorEvent, ActorView, MachineView } from './contract/actors.ts';
import { countVisits, type Entry, isListed, NO_STEP, NONE, type Recorded } from './entry.ts';
import { contextOf, isIdle, isMachineSnapshot, rootOf, type Status, snapshotOf, statusOf } from './insides.ts';
import { MachineBook } from './machine-book.ts';
import { Notes } from './notes.ts';
import type { Change, Recorder, RecorderLimits, RecorderOptions } from './recording.ts';
import { Roster } from './roster.ts';
import { type Delta, Sampler } from './sampler.ts';
import { Stretches } from './stretches.ts';
import type { InspectionTap } from './tap.ts';
import { changeOf, told, toldContext, toldError } from './tell.ts';

export type { Change, Recorder, RecorderLimits, RecorderOptions } from './recording.ts';

const LIMITS: RecorderLimits = {
  events: 5_000,
  perActor: 100,
  gone: 200,
  copies: { perSecond: 150, burst: 300 },
  closely: { events: 400, ms: 200 },
};

class LiveRecorder implements Recorder {
  readonly #options: RecorderOptions;
  readonly #limits: RecorderLimits;
  readonly #roster: Roster;
  readonly #machines = new MachineBook();
  readonly #notes: Notes;
  readonly #sampler: Sampler;
  readonly #stretches: Stretches;
  readonly #observers = new Set<(event: InspectionEvent) => void>();
  readonly #atWork = new AtWork();
  #failed = false;
  readonly tap: InspectionTap;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#notes = new Notes({
      now: options.now,
      timer: options.timer,
      limits: this.#limits,
      touched: (entry, seq) => this.#sampler.touched(entry, seq),
      failed: (error) => this.#fail(error),
    });
    this.#stretches = new Stretches({
      timer: options.timer,
      stretch: this.#limits.closely,
      ended: () => this.#forgetSenders(),
      woke: () => this.#notes.drawTogether(this.#roster.living()),
    });
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
      settle: () => this.#catchUp(),
      view: (entry) => this.#view(entry),
      isListed,
      outside: (id) => {
        const { health, mail } = this.#about(id);
        return `${health ?? ''}${mail?.held ?? ''}`;
      },
      since: (seq) => this.#notes.recent().filter((event) => event.seq > seq),
      tell: (event) => told(event, this.#options.redact),
      failed: (error) => this.#fail(error),
    });
    for (const machine of options.machines ?? []) this.#machines.idOf(machine);
    this.tap = {
      subscribe: (observer) => {
        this.#observers.add(observer);
        this.#stretches.wake();
        return () => void this.#observers.delete(observer);
      },
      living: () => this.#roster.refs(),
    };
  }

  readonly inspect = (event: Glimpse): void => {
    try {
      const ref = event.actorRef as AnyActorRef;
      if (this.#stretches.rests) this.#glance(ref, event);
      else if (event.type === '@xstate.event') this.#sent(ref, event.sourceRef as AnyActorRef | undefined, event.event);
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
    this.#notes.take(entry, event, snapshot, after);
    this.#atWork.took(entry);
    if (after !== 'active') this.#leave(entry, snapshot);
    if (this.#observers.size === 0) this.#stretches.spend();
  }

  /** Counts, and keeps since when an actor is where it is. Births and ends are kept as ever. */
  #glance(ref: AnyActorRef, event: Glimpse): void {
    if (event.type === '@xstate.actor') this.#roster.enter(ref);
    if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return;
    const entry = this.#roster.of(ref) ?? this.#late(ref);
    if (entry === undefined) return;
    if (event.type === '@xstate.microstep') {
      countVisits(entry, event._transitions);
      entry.step = NO_STEP;
      return;
    }
    const { type } = event.event;
    const { status } = event.snapshot as { readonly status: Status };
    if (!entry.born || status !== 'active' || type === 'xstate.stop') {
      const after = type === 'xstate.stop' ? 'stopped' : status;
      this.#notes.take(entry, event.event, event.snapshot, after);
      if (after !== 'active') this.#leave(entry, event.snapshot);
    } else this.#notes.count(entry, event.snapshot);
  }

  /** What was sent before a rest may be taken in it, unseen. */
  #forgetSenders(): void {
    this.#atWork.clear();
    for (const entry of this.#roster.living()) {
      entry.taking = null;
      entry.untaken.clear();
    }
  }

  /** For whoever asks: who ended without a word, and where those are whose events are only counted. */
  #catchUp(): void {
    this.#roster.lookThrough();
    if (this.#stretches.rests) this.#notes.drawTogether(this.#roster.living());
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
      this.#notes.take(entry, (entry.taking ?? entry.untaken.first) as { type: string } | undefined, snapshot, status);
    else entry.status = status;
    this.#leave(entry, snapshot);
  }

  #leave(entry: Entry, snapshot: unknown): void {
    this.#notes.close(entry, snapshot);
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
    this.#options.failed?.(`the inspector's recorder failed and goes on: ${says(error)}. Later failures are not told`);
  }

  #about(id: string): Pick<ActorView, 'health' | 'mail'> {
    return this.#options.about?.(id) ?? { health: null, mail: null };
  }

  #view({ id, parent, machine, status, value, incarnation, events, taken, since }: Entry): ActorView {
    return {
      ...{ id, parent, machine, status, value: asNames(value), incarnation },
      ...this.#about(id),
      ...{ events, taken, since },
    };
  }

  actors(): readonly ActorView[] {
    this.#catchUp();
    return this.#roster
      .all()
      .filter(isListed)
      .map((entry) => this.#view(entry));
  }

  actor(id: string): ActorDetail | null {
    this.#catchUp();
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
    this.#catchUp();
    const kept = new Map<number, Recorded>();
    // A quiet actor's events have long left the common ring.
    if (actor !== undefined)
      for (const event of this.#roster.byId(actor)?.log.toArray() ?? []) kept.set(event.seq, event);
    for (const event of this.#notes.recent()) if (actor === undefined || event.to === actor) kept.set(event.seq, event);
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
    this.#catchUp();
    return this.#sampler.follow(listener);
  }

  onChange(listener: (change: Change) => void): () => void {
    return this.#notes.onChange(listener);
  }

  present(): readonly Change[] {
    this.#catchUp();
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
