/** Data goes to stdout, all that is said about it to stderr. Colour only where `NO_COLOR`, `FORCE_COLOR`, `TERM` and a TTY allow it. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { StatusReport } from '../healing/status.ts';
import { CliError } from './exit-codes.ts';

export { counted } from '../healing/words.ts';

type Style = Parameters<typeof styleText>[0];
const CLEAR_LINE = '\r\x1b[2K';

/** Writes a line of data to stdout. */
export const say = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};

/** Writes a line of words to stderr. */
export const tell = (text = ''): void => {
  process.stderr.write(`${text}\n`);
};

/** Text in a style, where the stream it goes to shows styles. */
export const style = (format: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(format, text, { stream, validateStream: true });

const MARKS = {
  green: ['green', '✔ green'],
  yellow: ['yellow', '▲ yellow'],
  red: ['red', '✖ red'],
  unknown: ['cyan', '? unknown'],
  not_running: ['dim', '○ not running'],
} as const satisfies Record<StatusReport['status'], readonly [Style, string]>;

/** A status as a sign and a word: colour alone tells nothing to those who do not see it. */
export function mark(status: StatusReport['status']): string {
  const [format, text] = MARKS[status];
  return style(format, text);
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;
const NUMBER = /^[-+]?[\d,.]*( ?%)?$/;

/** Rows in columns that line up, two spaces apart; columns of numbers stand to the right. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const places = Array.from({ length: columns }, (_, i) => ({
    width: Math.max(0, ...rows.map((row) => widthOf(row[i] ?? ''))),
    right: i > 0 && rows.every((row) => NUMBER.test(stripVTControlCharacters(row[i] ?? ''))),
  }));
  return rows
    .map((row) => {
      const cells = places.map(({ width, right }, i) => {
        const cell = row[i] ?? '';
        const space = ' '.repeat(width - widthOf(cell));
        return right ? space + cell : cell + space;
      });
      return indent + cells.join('  ').trimEnd();
    })
    .join('\n');
}

/** A line on stderr that replaces itself; nothing where stderr is no terminal. */
export class ProgressLine {
  readonly #stream = process.stderr;
  readonly #visible = this.#stream.isTTY === true && process.env.TERM !== 'dumb';
  #shown = false;

  /** @param line a function is asked for it only where there is a terminal to show it on */
  show(line: string | (() => string)): void {
    if (!this.#visible) return;
    this.#shown = true;
    this.#stream.write(
      CLEAR_LINE + (typeof line === 'string' ? line : line()).slice(0, Math.max(20, (this.#stream.columns || 80) - 1)),
    );
  }

  /** Takes the line away, e.g. before something else is written. */
  clear(): void {
    if (this.#shown) this.#stream.write(CLEAR_LINE);
    this.#shown = false;
  }
}

/**
 * A reader that has gone away (`| head`) or a terminal that was closed (EIO) is no error: there is nobody left to tell. Of words that stderr
 * does not take (its file is on a disk that is full) nobody ends either: a bot has more to do than to talk, and what it says is in its log,
 * too. Data that stdout does not take is missed by somebody: it throws `CliError`.
 */
export function quietWhenReaderLeaves(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && code !== 'EIO')
      throw new CliError(`stdout takes nothing more (${code}): what was to be written there is not whole`);
  });
}
