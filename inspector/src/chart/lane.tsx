/** One actor over a span: a bar for each of its states. */
import { clockExact, duration } from '../format.ts';
import { pathsOf, shortState } from './active.ts';
import { cut, widthOf } from './measure.ts';
import { type Bar, barsOf, type Span } from './replay.ts';
import { chosen, steps } from './store.ts';

export const LANE = 26;
export const NAMES = 148;
const TEXT = { size: 11, weight: 'regular' } as const;
const NAME = { size: 12, weight: 'semibold' } as const;
const TROUBLE = /fail|escalat|stopp|crash|error|lost|damaged|tripped|refus|unask|diverg|unsaved|blind|down$/i;

const tone = (value: unknown): string => {
  const paths = pathsOf(value);
  if (paths.some((path) => /^(failed|stopping|stopped|escalated)/.test(path))) return 'bad';
  return paths.some((path) => TROUBLE.test(path) || /repairing|reviving|overdue/.test(path)) ? 'busy' : '';
};

/** What the actor does, and what is wrong beside it. */
function words(value: unknown): string {
  const first = shortState(value);
  const wrong = pathsOf(value)
    .map((path) => path.split('.').at(-1) ?? '')
    .filter((key) => key !== first && (TROUBLE.test(key) || key === 'repairing'));
  return [first, ...new Set(wrong)].join(', ');
}

interface Said extends Bar {
  readonly text: string;
  readonly tone: string;
}
/** Bars that say the same are one: what differs is in a region the lane does not name. */
function told(bars: readonly Bar[]): readonly Said[] {
  const done: Said[] = [];
  for (const bar of bars) {
    const last = done.at(-1);
    const now = { ...bar, text: words(bar.value), tone: tone(bar.value) };
    if (last?.text === now.text && last.tone === now.tone) done[done.length - 1] = { ...last, to: bar.to };
    else done.push(now);
  }
  return done;
}

interface LaneProps {
  readonly id: string;
  readonly y: number;
  readonly of: Span;
  readonly x: (ms: number) => number;
  readonly before: unknown;
}

export function Lane({ id, y, of, x, before }: LaneProps) {
  const selected = id === chosen.value;
  return (
    <g class={`lane ${selected ? 'sel' : ''}`} data-actor={id}>
      <rect class="hit" x={0} y={y} width={NAMES} height={LANE} />
      <text class="name" x={8} y={y + 17}>
        {cut(id, NAMES - 18, NAME)}
        <title>{id}</title>
      </text>
      {told(barsOf(id, steps.value.all, of, before)).map((bar) => {
        const [left, right] = [x(bar.from), x(bar.to)];
        const w = Math.max(1.5, right - left - 1);
        const said = cut(bar.text, w - 10, TEXT);
        return (
          <g key={bar.from} class={`bar ${bar.tone}`}>
            <rect x={left} y={y + 4} width={w} height={LANE - 8} rx={Math.min(3, w / 2)} />
            {w > 24 && widthOf(said, TEXT) <= w - 6 && said !== '…' && (
              <text x={left + 6} y={y + 17}>
                {said}
              </text>
            )}
            <title>{`${id}: ${pathsOf(bar.value).join(' + ')}, ${duration(bar.to - bar.from)} from ${clockExact(bar.from)}`}</title>
          </g>
        );
      })}
      {steps.value.all
        .filter((one) => one.actor === id)
        .map((one) => (
          <path key={one.n} class="step" d={`M${x(one.at)} ${y + LANE - 7}v4`} />
        ))}
    </g>
  );
}
