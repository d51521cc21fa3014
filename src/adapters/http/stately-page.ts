import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Env } from './api.ts';
import { contentPolicy } from './headers.ts';
import type { Listeners } from './listeners.ts';
import type { StatelyBridge } from './stately.ts';

export const STATELY_URL = 'https://stately.ai/inspect';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const page = (url: URL): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Stately Inspector · Kintsugi</title>
<link rel="stylesheet" href="/stately/bridge.css">
<main data-inspector="${escaped(url.href)}">
<h1>Stately Inspector</h1>
<p>This loads ${escaped(url.href)} into this page. From then on the states, events and contexts of the bot's actors go to that page,
which belongs to ${escaped(url.host)}. Registered secrets are taken out first. Nothing is loaded before you press the button.</p>
<p><button type="button">Load it and show the actors</button> <span role="status"></span></p>
</main>
<script src="/stately/bridge.js"></script>
</html>
`;

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;height:100vh;display:flex;flex-direction:column}
main{padding:16px 24px;max-width:44em}
main.on h1,main.on p:first-of-type{display:none}
h1{font-size:20px;margin:0 0 8px}
button{font:inherit;padding:6px 14px}
iframe{flex:1;border:0;width:100%}
`;

/** Messages go to the frame's own origin and to no other, and begin when that frame says it is there. */
const SCRIPT = `const main = document.querySelector('main');
const url = new URL(main.dataset.inspector);
const button = main.querySelector('button');
const status = main.querySelector('[role=status]');
button.addEventListener('click', () => {
  button.hidden = true;
  main.className = 'on';
  const frame = document.createElement('iframe');
  frame.title = 'Stately Inspector';
  frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-popups');
  frame.src = url.href;
  let stream = null;
  addEventListener('message', (event) => {
    if (event.source !== frame.contentWindow || event.origin !== url.origin) return;
    if (!event.data || event.data.type !== '@statelyai.connected') return;
    if (stream) stream.close();
    stream = new EventSource('/stately/stream');
    stream.onopen = () => { status.textContent = 'Connected.'; };
    stream.onerror = () => { status.textContent = 'The bot does not answer; trying again.'; };
    stream.onmessage = ({ data }) => frame.contentWindow.postMessage(JSON.parse(data), url.origin);
  });
  document.body.append(frame);
});
`;

interface StatelyRoutes {
  readonly bridge: StatelyBridge;
  readonly listeners: Listeners;
  /** The page that is framed. */
  readonly inspector: URL;
}

/** `/stately`: a page that passes what the bridge says on to the official inspector in a frame. */
export function statelyRoutes({ bridge, listeners, inspector }: StatelyRoutes): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/', (c) => {
    // This page alone may frame another, and that one alone.
    c.header('Content-Security-Policy', contentPolicy({ 'frame-src': inspector.origin }));
    return c.html(page(inspector));
  });
  app.get('/bridge.js', (c) => c.body(SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  app.get('/bridge.css', (c) => c.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/stream', (c) => {
    if (c.env.incoming.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    if (listeners.full) return c.json({ error: `${listeners.most} streams are open, which is all there may be.` }, 503);
    let id = 0;
    let wake = (): void => undefined;
    const client = bridge.join(() => wake());
    const listener = listeners.open(c.env.outgoing as HttpBindings['outgoing'], {
      next: () => {
        const text = client.next();
        id += 1;
        return text === null ? null : `id: ${id}\ndata: ${text}\n\n`;
      },
      over: false,
      left: () => bridge.leave(client),
    });
    wake = () => listener.wake();
    listener.wake();
    return RESPONSE_ALREADY_SENT;
  });
  return app;
}
