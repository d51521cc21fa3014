/** A day of one component: a line, and on it every time of trouble. */
import type { ComponentView } from '../../../src/inspector/contract.ts';
import { duration, plural } from '../format.ts';
import { LOOK } from '../part/health.tsx';

const DAY = 86_400_000;
const WIDE = 288;
const HIGH = 18;
/** A mend of a second is a tenth of a pixel of a day: what was is at least this wide. */
const AT_LEAST = 3;

export function Strip({ of, at, from }: { readonly of: ComponentView; readonly at: number; readonly from: number }) {
  const x = (ms: number): number => Math.max(0, Math.min(WIDE, ((ms - (at - DAY)) / DAY) * WIDE));
  const known = x(from);
  const total = of.strip.reduce((sum, one) => sum + ((one.to ?? at) - Math.max(one.from, at - DAY)), 0);
  const says =
    of.strip.length === 0
      ? 'no trouble in 24 h'
      : `${plural(of.strip.length, 'time')} of trouble in 24 h, ${duration(total)} in all`;
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
        const wide = Math.max(AT_LEAST, x(one.to ?? at) - x(one.from));
        const bad = one.health === 'red';
        return (
          <rect
            key={one.incident}
            x={Math.min(x(one.from), WIDE - wide)}
            y={bad ? 3 : 5}
            width={wide}
            height={bad ? 12 : 8}
            rx={0.8}
            class={`f-${LOOK[one.health].ink}`}
          />
        );
      })}
    </svg>
  );
}
