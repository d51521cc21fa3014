/** A sentence of the core, with its moments as a person reads them: the clock alone, the whole of it as a title. */
import { clock, dateTime, day } from '../format.ts';
import { botNow } from '../live.ts';

const MOMENT = /(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

export function Said({ text }: { readonly text: string }) {
  const today = day(botNow.peek());
  return (
    <>
      {text.split(MOMENT).map((part, n) => {
        const at = n % 2 === 1 ? Date.parse(part.replace(' ', 'T')) : Number.NaN;
        if (Number.isNaN(at)) return part;
        return (
          <time key={n} dateTime={new Date(at).toISOString()} title={dateTime(at)} class="nw">
            {day(at) === today ? `${clock(at)} UTC` : dateTime(at)}
          </time>
        );
      })}
    </>
  );
}
