/** Lanes of trouble over the last hour or day, as wide as there is room. */
import type { Signal } from '@preact/signals';
import { clockShort, duration, plural, words } from '../format.ts';
import { LOOK } from '../part/health.tsx';
import { useWidth } from '../part/width.ts';
import type { HealingRow, Lane } from './healing-rows.ts';

const LANE = 20;
const HEAD = 22;
const NAMES = 118;
const RIGHT = 18;
const MINUTE = 60_000;
const STEPS = [MINUTE, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360].map((n) => (n === MINUTE ? n : n * MINUTE));

/** Whole minutes that lie evenly, at most one for every 90 px. */
function ticks(from: number, to: number, room: number): readonly number[] {
  const most = Math.max(2, Math.floor(room / 90));
  const step = STEPS.find((one) => (to - from) / one <= most) ?? 6 * 60 * MINUTE;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, n) => first + n * step);
}

interface TimelineProps {
  readonly lanes: readonly Lane[];
  readonly rows: readonly HealingRow[];
  readonly from: number;
  readonly to: number;
  /** The row both look at, by its key. */
  readonly cursor: Signal<string | null>;
}

export function Timeline({ lanes, rows, from, to, cursor }: TimelineProps) {
  const { ref, width } = useWidth<HTMLDivElement>(760);
  const wide = width.value;
  const room = Math.max(80, wide - NAMES - RIGHT);
  const x = (ms: number): number => NAMES + ((Math.min(to, Math.max(from, ms)) - from) / (to - from)) * room;
  const high = HEAD + Math.max(1, lanes.length) * LANE + 8;
  const chosen = rows.find(({ key }) => key === cursor.value);
  const point = (event: PointerEvent): void => {
    const box = ref.current?.getBoundingClientRect();
    if (!box || rows.length === 0) return;
    const at = from + ((event.clientX - box.left - NAMES) / room) * (to - from);
    const [nearest] = [...rows].sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
    cursor.value = nearest?.key ?? null;
  };
  const says = `${plural(lanes.length, 'component')} had trouble in the last ${duration(to - from)}: ${lanes
    .map(({ component, bars }) => `${words(component)} ${plural(bars.length, 'time')}`)
    .join(', ')}`;
  return (
    <div ref={ref} class="tlw">
      <svg
        class="tl"
        width={wide}
        height={high}
        viewBox={`0 0 ${wide} ${high}`}
        role="img"
        aria-label={says}
        onPointerMove={point}
      >
        {ticks(from, to, room).map((at) => (
          <g key={at}>
            <path d={`M${x(at)} ${HEAD - 4}V${high}`} class="gridline" />
            <text x={x(at)} y={11} class="ax" text-anchor="middle">
              {clockShort(at)}
            </text>
          </g>
        ))}
        {lanes.map(({ component, bars }, n) => {
          const y = HEAD + n * LANE + LANE / 2;
          return (
            <g key={component}>
              <text x={0} y={y + 4} class={`ln ${chosen?.component === component ? 'on' : ''}`}>
                {words(component)}
              </text>
              <rect x={NAMES} y={y - 1.5} width={room} height={3} class="f-ok" />
              {bars.map(
                ({ incident, to: end, watched }) =>
                  watched !== null && (
                    <rect
                      key={`${incident}-watched`}
                      x={x(end)}
                      y={y - 1.5}
                      width={Math.max(0, x(watched) - x(end))}
                      height={3}
                      class="f-warn"
                    />
                  ),
              )}
              {bars.map((bar) => {
                const left = Math.min(x(bar.from), NAMES + room - 4);
                const bad = bar.health === 'red';
                return (
                  <rect
                    key={bar.incident}
                    x={left}
                    y={y - (bad ? 6 : 4.5)}
                    width={Math.max(4, x(bar.to) - left)}
                    height={bad ? 12 : 9}
                    rx={1}
                    class={`f-${LOOK[bar.health].ink}`}
                  />
                );
              })}
            </g>
          );
        })}
        <path d={`M${x(to)} ${HEAD - 4}V${high}`} class="now" />
        {chosen !== undefined && <path d={`M${x(chosen.at)} ${HEAD - 6}V${high}`} class="cursor" />}
      </svg>
    </div>
  );
}
