import { resolve } from 'node:path';
import { type InspectorServer, serveInspector } from '../../src/adapters/http/serve.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import type { BotsSource, InspectorSource } from '../../src/inspector/source.ts';

export const FIXTURE_TOKEN = 'c0ffeec0ffeec0ffeec0ffeec0ffee00';
export const PAGE = resolve(import.meta.dirname, '../../dist/page');

const NO_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The real server with the built page, on made-up answers. Whoever opened it closes it. */
export const serveFixture = (source: InspectorSource, port = 0, bots?: BotsSource): Promise<InspectorServer> =>
  serveInspector({
    ...(bots === undefined ? {} : { bots }),
    source,
    port,
    token: FIXTURE_TOKEN,
    page: PAGE,
    redactor: new Redactor(),
    log: NO_LOG,
    staysAlive: true,
  });
