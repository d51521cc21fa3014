import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { InspectorSource } from '../../inspector/source.ts';
import { readCommand } from './command.ts';
import type { Listeners } from './listeners.ts';
import { limitOf, neededNumber, numbers, stateOf, texts } from './query.ts';
import type { Hub } from './stream.ts';

export interface Env {
  Bindings: HttpBindings;
}

const LARGEST_COMMAND = 64 * 1024;

interface ApiOptions {
  readonly source: InspectorSource;
  readonly hub: Hub;
  readonly listeners: Listeners;
  /** Takes secrets out. */
  readonly clean: <T>(value: T) => T;
}

/** The JSON API of `src/inspector/contract.ts`. Who may ask was settled before (`allow.ts`). */
export function inspectorApi({ source, hub, listeners, clean }: ApiOptions): Hono<Env> {
  const app = new Hono<Env>();
  const tell = (c: Context<Env>, value: unknown, missing = 'There is none of that name.') =>
    value === null ? c.json({ error: missing }, 404) : c.json(clean(value) as object);
  const ask = (c: Context<Env>) => (name: string) => c.req.query(name);

  app.get('/overview', (c) => tell(c, source.overview()));
  app.get('/actors', (c) => tell(c, source.actors()));
  app.get('/actors/:id', (c) => tell(c, source.actor(c.req.param('id')), 'There is no actor of that name.'));
  app.get('/machines', (c) => tell(c, source.machines()));
  app.get('/events', (c) =>
    tell(c, source.events({ ...texts(ask(c), 'actor'), ...numbers(ask(c), 'after'), ...limitOf(ask(c), 500) })),
  );
  app.get('/faults', (c) => tell(c, source.faults()));
  app.get('/incidents', async (c) =>
    tell(c, await source.incidents({ ...texts(ask(c), 'component'), ...limitOf(ask(c), 200) })),
  );
  app.get('/incidents/:id', async (c) =>
    tell(c, await source.incident(c.req.param('id')), 'There is no incident of that id.'),
  );
  app.get('/why/:component', async (c) =>
    tell(c, await source.why(c.req.param('component')), 'There is no component of that name.'),
  );
  app.get('/signals', async (c) =>
    tell(
      c,
      await source.signals({
        ...stateOf(ask(c)),
        ...texts(ask(c), 'symbol', 'search'),
        ...numbers(ask(c), 'before'),
        ...limitOf(ask(c), 200),
      }),
    ),
  );
  app.get('/signals/:id', async (c) =>
    tell(c, await source.signal(c.req.param('id')), 'There is no signal of that id.'),
  );
  app.get('/trading', async (c) => tell(c, await source.trading(), 'Nothing is traded here.'));
  app.get('/fleet', async (c) =>
    tell(c, (await source.fleet?.()) ?? null, 'One bot is shown here, and no fleet: kintsugi worker shows one.'),
  );
  app.get('/log', async (c) =>
    tell(c, await source.log({ ...texts(ask(c), 'search'), ...numbers(ask(c), 'before'), ...limitOf(ask(c), 500) })),
  );
  app.get('/history', async (c) => tell(c, await source.history()));
  app.get('/history/moment', async (c) => tell(c, await source.moment(neededNumber(ask(c), 'at'))));
  app.get('/history/steps', async (c) =>
    tell(
      c,
      await source.steps({
        from: neededNumber(ask(c), 'from'),
        to: neededNumber(ask(c), 'to'),
        ...texts(ask(c), 'actor'),
        ...limitOf(ask(c), 500),
      }),
    ),
  );

  app.get('/stream', (c) => {
    if (c.env.incoming.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    if (listeners.full) {
      const error = `${listeners.most} streams are open, which is all there may be. Close a page of the inspector.`;
      return c.json({ error }, 503, { 'Retry-After': '10' });
    }
    hub.join(c.env.outgoing as HttpBindings['outgoing']);
    return RESPONSE_ALREADY_SENT;
  });

  app.post(
    '/commands',
    async (c, next) => {
      const [type = ''] = (c.req.header('content-type') ?? '').split(';');
      if (type.trim().toLowerCase() === 'application/json') return next();
      return c.json({ error: 'A command is JSON: send it with Content-Type: application/json.' }, 415);
    },
    bodyLimit({
      maxSize: LARGEST_COMMAND,
      onError: (c) => c.json({ error: `A command has ${LARGEST_COMMAND / 1024} KiB or less.` }, 413),
    }),
    async (c) => {
      const read = readCommand(await readJson(c));
      if ('error' in read) return c.json({ error: clean(read.error) }, 400);
      const offered = source.overview().commands;
      if (!offered.includes(read.command.do)) {
        const can = offered.length === 0 ? 'nothing' : offered.join(', ');
        return c.json({ error: `${read.command.do} cannot be asked here; what can: ${can}.` }, 409);
      }
      return tell(c, await source.command(read.command));
    },
  );
  return app;
}

/** `undefined` for what is no JSON: no command is that. */
async function readJson(c: Context<Env>): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
