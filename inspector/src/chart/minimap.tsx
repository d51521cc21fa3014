/** The whole of a chart in small, with what is seen of it; there only while not all is seen. */
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import type { Light } from './light.ts';
import type { Chart } from './shape.ts';
import type { View } from './viewport.ts';

const MOST_W = 150;
const MOST_H = 100;

interface MinimapProps {
  readonly chart: Chart;
  readonly view: Signal<View>;
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly light: ReadonlySignal<Light>;
}

export function Minimap({ chart, view, frame, light }: MinimapProps) {
  const { x, y, k } = view.value;
  const [w, h] = [frame.current?.clientWidth ?? 0, frame.current?.clientHeight ?? 0];
  const seen = { x: -x / k, y: -y / k, w: w / k, h: h / k };
  const all = seen.x <= 1 && seen.y <= 1 && seen.x + seen.w >= chart.width - 1 && seen.y + seen.h >= chart.height - 1;
  if (all || w === 0) return null;
  const scale = Math.min(MOST_W / chart.width, MOST_H / chart.height);
  return (
    <svg
      class="minimap"
      width={chart.width * scale}
      height={chart.height * scale}
      viewBox={`0 0 ${chart.width} ${chart.height}`}
      aria-hidden="true"
    >
      {chart.boxes.slice(1).map((box) => (
        <rect
          key={box.id}
          class={light.value.active.has(box.id) ? 'on' : ''}
          x={box.x}
          y={box.y}
          width={box.w}
          height={box.h}
        />
      ))}
      <rect class="seen" x={seen.x} y={seen.y} width={seen.w} height={seen.h} />
    </svg>
  );
}
