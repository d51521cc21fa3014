/** What the actors were at any moment, by the flight recorder. Lines that are none of its are counted, and hide no other. */
import type { LogTail } from '../../../adapters/log-tail.ts';
import type { Moment, StepPage } from '../../../inspector/contract.ts';
import { type FlightLine, flightLine } from '../../../inspector/flight-line.ts';
import { Checkpoints } from '../../../inspector/records/checkpoints.ts';
import type { Position as Place } from '../../../ports/event-log.ts';

type ActorThen = Moment['actors'][number];
/** More than this are no actors of a bot, but the children of one that fails again and again: those that ended go. */
const MOST_ACTORS = 500;
const MOST_STEPS = 5_000;

/** What a line says; `null` for what is none of the recorder's. */
export function flightLineIn(bytes: Buffer): FlightLine | null {
  try {
    return flightLine.safeParse(JSON.parse(bytes.toString('utf8'))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function apply(actors: Map<string, ActorThen>, line: FlightLine): void {
  if ('keyframe' in line) {
    actors.clear();
    for (const one of line.actors) actors.set(one.id, { ...one, taken: [] });
    return;
  }
  const { actor: id, machine, value, status, incarnation, taken, at, was, context } = line;
  const known = actors.get(id);
  const changed = known === undefined || JSON.stringify(was) !== JSON.stringify(value);
  actors.set(id, {
    id,
    machine: machine ?? known?.machine ?? null,
    value,
    status,
    incarnation,
    since: changed ? at : known.since,
    taken,
    context: { ...known?.context, ...Object.fromEntries(Object.entries(context).map(([key, [, is]]) => [key, is])) },
  });
  if (actors.size <= MOST_ACTORS) return;
  for (const [ended, { status: how }] of actors) if (how !== 'active') return void actors.delete(ended);
}

export class FlightBook {
  readonly #tail: LogTail;
  readonly #actors = new Map<string, ActorThen>();
  readonly #checkpoints = new Checkpoints<readonly ActorThen[]>(() => [...this.#actors.values()]);
  #first: number | null = null;

  constructor(tail: LogTail) {
    this.#tail = tail;
  }

  take(line: FlightLine, place: Place): void {
    this.#first ??= line.at;
    this.#checkpoints.pass(place, line.at);
    apply(this.#actors, line);
  }

  /** From when on the steps can be read, ms: the recorder takes its oldest segments away. */
  get first(): number | null {
    const oldest = this.#tail.first();
    if (oldest === null) return null;
    this.#checkpoints.dropBefore(oldest);
    const [begins] = this.#checkpoints.list;
    return begins === undefined ? null : Number.isFinite(begins.at) ? begins.at : this.#first;
  }

  get last(): number | null {
    return this.#checkpoints.last;
  }

  /** All actors as they were; none where nothing is known of that time. */
  actors(at: number): readonly ActorThen[] {
    const from = this.#checkpoints.upTo(at);
    if (from === null) return [];
    const actors = new Map(from.state.map((one) => [one.id, one]));
    let latest = from.at;
    for (const { line } of this.#lines(from.place)) {
      latest = Math.max(latest, line.at);
      if (latest > at) break;
      apply(actors, line);
    }
    return [...actors.values()];
  }

  /** Steps of a stretch of time, both ends included, oldest first. */
  steps(query: {
    readonly from: number;
    readonly to: number;
    readonly actor?: string;
    readonly limit: number;
  }): StepPage {
    const limit = Math.max(0, Math.min(MOST_STEPS, Math.trunc(query.limit)));
    const begins = this.#checkpoints.upTo(query.from);
    // Others of the same moment may stand before a checkpoint.
    const start =
      begins === null ? this.#checkpoints.list[0] : begins.at < query.from ? begins : this.#checkpoints.before(begins);
    const steps: StepPage['steps'][number][] = [];
    let latest = Number.NEGATIVE_INFINITY;
    for (const { line } of start ? this.#lines(start.place) : []) {
      latest = Math.max(latest, line.at);
      if (latest > query.to && line.at > query.to) break;
      if ('keyframe' in line || line.at < query.from) continue;
      if (query.actor !== undefined && line.actor !== query.actor) continue;
      if (steps.length === limit) return { steps, more: true };
      const { n, at, actor, event, from, was, value, taken, context } = line;
      const diff = Object.entries(context).map(([key, [before, is]]) => ({ key, was: before, is }));
      steps.push({ n, at, actor, event, from, was, value, taken, diff });
    }
    return { steps, more: false };
  }

  *#lines(place: Place): Generator<{ readonly line: FlightLine }> {
    for (const { bytes } of this.#tail.from(place)) {
      const line = flightLineIn(bytes);
      if (line !== null) yield { line };
    }
  }
}
