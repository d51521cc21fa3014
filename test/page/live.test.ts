import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Overview, StreamEvent } from '../../src/inspector/contract.ts';

const BEGAN = 1_760_000_000_000;
const KEEP_ALIVE = ': still here\n\n';
const NO_ACTORS: StreamEvent = { type: 'actors', actors: [], gone: [] };

const said = (event: StreamEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const overviewAt = (at: number): Overview =>
  ({ kind: 'live', at, speed: 1, verdict: { health: 'green', title: 'Everything holds.' }, components: [] }) as never;

/** The page's link to a server that says what it is made to say. */
async function linked() {
  let push = (_: string): void => undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (out) => {
      push = (text) => out.enqueue(new TextEncoder().encode(text));
    },
  });
  vi.stubGlobal('location', { hash: '', pathname: '/', search: '', host: '127.0.0.1:7070' });
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal('history', { replaceState: () => undefined });
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('fetch', async () => ({ ok: true, body }));
  vi.resetModules();
  const live = await import('../../inspector/src/live.ts');
  const heard = async (text: string): Promise<void> => {
    push(text);
    await vi.advanceTimersByTimeAsync(0);
  };
  live.connect();
  await heard(said({ type: 'hello', overview: overviewAt(BEGAN), actors: [] }));
  return { live, heard };
}

beforeEach(() => {
  vi.useFakeTimers({ now: BEGAN, toFake: ['setTimeout', 'setInterval', 'Date', 'performance'] });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('what the page knows of a bot is too old to be believed', () => {
  it.each([
    ['keeps the line open', KEEP_ALIVE],
    ['tells of its actors', said(NO_ACTORS)],
  ])('12 s after the last overview, though the server %s', async (_, text) => {
    const { live, heard } = await linked();
    for (let second = 1; second <= 60; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(live.stale.value, `after ${second} s`).toBe(second > 12);
      await heard(text);
    }
    expect(live.link.value).toBe('live');
    await heard(said({ type: 'overview', overview: overviewAt(BEGAN + 60_000) }));
    expect(live.stale.value).toBe(false);
  });

  it('though the clock on the wall was set back', async () => {
    const { live, heard } = await linked();
    vi.setSystemTime(BEGAN - 3_600_000);
    for (let second = 1; second <= 13; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      await heard(KEEP_ALIVE);
    }
    expect(live.stale.value).toBe(true);
    expect(live.botNow.value).toBe(BEGAN + 13_000);
  });

  it('and a line on which nothing comes is given up, whatever the clock on the wall says', async () => {
    const { live } = await linked();
    vi.setSystemTime(BEGAN - 3_600_000);
    const given = vi.spyOn(AbortController.prototype, 'abort');
    await vi.advanceTimersByTimeAsync(21_000);
    expect(given).toHaveBeenCalled();
    expect(live.stale.value).toBe(true);
  });
});
