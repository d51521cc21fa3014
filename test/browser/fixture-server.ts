/**
 * Serves the built page on made-up answers, to look at while it is made: `node test/browser/fixture-server.ts [calm|trouble|empty] [port] [live|records|app]`.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { type FixtureOptions, fixtureSource } from './fixture-source.ts';

const PAGE = resolve(import.meta.dirname, '../../dist/page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const [mood = 'trouble', port = '7090', kind = 'live'] = process.argv.slice(2);
const source = fixtureSource({ mood: mood as FixtureOptions['mood'], kind: kind as FixtureOptions['kind'] });
/** As strict as the real one. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const answer = (path: string, query: URLSearchParams): unknown => {
  const [, , what = '', id = ''] = path.split('/').map(decodeURIComponent);
  const limit = Number(query.get('limit') ?? 100);
  const text = (key: string): Record<string, string> =>
    query.get(key) === null ? {} : { [key]: query.get(key) ?? '' };
  const number = (key: string): number => Number(query.get(key) ?? 0);
  if (what === 'overview') return source.overview();
  if (what === 'actors') return id ? source.actor(id) : source.actors();
  if (what === 'machines') return source.machines();
  if (what === 'events') return source.events({ ...text('actor'), limit });
  if (what === 'faults') return source.faults();
  if (what === 'incidents') return id ? source.incident(id) : source.incidents({ ...text('component'), limit });
  if (what === 'why') return source.why(id);
  if (what === 'signals')
    return id
      ? source.signal(id)
      : source.signals({
          ...text('state'),
          ...text('symbol'),
          ...text('search'),
          ...(query.get('before') ? { before: number('before') } : {}),
          limit,
        });
  if (what === 'trading') return source.trading();
  if (what === 'log')
    return source.log({ ...text('search'), ...(query.get('before') ? { before: number('before') } : {}), limit });
  if (what === 'history')
    return id === 'moment'
      ? source.moment(number('at'))
      : id === 'steps'
        ? source.steps({ from: number('from'), to: number('to'), ...text('actor'), limit })
        : source.history();
  return null;
};

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/api/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const end = source.follow((event) => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
    const heartbeat = setInterval(() => response.write(': still here\n\n'), 5_000);
    response.on('close', () => {
      clearInterval(heartbeat);
      end();
    });
    return;
  }
  if (pathname === '/api/commands') {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(await source.command(JSON.parse(body))));
    return;
  }
  if (pathname.startsWith('/api/')) {
    const found = await answer(pathname, searchParams);
    response.writeHead(found === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: `there is no ${pathname}` }));
    return;
  }
  const file = join(PAGE, pathname === '/' ? 'index.html' : pathname);
  if (!file.startsWith(PAGE) || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
  });
  createReadStream(file).pipe(response);
}).listen(Number(port), '127.0.0.1', () =>
  process.stderr.write(`made-up answers (${mood}) at http://127.0.0.1:${port}\n`),
);
