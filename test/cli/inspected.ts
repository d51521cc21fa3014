import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandAnswer, Overview, StreamEvent } from '../../src/inspector/contract.ts';

/** A bot's server, as somebody asks it who may read the bot's directory. */
export interface Asked {
  readonly url: string;
  readonly token: string;
  get<T>(path: string): Promise<T>;
  /** @param token another than the right one; `null`: none */
  command(body: unknown, token?: string | null): Promise<{ readonly status: number; readonly answer: CommandAnswer }>;
  overview(): Promise<Overview>;
}

export const tokenIn = (dir: string): string => readFileSync(join(dir, 'run/inspector_token'), 'utf8').trim();

export function asked(dir: string, url: string): Asked {
  const token = tokenIn(dir);
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(new URL(path, url));
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    url,
    token,
    get,
    overview: () => get<Overview>('/api/overview'),
    command: async (body, given = token) => {
      const response = await fetch(new URL('/api/commands', url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(given === null ? {} : { authorization: `Bearer ${given}` }),
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, answer: (await response.json()) as CommandAnswer };
    },
  };
}

/** The stream as a page hears it, until `ended`. */
export interface Heard {
  readonly events: StreamEvent[];
  readonly ended: Promise<void>;
  stop(): void;
}

export function hear(url: string): Heard {
  const events: StreamEvent[] = [];
  const abort = new AbortController();
  const listen = async (): Promise<void> => {
    const response = await fetch(new URL('/api/stream', url), { signal: abort.signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array);
      const pieces = text.split('\n\n');
      text = pieces.pop() ?? '';
      for (const piece of pieces) {
        const data = piece.split('\n').find((line) => line.startsWith('data: '));
        if (data) events.push(JSON.parse(data.slice(6)) as StreamEvent);
      }
    }
  };
  // A server that is gone ends the stream, however it went.
  const ended = listen().catch((error: unknown) => {
    if (!abort.signal.aborted && !(error instanceof TypeError)) throw error;
  });
  return { events, ended, stop: () => abort.abort() };
}

/** The page's address in what a command said. */
export function urlIn(text: string): string {
  const [url] = /http:\/\/[\w.[\]:]+\//.exec(text) ?? [];
  if (!url) throw new Error(`no address of a page in:\n${text}`);
  return url;
}
