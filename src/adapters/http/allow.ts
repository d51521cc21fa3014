import type { IncomingMessage } from 'node:http';
import { isToken } from '../request-token.ts';

/** Names by which a browser on this machine may call the server; `localhost` never leaves it. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'] as const;
const HTTP_PORT = 80;

/** As it stands in a URL: IPv6 in brackets. */
export const urlHost = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** Bound to it, nobody but this machine can connect. Anything else counts as the network, names that may resolve anywhere too. */
export const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '::1', '[::1]'].includes(host);

/** The exact values of `Host` that are answered, at that port. */
export function allowedHosts(host: string, port: number): ReadonlySet<string> {
  const names = new Set<string>([...LOOPBACK, urlHost(host)]);
  const bare = port === HTTP_PORT ? [...names] : [];
  return new Set([...[...names].map((name) => `${name}:${port}`), ...bare]);
}

export interface Gate {
  readonly hosts: ReadonlySet<string>;
  /** `null`: there is none, and nothing can be asked for. */
  readonly token: string | null;
  /** On the network: all but the probes needs the token. */
  readonly everything: boolean;
  /** Where a proxy that speaks TLS has it; `null` or missing: nowhere. */
  readonly outside?: URL | null;
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 405;
  /** For a person. Nothing of the request is repeated in it. */
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PROBES = ['/healthz', '/readyz'];
const METHODS = ['GET', 'HEAD', 'POST'];

type Asked = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>;

/** Every value a header was sent with: two of one name are two, where Node keeps the first. */
const sent = ({ rawHeaders }: Asked, name: string): readonly string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);

/** `Bearer TOKEN`, compared in a time that tells nothing. */
function bears(asked: Asked, token: string | null): boolean {
  const [value = '', ...more] = sent(asked, 'authorization');
  return token !== null && more.length === 0 && value.startsWith('Bearer ') && isToken(token, value.slice(7));
}

/**
 * The token as the password of Basic authentication, whatever the name: what a browser can send when it opens a page over the
 * network. A browser sends it by itself, so it is good for reading alone.
 */
function signsIn(asked: Asked, token: string | null): boolean {
  const [value = '', ...more] = sent(asked, 'authorization');
  if (token === null || more.length > 0 || !value.startsWith('Basic ')) return false;
  const [, ...password] = Buffer.from(value.slice(6), 'base64').toString('utf8').split(':');
  return isToken(token, password.join(':'));
}

/**
 * Whether a request may be looked at, before anything else of it is; `null`: it may.
 *
 * - The target is a path: an absolute one names a host of its own.
 * - `Host`: there, once, and exactly one of the list. It is what tells a page whose name was bound anew to 127.0.0.1 (DNS
 *   rebinding) from our own. No lower-casing, no trailing dot: browsers send it normalised.
 * - `Origin`, where sent: once, and exactly `http://` and one of the list. `null` never is, with the token neither: it is what
 *   sandboxed frames and files send, and none of ours is one.
 * - `Sec-Fetch-Site`, where sent: `same-origin` or `none` (typed, a bookmark). `same-site` is another port of this machine.
 * - POST and a WebSocket: an allowed `Origin`, or none and the Bearer token (curl, the CLI). POST needs the token in any case.
 * - On the network, all but the probes needs the token: Bearer, or for reading as the password of Basic authentication.
 */
export function refusal(asked: Asked, gate: Gate, socket = false): Refusal | null {
  const { method = '', url = '' } = asked;
  if (!METHODS.includes(method)) {
    return { status: 405, error: 'Only GET, HEAD and POST are answered here.', headers: { Allow: METHODS.join(', ') } };
  }
  if (!url.startsWith('/') || url.startsWith('//')) {
    return { status: 400, error: 'The target of a request must be a path, as in GET /api/overview.' };
  }
  const [host, ...hosts] = sent(asked, 'host');
  const { outside = null } = gate;
  if (host === undefined || hosts.length > 0 || !(gate.hosts.has(host) || host === outside?.host)) {
    const names = [...gate.hosts, ...(outside === null ? [] : [outside.host])];
    return { status: 403, error: `This server answers to ${names.join(', ')} and to no other Host.` };
  }
  const [origin, ...origins] = sent(asked, 'origin');
  const isOwn = origin === undefined || (origin.startsWith('http://') && gate.hosts.has(origin.slice(7)));
  if (origins.length > 0 || !(isOwn || origin === outside?.origin)) {
    return { status: 403, error: 'Pages of another origin may not ask this server anything.' };
  }
  if (sent(asked, 'sec-fetch-site').some((site) => site !== 'same-origin' && site !== 'none')) {
    return { status: 403, error: 'Another page led here. Type the address into the address bar instead.' };
  }
  const holds = bears(asked, gate.token);
  if (method === 'POST' && !holds) return unauthorised('POST changes something and needs', gate);
  if (socket && origin === undefined && !holds) return unauthorised('A WebSocket without an Origin needs', gate);
  const probe = PROBES.includes(url.split('?')[0] ?? '');
  if (gate.everything && !probe && !holds && (socket || !signsIn(asked, gate.token))) {
    return unauthorised('Over the network everything needs', gate, 'Basic realm="kintsugi", charset="UTF-8"');
  }
  return null;
}

const unauthorised = (why: string, { token }: Gate, scheme = 'Bearer realm="kintsugi"'): Refusal => ({
  status: 401,
  error:
    token === null
      ? 'Nothing can be asked for here: this inspector was started without a token.'
      : `${why} the header Authorization: Bearer TOKEN. The token is in the address that was printed, and of a bot in run/inspector_token of its directory.`,
  headers: { 'WWW-Authenticate': scheme },
});
