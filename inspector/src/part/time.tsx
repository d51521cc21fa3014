/** Moments, beside the bot's clock. */
import { ago, clock, clockExact, dateTime, moment } from '../format.ts';
import { botNow } from '../live.ts';

type At = number | string | null;
const iso = (ms: number): string => new Date(ms).toISOString();

/** `6 m ago` on the bot's clock, moving; the whole moment as its title. */
export function Ago({ at }: { readonly at: At }) {
  const ms = moment(at);
  if (ms === null) return <span class="dim">–</span>;
  return (
    <time dateTime={iso(ms)} title={dateTime(ms)}>
      {ago(ms, botNow.value)}
    </time>
  );
}

/** `14:07:41`; `exact` with milliseconds. */
export function Clock({ at, exact = false }: { readonly at: At; readonly exact?: boolean }) {
  const ms = moment(at);
  if (ms === null) return <span class="dim">–</span>;
  return (
    <time dateTime={iso(ms)} title={dateTime(ms)}>
      {exact ? clockExact(ms) : clock(ms)}
    </time>
  );
}
