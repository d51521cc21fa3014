import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anActor } from './fake-source.ts';
import { listen, serving } from './serving.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** `/metrics` as samples: `name{labels}` to its value. */
async function scraped(answer: Response): Promise<Map<string, number>> {
  const text = await answer.text();
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('/metrics', () => {
  it('says what the overview says, figure by figure', async () => {
    const { get } = await serving();
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const samples = await scraped(answer);
    expect(Object.fromEntries(samples)).toMatchObject({
      'kintsugi_health{health="yellow"}': 1,
      'kintsugi_health{health="green"}': 0,
      'kintsugi_component_health{component="signal_bus",health="yellow"}': 1,
      'kintsugi_component_health{component="signal_bus",health="green"}': 0,
      'kintsugi_component_health{component="heartbeat",health="unknown"}': 1,
      'kintsugi_component_critical{component="signal_bus"}': 1,
      'kintsugi_component_critical{component="heartbeat"}': 0,
      'kintsugi_component_checks{component="signal_bus",result="held"}': 4,
      'kintsugi_component_checks{component="signal_bus",result="all"}': 5,
      'kintsugi_component_restarts_total{component="signal_bus"}': 2,
      'kintsugi_remedy_budget_left{component="signal_bus",remedy="RESTART"}': 1,
      kintsugi_kill_switch_active: 1,
      'kintsugi_incidents{status="open"}': 1,
      'kintsugi_incidents{status="healed"}': 11,
      'kintsugi_incidents{status="failed"}': 4,
      'kintsugi_incidents{status="cleared"}': 6,
      'kintsugi_repair_seconds{quantile="0.5"}': 1.5,
      'kintsugi_repair_seconds{quantile="0.95"}': 9,
      kintsugi_repairs_held_ratio: 0.75,
      kintsugi_all_green_ratio: 0.9,
      'kintsugi_alerts{outcome="sent"}': 13,
      'kintsugi_alerts{outcome="held_back"}': 17,
      'kintsugi_signals{state="generated"}': 5,
      'kintsugi_signals{state="executed"}': 8,
      kintsugi_signals_stuck: 3,
      kintsugi_feed_age_seconds: 2.5,
      kintsugi_sweep_age_seconds: 0.5,
      kintsugi_uptime_seconds: 99,
      'kintsugi_actor_mailbox{actor="signalBus",state="accepted"}': 7,
      'kintsugi_actor_mailbox{actor="signalBus",state="processed"}': 6,
      'kintsugi_actor_mailbox{actor="signalBus",state="held"}': 1,
      'kintsugi_actor_events_total{actor="heartbeat"}': 12,
      kintsugi_actors: 2,
      kintsugi_inspector_streams: 0,
      kintsugi_inspector_events_dropped_total: 0,
    });
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(samples.get('nodejs_eventloop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  });

  it('is about now: nothing of the last scrape is counted again, and what is gone is not told', async () => {
    const { get, source, server } = await serving();
    await get('/metrics');
    source.now = {
      ...source.now,
      components: source.now.components.slice(0, 1),
      repairs: { ...source.now.repairs, median_ms: null, p95_ms: null, held: null },
      feed: { ...source.now.feed, last_tick_at: null },
    };
    source.living = [anActor('signalBus')];
    const stream = await listen(new URL('/api/stream', server.url));
    await stream.until(() => stream.told.length > 0);
    source.emit({ type: 'events', events: [], dropped: 41 });
    await stream.until(() => stream.told.length > 1);
    const samples = await scraped(await get('/metrics'));
    const names = [...samples.keys()];
    expect(samples.get('kintsugi_component_restarts_total{component="signal_bus"}')).toBe(2);
    expect(samples.get('kintsugi_inspector_streams')).toBe(1);
    expect(samples.get('kintsugi_inspector_events_dropped_total')).toBe(41);
    expect(names.filter((name) => /heartbeat|repair_seconds|repairs_held|feed_age/.test(name))).toEqual([]);
  });

  it('has series for so many actors, and the sum of the others', async () => {
    const { get, source } = await serving();
    source.living = Array.from({ length: 5000 }, (_, n) => anActor(`signal-${n}`, { mail: null, events: 1 }));
    source.living.push(anActor('signalBus'));
    const samples = await scraped(await get('/metrics'));
    const series = [...samples].filter(([name]) => name.startsWith('kintsugi_actor_events_total'));
    expect(series).toHaveLength(201);
    expect(samples.get('kintsugi_actor_events_total{actor="signalBus"}')).toBe(12);
    expect(samples.get('kintsugi_actor_events_total{actor="(others)"}')).toBe(4801);
  });
});

describe('the Grafana dashboard', () => {
  const dashboard = JSON.parse(readFileSync(join(ROOT, 'docs/grafana-dashboard.json'), 'utf8'));

  it('asks for metrics that there are', async () => {
    const { get } = await serving();
    const text = await (await get('/metrics')).text();
    const there = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const panels: { title: string; targets: { expr: string }[] }[] = dashboard.panels;
    expect(panels.length).toBeGreaterThan(8);
    for (const { title, targets } of panels) {
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr } of targets) {
        const names = [...expr.matchAll(/\b(kintsugi|process|nodejs)_\w+/g)].map(([name]) => name);
        expect(names.length, expr).toBeGreaterThan(0);
        expect(names.filter((name) => !there.has(name))).toEqual([]);
      }
    }
  });

  it('can be imported: a data source is asked for, and panels neither share an id nor overlap', () => {
    expect(dashboard.__inputs).toMatchObject([{ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' }]);
    expect(dashboard).toMatchObject({ id: null, schemaVersion: expect.any(Number), title: expect.any(String) });
    const panels: { id: number; gridPos: { x: number; y: number; w: number; h: number }; datasource: unknown }[] =
      dashboard.panels;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    for (const { datasource } of panels)
      expect(datasource).toEqual({ type: 'prometheus', uid: `\${${dashboard.__inputs[0].name}}` });
  });
});
