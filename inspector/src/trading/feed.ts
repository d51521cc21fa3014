/** The list of signals, kept up with the bot while it is looked at, and while one comes back to it from a signal. */
import { batch, signal } from '@preact/signals';
import type { SignalPage } from '../../../src/inspector/contract.ts';
import { ask } from '../ask.ts';
import { type Filter, pathOf } from './filter.ts';
import { beforeOf, begun, EMPTY, type List, shown, updated, withNewer, withOlder } from './list.ts';

const PAGE = 500;
const FRESH = 100;
const EVERY_MS = 3_000;

export interface Feed {
  readonly list: { readonly value: List };
  readonly state: { readonly value: 'asking' | 'more' | 'still' };
  readonly error: { readonly value: string | null };
  /** When it was last heard, ms on this machine's clock. */
  readonly heardAt: { readonly value: number | null };
  /** Somebody reads: nothing may move. */
  readonly reading: { value: boolean };
  /** What is on screen, first to before last: it is kept fresh. */
  readonly seen: { value: readonly [first: number, end: number] };
  /** Where the list stands, px. */
  readonly scrolled: { value: number };
  readonly more: () => void;
  readonly showWaiting: () => void;
  readonly again: () => void;
  /** Keeps it up until the function that comes back is called. */
  readonly follow: () => () => void;
}

export function createFeed(filter: Filter): Feed {
  const list = signal<List>(EMPTY);
  const state = signal<'asking' | 'more' | 'still'>('asking');
  const error = signal<string | null>(null);
  const heardAt = signal<number | null>(null);
  const reading = { value: false };
  const seen: { value: readonly [number, number] } = { value: [0, 0] };
  let stalled = false;
  let known = false;

  const asking = async (path: string, take: (page: SignalPage) => void, gone?: AbortSignal): Promise<void> => {
    try {
      const page = await ask<SignalPage>(path, gone);
      if (gone?.aborted) return;
      batch(() => {
        take({ signals: page.signals ?? [], total: page.total });
        error.value = null;
        heardAt.value = Date.now();
      });
    } catch (failed) {
      if (!gone?.aborted) error.value = (failed as Error).message;
    }
  };
  const begin = (gone?: AbortSignal): Promise<void> =>
    asking(
      pathOf(filter, PAGE, null),
      (page) => {
        known = true;
        list.value = begun(page, PAGE);
        state.value = 'still';
      },
      gone,
    );
  const refresh = async (gone: AbortSignal): Promise<void> => {
    if (!known) return begin(gone);
    await asking(
      pathOf(filter, FRESH, null),
      (page) => {
        list.value = withNewer(list.peek(), page, FRESH, reading.value);
      },
      gone,
    );
    const [first, end] = seen.value;
    const top = list.peek().rows[first];
    if (top === undefined || first < FRESH / 2) return;
    await asking(
      pathOf(filter, Math.max(1, end - first), top.at + 1),
      (page) => {
        list.value = updated(list.peek(), page.signals);
      },
      gone,
    );
  };
  return {
    list,
    state,
    error,
    heardAt,
    reading,
    seen,
    scrolled: { value: 0 },
    more: () => {
      if (state.peek() !== 'still' || list.peek().complete) return;
      state.value = 'more';
      void asking(pathOf(filter, PAGE, beforeOf(list.peek(), stalled)), (page) => {
        const older = withOlder(list.peek(), page, PAGE);
        stalled = older.stalled;
        list.value = older.list;
      }).then(() => {
        state.value = 'still';
      });
    },
    showWaiting: () => {
      list.value = shown(list.peek());
    },
    again: () => void (known ? refresh(new AbortController().signal) : begin()),
    follow: () => {
      const gone = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const turn = async (): Promise<void> => {
        if (document.visibilityState === 'visible') await refresh(gone.signal);
        if (!gone.signal.aborted) timer = setTimeout(() => void turn(), EVERY_MS);
      };
      void turn();
      return () => {
        gone.abort();
        clearTimeout(timer);
      };
    },
  };
}

let last: { readonly key: string; readonly feed: Feed } | null = null;

/** The list for a filter; the last one is kept, so that the way back from a signal leads to where one was. */
export function feedOf(filter: Filter): Feed {
  const key = JSON.stringify(filter);
  if (last?.key !== key) last = { key, feed: createFeed(filter) };
  return last.feed;
}
