/** What part of a drawing is seen: moved and scaled by wheel, drag, pinch, keys and buttons. */
import { type Signal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

export interface View {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}
export interface Viewport {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly view: Signal<View>;
  readonly whole: () => void;
  readonly zoom: (by: number) => void;
  readonly key: (event: KeyboardEvent) => void;
}

const LEAST = 0.12;
const MOST = 3;
const MARGIN = 18;
const STEP = 60;
const clamp = (n: number, low: number, high: number): number => Math.min(high, Math.max(low, n));

/** The whole of it, in the middle; never larger than it was drawn. */
export function fitted(size: { w: number; h: number }, chart: { width: number; height: number }): View {
  const k = clamp(Math.min((size.w - 2 * MARGIN) / chart.width, (size.h - 2 * MARGIN) / chart.height), LEAST, 1.1);
  return { k, x: (size.w - chart.width * k) / 2, y: (size.h - chart.height * k) / 2 };
}

/** @param chart what is looked at; another one is fitted anew */
export function useViewport(chart: { readonly width: number; readonly height: number } | null): Viewport {
  const frame = useRef<HTMLDivElement>(null);
  const view = useSignal<View>({ x: 0, y: 0, k: 1 });
  const touched = useRef(false);
  const size = (): { w: number; h: number } => ({
    w: frame.current?.clientWidth ?? 0,
    h: frame.current?.clientHeight ?? 0,
  });
  const whole = (): void => {
    touched.current = false;
    if (chart && size().w > 0) view.value = fitted(size(), chart);
  };
  const zoomAt = (by: number, x: number, y: number): void => {
    touched.current = true;
    const { x: oldX, y: oldY, k: old } = view.peek();
    const k = clamp(old * by, LEAST, MOST);
    view.value = { k, x: x - ((x - oldX) * k) / old, y: y - ((y - oldY) * k) / old };
  };
  const move = (dx: number, dy: number): void => {
    touched.current = true;
    view.value = { ...view.peek(), x: view.peek().x + dx, y: view.peek().y + dy };
  };
  const zoom = (by: number): void => zoomAt(by, size().w / 2, size().h / 2);
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Readonly<Record<string, () => void>> = {
      '+': () => zoom(1.25),
      '=': () => zoom(1.25),
      '-': () => zoom(0.8),
      '0': whole,
      ArrowLeft: () => move(STEP, 0),
      ArrowRight: () => move(-STEP, 0),
      ArrowUp: () => move(0, STEP),
      ArrowDown: () => move(0, -STEP),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  useLayoutEffect(whole, [chart]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const local = (event: MouseEvent): { x: number; y: number } => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { x, y } = local(event);
      zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
    };
    const fingers = new Map<number, { x: number; y: number }>();
    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      fingers.set(event.pointerId, local(event));
    };
    const drag = (event: PointerEvent): void => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = local(event);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const was = Math.hypot(before.x - other.x, before.y - other.y);
        const is = Math.hypot(now.x - other.x, now.y - other.y);
        if (was > 0) zoomAt(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
      } else if (Math.hypot(now.x - before.x, now.y - before.y) < 1) return;
      else {
        if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
        element.classList.add('dragged');
        move(now.x - before.x, now.y - before.y);
      }
      fingers.set(event.pointerId, now);
    };
    const up = (event: PointerEvent): void => {
      fingers.delete(event.pointerId);
      element.classList.remove('dragged');
    };
    const watch = new ResizeObserver(() => {
      if (!touched.current) whole();
    });
    watch.observe(element);
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', drag);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      watch.disconnect();
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', drag);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
    };
  }, [chart]);
  return { frame, view, whole, zoom, key };
}
