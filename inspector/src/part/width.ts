import { type Signal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** The width of an element, px, kept while it changes: for SVG whose text must not be stretched. */
export function useWidth<T extends Element>(
  first: number,
): { readonly ref: RefObject<T | null>; readonly width: Signal<number> } {
  const ref = useRef<T>(null);
  const width = useSignal(first);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    width.value = element.clientWidth || first;
    const watch = new ResizeObserver(([entry]) => {
      if (entry !== undefined) width.value = Math.round(entry.contentRect.width) || first;
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [first, width]);
  return { ref, width };
}
