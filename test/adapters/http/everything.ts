import type { Hono } from 'hono';
import type { Env } from '../../../src/adapters/http/api.ts';
import { inspectorApp } from '../../../src/adapters/http/app.ts';
import { Listeners } from '../../../src/adapters/http/listeners.ts';
import { inspectorMetrics } from '../../../src/adapters/http/metrics.ts';
import { Page } from '../../../src/adapters/http/page.ts';
import { loadStately, StatelyBridge } from '../../../src/adapters/http/stately.ts';
import { statelyRoutes } from '../../../src/adapters/http/stately-page.ts';
import { Hub } from '../../../src/adapters/http/stream.ts';
import { FakeSource, Lines } from './fake-source.ts';

/** Every route that is served, as `GET /api/overview`: asked of the app itself, so that none can be forgotten. */
export async function everyRoute(): Promise<readonly string[]> {
  const source = new FakeSource();
  const listeners = new Listeners();
  const clean = <T>(value: T): T => value;
  const failed = () => undefined;
  const metrics = inspectorMetrics();
  const bridge = new StatelyBridge(await loadStately(), {
    tap: { subscribe: () => () => undefined, living: () => [] },
    clean,
    failed,
  });
  const stately: Hono<Env> = statelyRoutes({ bridge, listeners, inspector: new URL('https://stately.ai/inspect') });
  const app = inspectorApp({
    source,
    listeners,
    metrics,
    stately,
    bots: null,
    clean,
    hub: new Hub({ source, listeners, clean, failed }),
    page: new Page('/nowhere'),
    log: new Lines(),
  });
  metrics.close();
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => `${method} ${path}`);
  return [...new Set(routes)];
}
