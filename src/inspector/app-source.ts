/** Any XState app as the inspector's server asks for it. */
import type { Supervised } from '../healing/supervise.ts';
import { AppJudgement } from './app-judgement.ts';
import type { Command, CommandAnswer, Health, StreamEvent } from './contract.ts';
import type { Recorder } from './recording.ts';
import type { Timer } from './sampler.ts';
import type { InspectorSource } from './source.ts';
import type { StepList } from './step-list.ts';

export interface AppSourceOptions {
  /** What the app is called. */
  readonly name: string;
  /** ms on the app's clock. */
  readonly now: () => number;
  /** Time of the wall. */
  readonly timer: Timer;
  readonly steps: StepList;
  /** Events may be sent by hand. */
  readonly allowSend: boolean;
}

export interface AppSource extends InspectorSource {
  /** The app is supervised: it is judged, and its incidents are told. */
  heals(supervised: Supervised): void;
  /** For {@link RecorderOptions.about}. */
  healthOf(id: string): Health | null;
  close(): void;
}

const OVERVIEW_EVERY_MS = 500;
const OVERVIEW_AT_LEAST_MS = 5_000;
/** Healths are asked for with every actor, and change far less often. ms of the wall's time. */
const HEALTHS_FOR_MS = 100;

export function appSource(recorder: Recorder, options: AppSourceOptions): AppSource {
  const { name, now, timer, steps, allowSend } = options;
  const judgement = new AppJudgement({
    name,
    now,
    commands: allowSend ? ['send'] : [],
    actors: () => recorder.actors(),
  });
  let healths: Readonly<Record<string, Health>> = {};
  let askedAt = Number.NEGATIVE_INFINITY;

  const follow = (listener: (event: StreamEvent) => void): (() => void) => {
    let toldAt = timer.now();
    let told = '';
    const overview = (): StreamEvent & { type: 'overview' } => ({ type: 'overview', overview: judgement.overview() });
    /** What changes only because time passes is no news. */
    const wordsOf = ({ overview: { at: _, status, ...rest } }: StreamEvent & { type: 'overview' }): string =>
      JSON.stringify([rest, { ...status, uptime_seconds: 0, bot_time: '' }]);
    const look = (): void => {
      timerId = timer.setTimeout(look, OVERVIEW_EVERY_MS);
      const present = overview();
      const words = wordsOf(present);
      if (words === told && timer.now() - toldAt < OVERVIEW_AT_LEAST_MS) return;
      told = words;
      toldAt = timer.now();
      listener(present);
    };
    const first = overview();
    told = wordsOf(first);
    listener({ type: 'hello', overview: first.overview, actors: recorder.actors() });
    let timerId = timer.setTimeout(look, OVERVIEW_EVERY_MS);
    const stop = recorder.follow(listener);
    const incidents = judgement.incidents.subscribe((incident) => listener({ type: 'incident', incident }));
    return () => {
      timer.clearTimeout(timerId);
      incidents.unsubscribe();
      stop();
    };
  };

  const command = async (asked: Command): Promise<CommandAnswer> => {
    if (asked.do !== 'send') return { ok: false, says: `${asked.do} is for a bot; an app can be sent events` };
    if (!allowSend)
      return { ok: false, says: 'events are not sent by hand here: createInspector({ allowSend: true }) allows it' };
    const ref = recorder.ref(asked.actor);
    if (ref === null) return { ok: false, says: `there is no living actor ${asked.actor}` };
    if (asked.event.type.startsWith('xstate.'))
      return { ok: false, says: `${asked.event.type} is XState's own: it is not sent by hand` };
    ref.send(asked.event);
    return { ok: true, says: `${asked.event.type} was sent to ${asked.actor}` };
  };

  return {
    kind: 'app',
    overview: () => judgement.overview(),
    actors: () => recorder.actors(),
    actor: (id) => recorder.actor(id),
    machines: () => recorder.machines(),
    events: (query) => recorder.events(query),
    faults: () => [],
    incidents: async (query) => judgement.recent(query),
    incident: async (id) => judgement.story(id),
    why: async (component) => judgement.why(component),
    signals: async () => ({ signals: [], total: 0 }),
    signal: async () => null,
    trading: async () => null,
    log: async () => [],
    history: async () => {
      const { from, to } = steps.range;
      const marks = judgement.recent({ limit: 1_000 }).map((one) => ({
        at: Date.parse(one.opened_at),
        to: one.closed_at === null ? null : Date.parse(one.closed_at),
        incident: one.incident_id,
        health: one.status === 'failed' ? ('red' as const) : ('yellow' as const),
      }));
      return { from, to: Math.max(to, now()), steps_from: from, marks: marks.reverse() };
    },
    moment: async (at) => ({
      at,
      ...judgement.momentOf(at),
      actors: steps.at(at),
      by_state: {},
      positions: [],
      records: [],
      log: [],
    }),
    steps: async (query) => steps.page(query),
    command,
    follow,
    liveness: () => {
      const roots = recorder.actors().filter(({ parent }) => parent === null);
      const crashed = roots.filter(({ status }) => status === 'error').map(({ id }) => id);
      const alive = crashed.length === 0;
      const says = alive ? `${roots.length} root actors, none crashed` : `crashed: ${crashed.join(', ')}`;
      return { alive, ready: alive && roots.some(({ status }) => status === 'active'), says };
    },
    heals: (supervised) => judgement.follow(supervised),
    healthOf: (id) => {
      const at = timer.now();
      if (at - askedAt >= HEALTHS_FOR_MS) {
        askedAt = at;
        healths = judgement.healths();
      }
      return (Object.hasOwn(healths, id) && healths[id]) || null;
    },
    close: () => {
      judgement.close();
      steps.close();
    },
  };
}
