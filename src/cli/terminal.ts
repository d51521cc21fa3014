import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
type Stream = NodeJS.WriteStream;
const CLEAR_LINE = '\r\x1b[2K';

/** Where the command line writes: data on stdout, all that is said about it on stderr. */
export interface Terminal {
  /** Writes data, with a newline, to stdout. */
  data(text: string): void;
  /** Writes words, with a newline, to stderr. A progress line makes room and comes back. */
  say(text: string): void;
  /** Shows a line that replaces itself; does nothing where stderr is no terminal. `null` takes it away. */
  progress(text: string | null): void;
  /** Is there a person who can see a progress line? */
  readonly interactive: boolean;
  /** Colour for what goes to stdout, and for what goes to stderr: none where `NO_COLOR`, `TERM` or a pipe says so. */
  readonly paint: Paint;
  readonly paintWords: Paint;
}
export type Paint = (style: Style, text: string) => string;

/** A reader that has gone away (`| head`) is no error: there is nobody left to tell. */
function quietWhenGone(stream: Stream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const painter =
  (stream: Stream): Paint =>
  (style, text) =>
    styleText(style, text, { stream, validateStream: true });

export function terminal(out: Stream = process.stdout, err: Stream = process.stderr, env = process.env): Terminal {
  quietWhenGone(out);
  quietWhenGone(err);
  const interactive = err.isTTY === true && env.TERM !== 'dumb';
  let shown: string | null = null;
  const draw = (): void => {
    if (shown !== null) err.write(`${CLEAR_LINE}${shown.slice(0, Math.max(20, (err.columns ?? 80) - 1))}`);
  };
  const clear = (): void => {
    if (shown !== null) err.write(CLEAR_LINE);
  };
  return {
    data: (text) => {
      clear();
      out.write(`${text}\n`);
      draw();
    },
    say: (text) => {
      clear();
      err.write(`${text}\n`);
      draw();
    },
    progress: (text) => {
      if (!interactive) return;
      if (text === null) clear();
      shown = text;
      draw();
    },
    interactive,
    paint: painter(out),
    paintWords: painter(err),
  };
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;

/** Columns that line up, two spaces apart. Numbers, by the look of the cells below the heading, stand to the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], indent = ''): string {
  const all = heading.length > 0 ? [heading, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(0, ...all.map((row) => widthOf(row[i] ?? ''))));
  const right = widths.map(
    (_, i) => i > 0 && rows.length > 0 && rows.every((row) => /^[-+]?[\d,. ]*%?$/.test(stripVTControlCharacters(row[i] ?? ''))),
  );
  return all
    .map((row) =>
      widths
        .map((width, i) => {
          const cell = row[i] ?? '';
          const space = ' '.repeat(width - widthOf(cell));
          return right[i] ? space + cell : cell + space;
        })
        .join('  ')
        .replace(/ +$/, ''),
    )
    .map((line) => indent + line)
    .join('\n');
}

/** `1 line`, `2 lines`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
