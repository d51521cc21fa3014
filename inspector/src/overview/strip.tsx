/** A day of one component: a line, and on it every time of trouble. */
import type { ComponentView } from '../../../src/inspector/contract.ts';
import { duration, plural } from '../format.ts';
import { LOOK } from '../part/health.tsx';

const WIDE = 288;
const HIGH = 18;
export interface Span {
  readonly ms: number;
  readonly name: string;
}
const MINUTE = 60_000;
const SPANS: readonly Span[] = [
  { ms: 10 * MINUTE, name: '10 min' },
  { ms: 60 * MINUTE, name: '60 min' },
  { ms: 360 * MINUTE, name: '6 h' },
];
const DAY: Span = { ms: 1_440 * MINUTE, name: '24 h' };

/** The shortest span in which all lies that is known: a bot of a minute is a speck on a day. */
export function spanFor(all: readonly ComponentView[], at: number, from: number): Span {
  const oldest = Math.min(from, ...all.flatMap(({ strip }) => strip.map((one) => one.from)));
  return SPANS.find(({ ms }) => at - oldest <= ms) ?? DAY;
}

/** A mend of a second is a tenth of a pixel of a day: what was is at least this wide. */
const AT_LEAST = 3;

interface StripProps {
  readonly of: ComponentView;
  readonly at: number;
  /** Since when this run goes on: what was before is not known. */
  readonly from: number;
  readonly window: Span;
}

export function Strip({ of, at, from, window }: StripProps) {
  const { ms: wide } = window;
  const x = (ms: number): number => Math.max(0, Math.min(WIDE, ((ms - (at - wide)) / wide) * WIDE));
  const known = x(from);
  const total = of.strip.reduce((sum, one) => sum + ((one.to ?? at) - Math.max(one.from, at - wide)), 0);
  const says =
    of.strip.length === 0
      ? `no trouble in ${window.name}`
      : `${plural(of.strip.length, 'time')} of trouble in ${window.name}, ${duration(total)} in all`;
  return (
    <svg class="strip" viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" role="img" aria-label={says}>
      <title>{says}</title>
      {known > 1 && <path d={`M0 9H${known}`} class="before" />}
      <rect
        x={known}
        y={HIGH / 2 - 1}
        width={Math.max(0, WIDE - known)}
        height={2}
        class={of.health === 'unknown' ? 'f-unk' : 'f-ok'}
      />
      {of.strip.map((one) => {
        const long = Math.max(AT_LEAST, x(one.to ?? at) - x(one.from));
        const bad = one.health === 'red';
        return (
          <rect
            key={one.incident}
            x={Math.min(x(one.from), WIDE - long)}
            y={bad ? 3 : 5}
            width={long}
            height={bad ? 12 : 8}
            rx={0.8}
            class={`f-${LOOK[one.health].ink}`}
          />
        );
      })}
    </svg>
  );
}
