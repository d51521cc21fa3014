/** A lane for each actor over the span: what state it was in, when, with the one cursor across all. */
import { useRef } from 'preact/hooks';
import { clock, clockExact, duration } from '../format.ts';
import { Button } from '../part/button.tsx';
import { Empty } from '../part/state.tsx';
import { useWidth } from '../part/width.ts';
import { pathsOf } from './active.ts';
import { LANE, Lane, NAMES } from './lane.tsx';
import { actors, chosen, cursor, moment, pick, range, span, step, stepBy, steps, travel } from './store.ts';

const HEAD = 24;
const RIGHT = 14;
const MOST = 8;
const LEAST_MS = 200;
const TICKS = [
  10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];
export function Lanes() {
  const { ref, width } = useWidth<HTMLDivElement>(1_000);
  const dragging = useRef(false);
  const known = span.value;
  const at = cursor.value;
  if (known === null || at === null)
    return (
      <Empty
        title="No time is chosen"
        says={
          range.value?.from === null
            ? 'Nothing is recorded yet.'
            : 'Move the slider above, or press play: each actor gets a lane that shows what state it was in.'
        }
      />
    );
  const all = steps.value.all;
  const x = (ms: number): number =>
    NAMES + ((ms - known.from) / (known.to - known.from)) * (width.value - NAMES - RIGHT);
  const msAt = (px: number): number =>
    known.from + ((px - NAMES) / (width.value - NAMES - RIGHT)) * (known.to - known.from);
  const moved = new Map<string, number>();
  // What has no states has no bars.
  for (const { actor, was, value } of all)
    if (pathsOf(value).length + pathsOf(was).length > 0) moved.set(actor, (moved.get(actor) ?? 0) + 1);
  const lanes = [
    ...new Set([...(chosen.value ? [chosen.value] : []), ...[...moved].sort((a, b) => b[1] - a[1]).map(([id]) => id)]),
  ]
    .slice(0, MOST)
    .sort((a, b) => Number(b === chosen.value) - Number(a === chosen.value) || (a < b ? -1 : 1));
  const before = new Map((moment.value.value?.actors ?? actors.value).map((one) => [one.id, one.value]));
  const log = moment.value.value?.log ?? [];
  const h = HEAD + LANE * (lanes.length + (log.length > 0 ? 1 : 0)) + 6;
  const every = TICKS.find((ms) => (ms / (known.to - known.from)) * (width.value - NAMES) > 92) ?? 3_600_000;
  const ticks: number[] = [];
  for (let tick = Math.ceil(known.from / every) * every; tick <= known.to; tick += every) ticks.push(tick);
  const zoom = (by: number): void => {
    const half = Math.max(LEAST_MS, ((known.to - known.from) / 2) * by);
    span.value = { from: at - half, to: at + half };
  };
  const point = (event: PointerEvent & { currentTarget: HTMLDivElement }): void => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const ms = msAt(event.clientX - left);
    if (ms >= known.from && ms <= known.to) travel(ms);
  };
  const key = (event: KeyboardEvent): void => {
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => void stepBy(-1),
      ArrowRight: () => void stepBy(1),
      Home: () => travel(known.from),
      End: () => travel(known.to),
      '+': () => zoom(0.5),
      '-': () => zoom(2),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <div class="lanes" ref={ref} data-testid="lanes">
      <div class="bar">
        <span class="dim">
          {duration(known.to - known.from)} around the cursor; drag to move it, arrows step
          {steps.value.more ? '; more steps than are shown' : ''}
        </span>
        <span class="sp" />
        <Button size="tiny" onClick={() => zoom(2)}>
          Wider
        </Button>
        <Button size="tiny" onClick={() => zoom(0.5)}>
          Closer
        </Button>
        <Button
          size="tiny"
          onClick={() => {
            span.value = { from: at - 30_000, to: at + 30_000 };
          }}
        >
          ±30 s
        </Button>
      </div>
      <div
        class="when"
        role="slider"
        tabIndex={0}
        aria-label="Moment in the timeline"
        aria-valuemin={known.from}
        aria-valuemax={known.to}
        aria-valuenow={Math.round(at)}
        aria-valuetext={`${clockExact(at)} UTC${step.value ? `, ${step.value.actor} ${step.value.event}` : ''}`}
        onKeyDown={key}
        onPointerDown={(event) => {
          const bar = (event.target as Element).closest('[data-actor]');
          if (event.clientX - event.currentTarget.getBoundingClientRect().left < NAMES) {
            const id = bar?.getAttribute('data-actor');
            if (id) pick(id);
            return;
          }
          dragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          point(event);
        }}
        onPointerMove={(event) => {
          if (dragging.current) point(event);
        }}
        onPointerUp={() => {
          dragging.current = false;
        }}
      >
        <svg width={width.value} height={h} aria-hidden="true">
          {ticks.map((tick) => (
            <g key={tick} class="tick">
              <path d={`M${x(tick)} ${HEAD - 4}V${h}`} />
              <text x={x(tick)} y={14} text-anchor={x(tick) > width.value - 40 ? 'end' : 'middle'}>
                {every < 1_000 ? clockExact(tick) : clock(tick)}
              </text>
            </g>
          ))}
          {lanes.map((id, lane) => (
            <Lane key={id} id={id} y={HEAD + lane * LANE} of={known} x={x} before={before.get(id)} />
          ))}
          {log.length > 0 && (
            <g class="lane">
              <text class="name" x={8} y={HEAD + lanes.length * LANE + 17}>
                log
              </text>
              {log
                .filter((one) => one.at >= known.from && one.at <= known.to)
                .map((one, n) => {
                  const px = x(one.at);
                  const y = HEAD + lanes.length * LANE + 13;
                  return (
                    <path
                      key={`${one.at}-${n}`}
                      class={`line ${one.level}`}
                      d={`M${px} ${y - 5}l4.5 5l-4.5 5l-4.5 -5z`}
                    >
                      <title>{`${clockExact(one.at)} ${one.message}`}</title>
                    </path>
                  );
                })}
            </g>
          )}
          <g class="cursor">
            <path d={`M${x(at)} ${HEAD - 6}V${h}`} />
            <path class="tip" d={`M${x(at) - 5} ${HEAD - 5}h10l-5 7z`} />
          </g>
        </svg>
      </div>
    </div>
  );
}
