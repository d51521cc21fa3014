/** Answers that a page must bear: far too many, absurd, or none at all. */
import type * as api from '../../src/inspector/contract.ts';
import type { InspectorSource } from '../../src/inspector/source.ts';
import { fixtureSource } from './fixture-source.ts';

const MANY = 10_000;
const INCIDENTS = 1_000;
/** What the server tells at most: 200 events, five times a second. */
const BURST = 200;
const BURST_MS = 200;

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, index) => index);

/** Ten thousand signals with an actor each, their events as fast as a server tells them, a thousand incidents, a log of ten thousand lines. */
export function hugeSource(): InspectorSource {
  const usual = fixtureSource({ mood: 'trouble' });
  const overview = usual.overview();
  const some = usual.actors();
  const pattern = some.find(({ id }) => id === 'stateMachine');
  if (!pattern) throw new Error('the fixture has no stateMachine');
  const signals = range(MANY).map(
    (n): api.ActorView => ({
      ...pattern,
      id: `signal-${n}`,
      parent: 'stateMachine',
      machine: 'signal',
      value: n % 3 === 0 ? 'executed' : 'learned',
      health: null,
      mail: null,
      events: 4 + (n % 3),
    }),
  );
  const actors = [...some, ...signals];
  const eventAt = (seq: number): api.ActorEvent => ({
    seq,
    at: overview.at - (MANY - seq),
    from: 'stateMachine',
    to: `signal-${seq % MANY}`,
    type: 'LEARN',
    event: { type: 'LEARN', n: seq },
    value: 'learned',
    changed: true,
    taken: [],
  });
  const incidents = async (): Promise<readonly api.IncidentRecord[]> => {
    const told = await usual.incidents({ limit: 100 });
    return range(INCIDENTS).map((n) => ({
      ...(told[n % told.length] as api.IncidentRecord),
      incident_id: `INC-${n.toString(16).padStart(10, '0')}`,
    }));
  };
  return {
    ...usual,
    actors: () => actors,
    actor: (id) => usual.actor(id.startsWith('signal-') ? 'stateMachine' : id),
    events: ({ limit }) => range(Math.min(limit, MANY)).map((n) => eventAt(MANY - Math.min(limit, MANY) + n)),
    incidents: async ({ limit }) => (await incidents()).slice(0, limit),
    log: async ({ limit }) =>
      range(Math.min(limit, MANY)).map((n) => ({
        at: overview.at - n * 10,
        level: 'info',
        message: `line ${n} of a long night`,
      })),
    follow: (listener) => {
      listener({ type: 'hello', overview, actors });
      let seq = MANY;
      const timer = setInterval(() => {
        const events = range(BURST).map((n) => eventAt(seq + n));
        seq += BURST;
        listener({ type: 'events', events, dropped: 1_000 });
        listener({
          type: 'actors',
          actors: events.map(({ to }, n) => ({
            ...pattern,
            id: to,
            parent: 'stateMachine',
            machine: 'signal',
            health: null,
            events: seq + n,
          })),
          gone: [],
        });
        listener({ type: 'overview', overview: { ...overview, at: overview.at + seq } });
      }, BURST_MS);
      return () => clearInterval(timer);
    },
  };
}

const MARKUP = '<img src=x onerror="globalThis.wasRun=1"><script>globalThis.wasRun=1</script>';
const ENDLESS = 'word'.repeat(2_000);

/** Every text becomes one that never ends or holds markup; every number one that no chart expects. Ids and words of a closed set stay. */
function extreme(value: unknown, key = '', n = 0): unknown {
  if (Array.isArray(value)) return value.map((one, index) => extreme(one, key, n + index));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one], index) => [name, extreme(one, name, n + index)]));
  if (
    typeof value === 'number' &&
    /usd|pnl|price|count|ms|entry|mark|qty|saved|blocked|shadows|events|restarts/i.test(key)
  )
    return [0, -1e15, 1e15, 1e-12, null][n % 5];
  if (
    typeof value === 'string' &&
    /says|title|detail|alert|reason|message|name|does|undo|expects|stage|lost|strategy/i.test(key)
  )
    return [MARKUP, ENDLESS, '', '\u202e\u0000'][n % 4];
  return value;
}

/** Words that never end, markup where names are, numbers that are none. */
export function extremeSource(): InspectorSource {
  const usual = fixtureSource({ mood: 'trouble' });
  const odd = <T>(value: T): T => extreme(value) as T;
  const later =
    <Args extends readonly unknown[], T>(ask: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> =>
      odd(await ask(...args));
  return {
    ...usual,
    overview: () => odd(usual.overview()),
    actors: () => odd(usual.actors()),
    actor: (id) => odd(usual.actor(id)),
    events: (query) => odd(usual.events(query)),
    faults: () => odd(usual.faults()),
    incidents: later(usual.incidents),
    incident: later(usual.incident),
    why: later(usual.why),
    signals: later(usual.signals),
    signal: later(usual.signal),
    trading: later(usual.trading),
    log: later(usual.log),
    moment: later(usual.moment),
    steps: later(usual.steps),
    follow: (listener) => usual.follow((event) => listener(odd(event))),
  };
}

/** A server that hears what happens, and can answer nothing that is asked. */
export function failingSource(): InspectorSource {
  const fail = (): never => {
    throw new Error('the disk is on fire');
  };
  const later = async (): Promise<never> => fail();
  return {
    ...fixtureSource({ mood: 'trouble' }),
    actor: fail,
    machines: fail,
    events: fail,
    faults: fail,
    incidents: later,
    incident: later,
    why: later,
    signals: later,
    signal: later,
    trading: later,
    log: later,
    history: later,
    moment: later,
    steps: later,
  };
}
