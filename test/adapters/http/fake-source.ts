import { perComponent } from '../../../src/healing/status.ts';
import type { ActorEvent, ActorView, Command, Overview, StreamEvent } from '../../../src/inspector/contract.ts';
import type { InspectorSource } from '../../../src/inspector/source.ts';
import type { Logger } from '../../../src/ports/logger.ts';

export const AT = Date.parse('2026-03-01T12:00:00.000Z');

export const anActor = (id: string, more: Partial<ActorView> = {}): ActorView => ({
  id,
  parent: null,
  machine: 'toggle',
  status: 'active',
  value: 'on',
  incarnation: 1,
  health: 'green',
  mail: { accepted: 7, processed: 6, held: 1 },
  events: 12,
  taken: [],
  since: AT,
  ...more,
});

export const anEvent = (seq: number, more: Partial<ActorEvent> = {}): ActorEvent => ({
  seq,
  at: AT,
  from: null,
  to: 'signalBus',
  type: 'TICK',
  event: { type: 'TICK' },
  value: 'on',
  changed: false,
  taken: [],
  ...more,
});

/** An overview in which every figure differs from the others, so that one cannot stand for another. */
export const anOverview = (): Overview => ({
  kind: 'live',
  name: 'bot',
  at: AT,
  speed: 1,
  status: {
    status: 'yellow',
    pid: 4711,
    uptime_seconds: 99,
    bot_time: new Date(AT).toISOString(),
    kill_switch: { active: true, reason: 'by hand', tripped_by: [] },
    healing: 'act',
    pipeline: { status: 'running', stuck_count: 3, by_state: { generated: 5, executed: 8 } },
    components: perComponent((component) => ({
      status: component === 'signal_bus' ? 'yellow' : 'green',
      critical: component === 'signal_bus',
      state: 'running',
      restarts: component === 'signal_bus' ? 2 : 0,
      invariants: [],
      last_incident: null,
    })),
    invariants: [],
    open_incidents: [
      { id: 'i-1', invariant: 'signal_bus/log-verifies', phase: 'remedying', opened_at: new Date(AT).toISOString() },
    ],
  },
  verdict: { health: 'yellow', title: 'The signal bus is being healed', detail: 'All else is well.', alert: '' },
  feed: {
    kind: 'simulated market',
    symbols: ['BTCUSDT'],
    last_tick_at: new Date(AT - 2500).toISOString(),
  },
  paper: true,
  commands: ['resume', 'pause', 'plan', 'remedy', 'fault', 'send'],
  repairs: {
    ...{ healed: 11, failed: 4, cleared: 6, median_ms: 1500, p95_ms: 9000 },
    ...{ held: 0.75, all_green: 0.9, observed_ms: 86_400_000 },
  },
  alerts: { sent: 13, held_back: 17 },
  sweep: { last_at: AT - 500, every_ms: 1000 },
  components: [
    {
      id: 'signal_bus',
      actor: 'signalBus',
      name: 'Signal bus',
      health: 'yellow',
      critical: true,
      state: 'running',
      checks: { held: 4, all: 5 },
      restarts: 2,
      strip: [],
      last_repair: null,
      budgets: [{ remedy: 'RESTART', left: 1, most: 3, within_ms: 60_000 }],
      mttr_ms: 1500,
    },
    {
      id: 'heartbeat',
      actor: 'heartbeat',
      name: 'Heartbeat',
      health: 'unknown',
      critical: false,
      state: 'running',
      checks: { held: 1, all: 2 },
      restarts: 0,
      strip: [],
      last_repair: null,
      budgets: [],
      mttr_ms: null,
    },
  ],
});

/** A source that says what a test gave it, and remembers what it was asked. */
export class FakeSource implements InspectorSource {
  readonly kind = 'live';
  readonly asked: unknown[] = [];
  readonly commands: Command[] = [];
  readonly listening = new Set<(event: StreamEvent) => void>();
  /** How often it was followed in all. */
  followed = 0;
  alive = { alive: true, ready: true, says: 'every promise is kept' };
  now = anOverview();
  living: ActorView[] = [anActor('signalBus'), anActor('heartbeat')];
  /** Put into every answer that has room for it. */
  extra: Readonly<Record<string, unknown>> = {};

  emit(event: StreamEvent): void {
    for (const listener of this.listening) listener(event);
  }

  overview = (): Overview => ({ ...this.now, ...this.extra });
  actors = () => this.living.map((actor) => ({ ...actor, ...this.extra }));
  actor = (id: string) => {
    this.#note('actor', id);
    const found = this.living.find((one) => one.id === id);
    return found === undefined
      ? null
      : { ...found, context: { n: 1 }, log: [], accepts: ['TICK'], visits: {}, ...this.extra };
  };
  machines = () => [
    {
      id: 'toggle',
      root: {
        id: 'toggle',
        key: 'toggle',
        type: 'atomic' as const,
        initial: null,
        entry: [],
        exit: [],
        invoke: [],
        tags: [],
        description: null,
        transitions: [],
        children: [],
      },
      ...this.extra,
    },
  ];
  events = (query: object) => {
    this.#note('events', query);
    return [anEvent(1, this.extra)];
  };
  faults = () => [{ id: 'tear', name: 'Tear the log', says: 'It is torn.', ends: 'It is mended.', ...this.extra }];
  incidents = async (query: object) => {
    this.#note('incidents', query);
    return [];
  };
  incident = async (id: string) => {
    this.#note('incident', id);
    return null;
  };
  why = async (component: string) =>
    component === 'signal_bus'
      ? { component, health: 'yellow' as const, incident: 'i-1', steps: [], ...this.extra }
      : null;
  signals = async (query: object) => {
    this.#note('signals', query);
    return { signals: [], total: 0, ...this.extra };
  };
  signal = async (id: string) => {
    this.#note('signal', id);
    return null;
  };
  trading = async () => null;
  log = async (query: object) => {
    this.#note('log', query);
    return [{ at: AT, level: 'info' as const, message: 'started', ...this.extra }];
  };
  history = async () => ({ from: AT, to: AT + 1, steps_from: null, marks: [], ...this.extra });
  moment = async (at: number) => ({
    at,
    components: [],
    actors: [],
    incidents: [],
    invariants: [],
    by_state: {},
    positions: [],
    records: [],
    log: [],
    ...this.extra,
  });
  steps = async (query: object) => {
    this.#note('steps', query);
    return { steps: [], more: false, ...this.extra };
  };
  command = async (command: Command) => {
    this.commands.push(command);
    return { ok: true, says: 'It is done.', ...this.extra };
  };
  liveness = () => this.alive;

  follow = (listener: (event: StreamEvent) => void) => {
    this.followed += 1;
    this.listening.add(listener);
    listener({ type: 'hello', overview: this.overview(), actors: this.actors() });
    return () => {
      this.listening.delete(listener);
    };
  };

  #note(what: string, query: unknown): void {
    this.asked.push([what, query]);
  }
}

/** A log that keeps its lines. */
export class Lines implements Logger {
  readonly all: string[] = [];
  info = (message: string, fields: object = {}) => this.#add(message, fields);
  warn = (message: string, fields: object = {}) => this.#add(message, fields);
  error = (message: string, fields: object = {}) => this.#add(message, fields);
  #add(message: string, fields: object): void {
    this.all.push(`${message} ${JSON.stringify(fields)}`);
  }
}
