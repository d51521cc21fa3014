/** Questions to the server, and commands. */
import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { Command, CommandAnswer } from '../../src/inspector/contract.ts';
import { withToken } from './token.ts';

/** The server's answer, or its words on why there is none. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(path, { headers: withToken(), ...(signal ? { signal } : {}) });
  if (!answer.ok) throw new Error(await wordsOf(answer));
  const value: unknown = await answer.json().catch(() => null);
  // Else it would be waited for, for ever.
  if (value === null) throw new Error(`what the server answered to ${path.split('?')[0]} cannot be read`);
  return value as T;
}

/** The server's own words for an error. */
export async function wordsOf(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  const words = (body as { error?: unknown } | null)?.error;
  return typeof words === 'string' ? words : `the server answered ${answer.status}`;
}

export async function command(wanted: Command): Promise<CommandAnswer> {
  const answer = await fetch('api/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...withToken() },
    body: JSON.stringify(wanted),
  });
  if (!answer.ok) return { ok: false, says: await wordsOf(answer) };
  return (await answer.json()) as CommandAnswer;
}

/** The answer, if it comes in time: a server that hangs refuses nothing. */
async function within<T>(ms: number | null, gone: AbortSignal, asking: (ended: AbortSignal) => Promise<T>): Promise<T> {
  if (ms === null) return asking(gone);
  const late = AbortSignal.timeout(ms);
  return asking(AbortSignal.any([gone, late])).catch((error: unknown) => {
    throw late.aborted ? new Error(`the server did not answer within ${ms / 1_000} s`) : error;
  });
}

export interface Asked<T> {
  readonly value: T | null;
  readonly error: string | null;
  readonly loading: boolean;
}

/**
 * The answer to a question, asked again when the path changes and every `everyMs`. What was known stays while it is asked again.
 * @param path `null`: nothing is asked
 * @param withinMs an answer that takes longer is given up, as an error; `null`: it is waited for
 */
export function useAsked<T>(
  path: () => string | null,
  everyMs: number | null = null,
  withinMs: number | null = null,
): Signal<Asked<T>> {
  const asked = useSignal<Asked<T>>({ value: null, error: null, loading: true });
  useSignalEffect(() => {
    const wanted = path();
    if (wanted === null) {
      asked.value = { value: null, error: null, loading: false };
      return;
    }
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const once = async (): Promise<void> => {
      try {
        const value = await within(withinMs, gone.signal, (ended) => ask<T>(wanted, ended));
        if (!gone.signal.aborted) asked.value = { value, error: null, loading: false };
      } catch (error) {
        if (!gone.signal.aborted)
          asked.value = { ...asked.peek(), error: String((error as Error).message), loading: false };
      }
      if (everyMs !== null && !gone.signal.aborted) timer = setTimeout(() => void once(), everyMs);
    };
    asked.value = { ...asked.peek(), loading: true };
    void once();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  });
  return asked;
}
