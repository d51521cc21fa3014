/** Lists of any length: only the rows that are seen are drawn. */
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

const SPARE = 8;

export interface Seen {
  readonly from: number;
  readonly to: number;
  /** Room of the rows that are not drawn, px. */
  readonly above: number;
  readonly below: number;
  readonly onScroll: () => void;
}

/** @param height of a row, px; all are alike */
export function useVirtual(box: RefObject<HTMLElement | null>, rows: number, height: number): Seen {
  const top = useSignal(0);
  const tall = useSignal(400);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      tall.value = element.clientHeight;
    });
    watch.observe(element);
    return () => watch.disconnect();
    // Where there was no row, there was no box.
  }, [box, tall, rows > 0]);
  const first = Math.max(0, Math.floor(top.value / height) - SPARE);
  const from = Math.min(first, Math.max(0, rows - 1));
  const to = Math.min(rows, Math.ceil((top.value + tall.value) / height) + SPARE);
  return {
    from,
    to,
    above: from * height,
    below: Math.max(0, rows - to) * height,
    onScroll: () => {
      // A step of some rows, so that scrolling by pixels draws nothing anew.
      const now = Math.floor((box.current?.scrollTop ?? 0) / (4 * height)) * 4 * height;
      top.value = now;
    },
  };
}
