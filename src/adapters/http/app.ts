import { type Context, Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import { BadQuestion, type InspectorSource } from '../../inspector/source.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Env, inspectorApi } from './api.ts';
import type { BotRoutes } from './bots.ts';
import type { Listeners } from './listeners.ts';
import type { Metrics } from './metrics.ts';
import { NOT_BUILT, type Page } from './page.ts';
import type { Hub } from './stream.ts';

export interface AppOptions {
  readonly source: InspectorSource;
  readonly hub: Hub;
  readonly listeners: Listeners;
  /** `null`: they are not told here. */
  readonly metrics: Metrics | null;
  readonly page: Page;
  /** Its page for the official inspector; `null`: it is off. */
  readonly stately: Hono<Env> | null;
  /** The bots of a fleet, below; `null`: there are none. */
  readonly bots: BotRoutes | null;
  /** Below which path all of this is. */
  readonly base?: string;
  /** Takes secrets out. */
  readonly clean: <T>(value: T) => T;
  readonly log: Logger;
}

/** Where the bots of a fleet are. */
export const BOTS_PATH = '/bots';

/** A file of the page; the page itself at `/`. */
export async function sendPage(c: Context<Env>, page: Page, path: string): Promise<Response> {
  const file = await page.file(path, c.req.header('accept-encoding') ?? '');
  if (file !== null) return c.body(file.bytes, 200, { ...file.headers });
  if (path === '/') return c.html(NOT_BUILT);
  return c.json({ error: 'There is nothing at this address.' }, 404);
}

/** Everything that is served, but what belongs to the official tools. */
export function inspectorApp(options: AppOptions): Hono<Env> {
  const { source, hub, listeners, metrics, page, stately, bots, base = '', clean, log } = options;
  const app = new Hono<Env>({ getPath: (request) => getPath(request).slice(base.length) });

  app.get('/healthz', (c) => {
    const { alive, says } = source.liveness();
    return c.text(`${clean(says)}\n`, alive ? 200 : 503);
  });
  app.get('/readyz', (c) => {
    const { ready, says } = source.liveness();
    return c.text(`${clean(says)}\n`, ready ? 200 : 503);
  });
  if (metrics !== null) {
    app.get('/metrics', async (c) => {
      const { overview, actors } = clean({ overview: source.overview(), actors: source.actors() });
      const text = await metrics.scrape({ overview, actors, streams: listeners.size, dropped: hub.dropped });
      return c.body(text, 200, { 'Content-Type': metrics.contentType });
    });
  }
  app.route('/api', inspectorApi({ source, hub, listeners, clean }));

  if (stately !== null) app.route('/stately', stately);
  if (bots !== null) app.route(BOTS_PATH, bots.routes);

  app.all('/api/*', (c) => c.json({ error: 'The API has no such address; docs/api.md lists them.' }, 404));
  app.get('*', (c) => sendPage(c, page, c.req.path));

  app.notFound((c) => c.json({ error: 'There is nothing at this address.' }, 404));
  app.onError((error, c) => {
    if (error instanceof BadQuestion) return c.json({ error: clean(error.message) }, 400);
    const { method, path } = c.req;
    log.error(`[inspector] ${method} ${path} could not be answered: ${clean(error.message)}`, {
      stack: clean(error.stack ?? ''),
    });
    return c.json({ error: `This could not be answered: ${clean(error.message)}. The bot's log has more.` }, 500);
  });
  return app;
}
