import { Counter, Gauge, Registry } from 'prom-client';
import type { ActorView, Overview } from '../../inspector/contract.ts';
import { processMetrics } from './process-metrics.ts';

const HEALTHS = ['green', 'yellow', 'red', 'unknown'] as const;
/** Actors with a series of their own; an app may have a hundred thousand. The others are summed. */
const MOST_ACTORS = 200;
const OTHERS = '(others)';

/** What is scraped: already without secrets. */
export interface Scraped {
  readonly overview: Overview;
  readonly actors: readonly ActorView[];
  readonly streams: number;
  /** Events that streams had no room for, since the start. */
  readonly dropped: number;
}

export interface Metrics {
  /** The text of `/metrics`. Every figure is read from what is given; none is judged here. */
  scrape(now: Scraped): Promise<string>;
  readonly contentType: string;
  close(): void;
}

export function inspectorMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `kintsugi_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `kintsugi_${name}`, help, labelNames, registers });

  const health = gauge('health', '1 for the health of the whole.', 'health');
  const componentHealth = gauge('component_health', '1 for the health of the component.', 'component', 'health');
  const critical = gauge('component_critical', '1: the operator is alerted when it is not healed.', 'component');
  const checks = gauge('component_checks', 'Invariants of the component, by what holds.', 'component', 'result');
  const restarts = counter('component_restarts_total', 'Restarts of the component.', 'component');
  const budget = gauge('remedy_budget_left', 'Remedies that may still be tried.', 'component', 'remedy');
  const killSwitch = gauge('kill_switch_active', '1: entries are blocked.');
  const incidents = gauge('incidents', 'Incidents: open now; healed, failed, cleared within 24 h.', 'status');
  const repair = gauge('repair_seconds', 'From opening to proof, of the incidents healed within 24 h.', 'quantile');
  const held = gauge('repairs_held_ratio', 'Of the incidents healed, those that did not break again in ten minutes.');
  const green = gauge('all_green_ratio', 'Part of the time in which every component was green.');
  const alerts = gauge('alerts', 'Alerts of the last 24 h: sent, and held back.', 'outcome');
  const signals = gauge('signals', 'Signals, by state.', 'state');
  const stuck = gauge('signals_stuck', 'Signals that rest unfinished for too long.');
  const feedAge = gauge('feed_age_seconds', "How old the last tick is, on the bot's clock.");
  const sweepAge = gauge('sweep_age_seconds', "How long ago the invariants were last checked, on the bot's clock.");
  const uptime = gauge('uptime_seconds', 'How long the bot runs.');
  const mail = gauge('actor_mailbox', 'Messages of the actor, by what became of them.', 'actor', 'state');
  const events = counter('actor_events_total', 'Events the actor took since it was first seen.', 'actor');
  const actorCount = gauge('actors', 'Actors that are known.');
  const streams = gauge('inspector_streams', 'Pages and programs that listen.');
  const dropped = counter('inspector_events_dropped_total', 'Events that streams had no room for.');
  const end = processMetrics(registry);

  const ofComponents = ({ status, components }: Overview): void => {
    for (const one of components) {
      const component = one.id;
      for (const each of HEALTHS) componentHealth.set({ component, health: each }, one.health === each ? 1 : 0);
      critical.set({ component }, one.critical ? 1 : 0);
      checks.set({ component, result: 'held' }, one.checks.held);
      checks.set({ component, result: 'all' }, one.checks.all);
      restarts.inc({ component }, one.restarts);
      for (const { remedy, left } of one.budgets) budget.set({ component, remedy }, left);
    }
    for (const [state, count] of Object.entries(status.pipeline.by_state)) signals.set({ state }, count);
  };

  const ofAll = (overview: Overview): void => {
    const { at, feed, repairs, status, sweep, verdict } = overview;
    for (const each of HEALTHS) health.set({ health: each }, verdict.health === each ? 1 : 0);
    killSwitch.set(status.kill_switch.active ? 1 : 0);
    uptime.set(status.uptime_seconds);
    stuck.set(status.pipeline.stuck_count);
    incidents.set({ status: 'open' }, status.open_incidents.length);
    for (const outcome of ['healed', 'failed', 'cleared'] as const)
      incidents.set({ status: outcome }, repairs[outcome]);
    if (repairs.median_ms !== null) repair.set({ quantile: '0.5' }, repairs.median_ms / 1000);
    if (repairs.p95_ms !== null) repair.set({ quantile: '0.95' }, repairs.p95_ms / 1000);
    if (repairs.held !== null) held.set(repairs.held);
    if (repairs.all_green !== null) green.set(repairs.all_green);
    if (overview.alerts.sent !== null) alerts.set({ outcome: 'sent' }, overview.alerts.sent);
    alerts.set({ outcome: 'held_back' }, overview.alerts.held_back);
    if (feed.last_tick_at !== null) feedAge.set((at - Date.parse(feed.last_tick_at)) / 1000);
    if (sweep.last_at !== null) sweepAge.set((at - sweep.last_at) / 1000);
  };

  const ofActors = (actors: readonly ActorView[]): void => {
    actorCount.set(actors.length);
    // Those with a mailbox first: they are the few that stay.
    const ordered = [...actors].sort((a, b) => Number(b.mail !== null) - Number(a.mail !== null));
    for (const [place, one] of ordered.entries()) {
      const actor = place < MOST_ACTORS ? one.id : OTHERS;
      events.inc({ actor }, one.events);
      if (one.mail === null) continue;
      for (const state of ['accepted', 'processed', 'held'] as const) mail.inc({ actor, state }, one.mail[state]);
    }
  };

  return {
    contentType: registry.contentType,
    scrape: (now) => {
      // What is there no more is told no more.
      registry.resetMetrics();
      for (const one of [repair, held, green, feedAge, sweepAge]) one.remove({});
      ofComponents(now.overview);
      ofAll(now.overview);
      ofActors(now.actors);
      streams.set(now.streams);
      dropped.inc(now.dropped);
      return registry.metrics();
    },
    close: () => {
      end();
      registry.clear();
    },
  };
}
