import type { Delivered } from '../ports/alerts.ts';
import { percentDecoded } from './percent-decoded.ts';

/** How long a request may take, answer and all, ms. */
const ANSWER_WITHIN_MS = 10_000;
/** Of an answer so much is read, bytes. */
const READ_AT_MOST = 16 * 1024;
const SHOWN = 200;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

export interface PostOptions {
  readonly signal: AbortSignal;
  readonly answerWithinMs?: number;
  /** Takes secrets out of what the service says: some repeat what they were asked. */
  readonly clean?: (text: string) => string;
  /** Words and a wait from the body, where the service puts them there. */
  readonly explain?: (body: string) => { readonly why?: string; readonly afterMs?: number };
}

/** `Retry-After` (RFC 9110 §10.2.3) in ms: seconds, or a date. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** An address as `fetch` takes it: who asks stands in a header (RFC 7617), and in no address. */
function signedIn(url: string): { readonly address: URL; readonly authorization: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address, authorization: {} };
  address.username = '';
  address.password = '';
  const who = Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString('base64');
  return { address, authorization: { authorization: `Basic ${who}` } };
}

async function bodyOf(response: Response): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= READ_AT_MOST) break;
  }
  return text.slice(0, READ_AT_MOST);
}

/** Why nothing was answered, by the code alone: what `fetch` says may hold the address. */
function failureOf(error: unknown, answerWithinMs: number): string {
  if (!(error instanceof Error)) return 'the request failed';
  if (error.name === 'TimeoutError') return `no answer within ${answerWithinMs / 1000} s`;
  if (error.name === 'AbortError') return 'it was broken off, because the bot stops';
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return `the request failed (${code ?? error.name})`;
}

const isForNow = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/**
 * Sends a JSON document by POST. Follows no redirect: the address is a secret, and not for another host. Never rejects.
 */
export async function postJson(
  url: string,
  document: unknown,
  { signal, answerWithinMs = ANSWER_WITHIN_MS, clean = (text) => text, explain = () => ({}) }: PostOptions,
): Promise<Delivered> {
  let answer: Answer;
  try {
    const { address, authorization } = signedIn(url);
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(document),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    });
    const retryAfter = response.headers.get('retry-after');
    answer = { status: response.status, retryAfter, body: response.ok ? '' : await bodyOf(response) };
    if (response.ok) await response.body?.cancel();
  } catch (error) {
    return { ok: false, retry: true, afterMs: null, why: failureOf(error, answerWithinMs) };
  }
  const { status, retryAfter, body } = answer;
  if (status >= 200 && status < 300) return { ok: true };
  const { why = body, afterMs = retryAfterMs(retryAfter, Date.now()) } = explain(body);
  // Cleaned whole: of a secret that is cut in two nothing would be known any more.
  const words = clean(why)
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim()
    .slice(0, SHOWN);
  const says = `HTTP ${status}${status < 400 ? ', a redirect, which is not followed' : words && `: ${words}`}`;
  return { ok: false, retry: isForNow(status), afterMs, why: says };
}
