/**
 * A source of made-up but consistent answers, for the page: every state it must show, as many as wanted. The machines are
 * the bot's own. Nothing of it is a bot; tests of truth use a real one.
 */
import type * as api from '../../src/inspector/contract.ts';
import type { InspectorSource } from '../../src/inspector/source.ts';
import { COMPONENTS } from '../../src/machines/messages.ts';
import { fixtureActors, fixtureMachines, MOMENT_STEPS } from './fixture-actors.ts';
import { fixtureFault } from './fixture-fault.ts';
import { fixtureIncidents } from './fixture-incidents.ts';
import { fixtureTrading, signalDetail, signalPage } from './fixture-trading.ts';

export const NOW = Date.parse('2026-11-28T14:07:41.000Z');
const HOUR = 3_600_000;

export interface FixtureOptions {
  /** `calm`: all green. `trouble`: a red, a yellow and an unknown one. `empty`: nothing has happened yet. */
  readonly mood: 'calm' | 'trouble' | 'empty';
  readonly kind?: api.Kind;
  readonly paper?: boolean;
}

const actorOf = (component: string): string =>
  component.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const nameOf = (component: string): string => {
  const words = component.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
/** A calm day had its mends as well, an hour and more ago. */
const incidentsIn = (mood: FixtureOptions['mood']) =>
  mood === 'empty'
    ? []
    : fixtureIncidents(NOW).filter(({ opened_at }) => mood === 'trouble' || Date.parse(opened_at) < NOW - HOUR);
const iso = (ms: number): string => new Date(ms).toISOString();

const healthIn = (mood: FixtureOptions['mood'], component: string): api.Health => {
  if (mood === 'empty') return 'unknown';
  if (mood === 'calm') return 'green';
  return component === 'shadow_engine'
    ? 'red'
    : component === 'signal_bus'
      ? 'yellow'
      : component === 'heartbeat'
        ? 'unknown'
        : 'green';
};

function componentView(mood: FixtureOptions['mood'], component: string, index: number): api.ComponentView {
  const health = healthIn(mood, component);
  const incidents = incidentsIn(mood).filter((one) => one.component === component);
  const last = incidents.find(({ remedies }) => remedies.length > 0);
  const attempt = last?.remedies.at(-1);
  return {
    id: component,
    actor: actorOf(component),
    name: nameOf(component),
    health,
    critical: !['shadow_engine', 'decision_tracker', 'pipeline_monitor'].includes(component),
    state: health === 'red' ? 'failed' : 'running.work.busy + ground.sound + mending.idle',
    checks: { all: 4 + (index % 4), held: 4 + (index % 4) - (health === 'red' ? 1 : 0) },
    restarts: health === 'red' ? 3 : 0,
    strip: incidents.map((one) => ({
      from: Date.parse(one.opened_at),
      to: one.closed_at === null ? null : Date.parse(one.closed_at),
      health: one.status === 'failed' ? 'red' : 'yellow',
      incident: one.incident_id,
    })),
    last_repair:
      last && attempt
        ? {
            says: { REPAIR: 'Repaired its log', RESTART: `Restarted ${attempt.to}`, EXPIRE: 'Expired what was stuck' }[
              attempt.type
            ],
            at: attempt.at,
            outcome: last.status,
            incident: last.incident_id,
          }
        : null,
    budgets: [
      { remedy: 'RESTART', left: health === 'red' ? 0 : 3, most: 3, within_ms: 60_000 },
      { remedy: 'REPAIR', left: 20, most: 20, within_ms: 60_000 },
    ],
    mttr_ms: last?.healed_ms ?? null,
  };
}

export function fixtureOverview({ mood, kind = 'live', paper = true }: FixtureOptions): api.Overview {
  const components = COMPONENTS.map((component, index) => componentView(mood, component, index));
  const health: api.Health = mood === 'calm' ? 'green' : mood === 'empty' ? 'unknown' : 'red';
  const incidents = incidentsIn(mood);
  return {
    kind,
    name: 'bot',
    at: NOW,
    speed: kind === 'records' ? null : 1,
    status: {
      status: health,
      pid: 4711,
      uptime_seconds: 86_000,
      bot_time: iso(NOW),
      kill_switch: {
        active: mood === 'trouble',
        reason: mood === 'trouble' ? 'shadow-engine/log-writable: EACCES, three restarts did not help' : null,
        tripped_by: [],
      },
      healing: 'act',
      pipeline: {
        status: 'HEALTHY',
        stuck_count: 0,
        by_state: { generated: 1, evaluating: 2, executed: 7, learned: 4_702, expired: 22 },
      },
      components: Object.fromEntries(
        components.map((one) => [
          one.id,
          {
            status: one.health,
            state: one.state,
            restarts: one.restarts,
            last_incident: one.last_repair?.incident ?? null,
            critical: one.critical,
            invariants: Array.from({ length: one.checks.all }, (_, n) => ({
              id: `${one.id.replaceAll('_', '-')}/check-${n + 1}`,
              holds: n >= one.checks.held ? false : one.health === 'unknown' ? null : true,
              evidence: {
                says: n >= one.checks.held ? 'no outcome for 6 m 12 s, limit 2 m' : `${n + 3} of ${n + 3} files sound`,
                ageMs: 400,
              },
              checked_at: iso(NOW - 400),
            })),
          },
        ]),
      ) as unknown as api.StatusReport['components'],
      invariants: components.flatMap((one) =>
        Array.from({ length: one.checks.all }, (_, n) => ({
          id: `${one.id.replaceAll('_', '-')}/check-${n + 1}`,
          holds: !(n >= one.checks.held),
          evidence: { says: n >= one.checks.held ? 'no outcome for 6 m 12 s, limit 2 m' : 'it holds' },
          checked_at: iso(NOW - 400),
          component: one.id,
          severity: 'high' as const,
          patience_ms: 0,
          depends_on: [],
          remedies: ['REPAIR log', `RESTART ${one.actor}`],
        })),
      ) as unknown as api.StatusReport['invariants'],
      open_incidents: incidents
        .filter(({ closed_at }) => closed_at === null)
        .map(({ incident_id: id, invariant, opened_at }) => ({ id, invariant, phase: 'failed', opened_at })),
    } as api.StatusReport,
    verdict:
      mood === 'trouble'
        ? {
            health,
            title: 'Shadow engine could not be repaired. Trading is unaffected.',
            detail:
              'Signal bus was repaired a minute ago and is being watched. Of heartbeat nothing is known yet. The other 10 components are green.',
            alert: 'Not critical, so no alert was sent.',
          }
        : mood === 'calm'
          ? {
              health,
              title: 'Everything holds.',
              detail: 'All 13 components are green on fresh evidence; the last repair is 2 h ago.',
              alert: 'Nobody was alerted in the last 24 h.',
            }
          : {
              health,
              title: 'Nothing is known yet: the bot is starting.',
              detail: 'No component has given evidence.',
              alert: 'Nobody was alerted.',
            },
    feed: {
      kind: 'simulated market',
      symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT', 'DOGEUSDT'],
      last_tick_at: iso(NOW - 400),
    },
    paper,
    commands: kind === 'live' ? ['resume', 'pause', 'plan', 'remedy', 'fault', 'send'] : [],
    repairs: {
      healed: incidents.filter(({ status }) => status === 'healed').length,
      failed: incidents.filter(({ status }) => status === 'failed').length,
      cleared: incidents.filter(({ status }) => status === 'cleared').length,
      median_ms: incidents.length > 0 ? 38_000 : null,
      p95_ms: incidents.length > 0 ? 124_000 : null,
      held: incidents.length > 0 ? 0.964 : null,
      all_green: mood === 'empty' ? null : 0.989,
      observed_ms: mood === 'empty' ? 0 : 86_400_000,
    },
    alerts: { sent: mood === 'trouble' ? 1 : 0, held_back: mood === 'trouble' ? 31 : 0 },
    sweep: { last_at: NOW - 41_000, every_ms: 60_000 },
    components,
  };
}

export function fixtureSource(options: FixtureOptions): InspectorSource {
  const overview = fixtureOverview(options);
  const empty = options.mood === 'empty';
  const incidents = incidentsIn(options.mood);
  const actors = fixtureActors(NOW, overview);
  const told = fixtureFault(NOW);
  const present = (): api.Overview => {
    const at = overview.speed === null ? NOW : told.now();
    return { ...overview, at, sweep: { ...overview.sweep, last_at: at - (at % overview.sweep.every_ms) } };
  };
  const moment = (at: number): api.Moment => ({
    at,
    components: overview.components.map(({ id, health }) => ({
      id,
      health: at < NOW - HOUR / 4 ? 'green' : health,
      incident: null,
    })),
    actors: MOMENT_STEPS.momentAt(at, actors),
    incidents: incidents.filter(
      (one) => Date.parse(one.opened_at) <= at && (one.closed_at === null || Date.parse(one.closed_at) >= at),
    ),
    invariants: overview.components.map(({ id, health }) => ({
      id: `${id.replaceAll('_', '-')}/check-1`,
      component: id,
      holds: health === 'red' ? false : health === 'unknown' ? null : true,
      says: health === 'red' ? 'no outcome for 6 m 12 s, limit 2 m' : 'it holds',
    })),
    by_state: { generated: 1, executed: 7, learned: 4_700 },
    positions: [{ symbol: 'BTCUSDT', qty: 0.012, entry: 91_204.1 }],
    records: [
      {
        event_type: 'state_change',
        signal_id: 'BTCUSDT_1_00000000',
        old_state: 'approved',
        new_state: 'executing',
        ts: at / 1000,
        seq: 18_204,
      },
    ],
    log: [{ at, level: 'info', message: '[HEALING] signal_bus: 3 lines to quarantine, 18,204 kept' }],
  });
  return {
    kind: options.kind ?? 'live',
    overview: () => overview,
    actors: () => actors,
    actor: (id) => MOMENT_STEPS.detail(id, actors),
    machines: () => fixtureMachines(),
    events: ({ actor, limit }) =>
      MOMENT_STEPS.events(actors)
        .filter((one) => actor === undefined || one.to === actor)
        .slice(-limit),
    faults: () =>
      overview.paper && overview.kind === 'live'
        ? [
            {
              id: 'tear-the-log',
              name: 'Tear the log',
              says: 'Flips bytes in an old line of the event log and leaves half a line at its end, as a power cut does.',
              ends: 'The signal bus mends it in place.',
            },
            {
              id: 'stop-shadow-engine',
              name: 'Stop the shadow engine',
              says: 'Ends the actor as a crash does.',
              ends: 'The healer restarts it.',
            },
            {
              id: 'silence-the-feed',
              name: 'Silence the feed',
              says: 'No candle arrives any more, although the feed stands.',
              ends: 'By the restart of the feed, or after 2 minutes.',
            },
          ]
        : [],
    incidents: async ({ component, limit }) =>
      incidents.filter((one) => component === undefined || one.component === component).slice(0, limit),
    incident: async (id) => {
      const incident = incidents.find(({ incident_id }) => incident_id === id);
      if (!incident) return null;
      return {
        incident,
        records: [
          { ...incident, status: 'open', remedies: [], closed_at: null, timestamp: incident.opened_at },
          incident,
        ],
        story: [
          {
            title: 'What broke',
            says: [`${incident.invariant} did not hold any more: "${incident.evidence_before.says}".`],
          },
          { title: 'Why', says: ['Nothing that it depends on was broken: it is the root cause itself.'] },
          {
            title: 'What was tried',
            says: incident.remedies.map(({ type, plan, outcome }) => `${type}: ${plan?.does}; ${outcome}`),
          },
          {
            title: 'What to do next',
            says: [
              incident.status === 'healed'
                ? 'Nothing. It is healed, and watched for ten minutes.'
                : 'Give the file back to the bot: chown bot: logs/shadow_trade_outcomes.jsonl',
            ],
          },
        ],
      };
    },
    why: async (component) => {
      const found = overview.components.find(({ id }) => id === component);
      if (!found) return null;
      const red = found.health === 'red';
      return {
        component,
        health: found.health,
        incident: found.last_repair?.incident ?? null,
        steps: red
          ? [
              {
                kind: 'symptom',
                title: 'No shadow outcome for 6 m 12 s',
                lines: ['shadow-engine/fresh allows 2 m. The other 4 checks hold.'],
                command: null,
              },
              {
                kind: 'cause',
                title: 'Outcomes log is not writable',
                lines: ['EACCES logs/shadow_trade_outcomes.jsonl, owned by root since 13:59'],
                command: null,
              },
              {
                kind: 'tried',
                title: 'Restarted 3 times, each died within 1 s',
                lines: ['Budget of 3 in 60 s is spent. Next try 14:17.'],
                command: null,
              },
              {
                kind: 'effect',
                title: 'Shadow P&L and guard figures stop at 14:01',
                lines: ['Orders, exits and safety do not depend on it.'],
                command: null,
              },
              {
                kind: 'needs_you',
                title: 'Give the file back to the bot',
                lines: [],
                command: 'chown bot: logs/shadow_trade_outcomes.jsonl',
              },
              { kind: 'green_when', title: '5 of 5 checks hold for ten minutes', lines: [], command: null },
            ]
          : [
              {
                kind: 'proof',
                title: `${found.checks.held} of ${found.checks.all} checks hold`,
                lines: ['Last looked at 0.4 s ago.'],
                command: null,
              },
            ],
      };
    },
    signals: async (query) => (empty ? { signals: [], total: 0 } : signalPage(NOW, query)),
    signal: async (id) => (empty ? null : signalDetail(NOW, id)),
    trading: async () => fixtureTrading(NOW, empty, options.mood === 'trouble'),
    log: async ({ limit, search, before }) =>
      (empty
        ? []
        : incidents.flatMap((one): api.LogLine[] => [
            {
              at: Date.parse(one.opened_at),
              level: 'warn',
              message: `[HEALING] ${one.component} ${one.invariant}: ${one.evidence_before.says}`,
            },
            ...(one.closed_at
              ? [
                  {
                    at: Date.parse(one.closed_at),
                    level: 'info' as const,
                    message: `🔧 [HEALING] ${one.component}: ${one.evidence_after?.says ?? ''}`,
                  },
                ]
              : []),
          ])
      )
        .sort((a, b) => b.at - a.at)
        .filter(({ at, message }) => (search === undefined || message.includes(search)) && at < (before ?? NOW * 2))
        .slice(0, limit),
    history: async () =>
      empty
        ? { from: null, to: null, steps_from: null, marks: [] }
        : {
            from: NOW - 24 * HOUR,
            to: NOW,
            steps_from: NOW - HOUR,
            marks: incidents.map((one) => ({
              at: Date.parse(one.opened_at),
              to: one.closed_at ? Date.parse(one.closed_at) : null,
              incident: one.incident_id,
              health: one.status === 'failed' ? 'red' : 'yellow',
            })),
          },
    moment: async (at) => moment(at),
    steps: async (query) => MOMENT_STEPS.page(query, actors),
    command: async (wanted) =>
      told.command(wanted) ?? {
        ok: true,
        says: `${wanted.do}: done`,
        ...(wanted.do === 'plan'
          ? {
              plans: [
                {
                  remedy: 'RESTART',
                  does: 'stop shadowEngine and start it anew from its durable state',
                  preconditions: [
                    'no other remedy of shadowEngine is under way',
                    '0 of 3 RESTART in 60 s for shadowEngine are used',
                  ],
                  affects: ['shadowEngine'],
                  undo: 'nothing is lost that had to be undone',
                  expects: 'shadow-engine/fresh holds on evidence taken after the answer, within 5000 ms of it',
                },
              ],
            }
          : {}),
      },
    follow: (listener) => {
      listener({ type: 'hello', overview: present(), actors });
      let seq = 0;
      const untell = told.follow(listener);
      const timer = setInterval(() => {
        if (seq % 10 === 0) listener({ type: 'overview', overview: present() });
        if (empty) {
          seq += 1;
          return;
        }
        const moved = MOMENT_STEPS.move(actors, seq++);
        listener({ type: 'actors', actors: [moved.actor], gone: [] });
        listener({ type: 'events', events: [moved.event], dropped: 0 });
      }, 400);
      return () => {
        clearInterval(timer);
        untell();
      };
    },
    liveness: () => ({ alive: true, ready: !empty, says: 'a made-up bot' }),
  };
}
