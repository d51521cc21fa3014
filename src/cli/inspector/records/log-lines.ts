/** `logs/bot_out.log`, found by time. Nothing of it is kept but where its lines stand. */
import { z } from 'zod';
import type { LogTail } from '../../../adapters/log-tail.ts';
import type { LogLine } from '../../../inspector/contract.ts';
import { Checkpoints } from '../../../inspector/records/checkpoints.ts';
import type { Position as Place } from '../../../ports/event-log.ts';

const MOST_LINES = 2_000;
/** A search that finds little looks at so many lines, and no more: some 50 MB. */
const MOST_LOOKED_AT = 250_000;
const NEXT_TO_IT = 20;

const LEVELS: Readonly<Record<string, LogLine['level']>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
};

/** What a line says; `null` for what the logger did not write. */
export function logLineIn(bytes: Buffer): LogLine | null {
  try {
    const line: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof line !== 'object' || line === null) return null;
    const { time, level, msg } = line as Record<string, unknown>;
    const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(at) || typeof msg !== 'string') return null;
    return { at, level: LEVELS[String(level)] ?? 'info', message: msg };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What a bot says first. */
const STARTS = 'kintsugi runs in ';
const started = z.object({
  feed: z.string().nullable().catch(null),
  symbols: z.array(z.string()).catch([]),
});
const startIn = (bytes: Buffer): z.infer<typeof started> => started.parse(JSON.parse(bytes.toString('utf8')));

export class LogLines {
  readonly #tail: LogTail;
  readonly #checkpoints = new Checkpoints<null>(() => null);
  first: number | null = null;
  /** How the bot was last started. */
  start: (z.infer<typeof started> & { readonly at: number }) | null = null;

  constructor(tail: LogTail) {
    this.#tail = tail;
  }

  take({ at, message }: LogLine, place: Place, bytes: Buffer): void {
    this.first ??= at;
    if (message.startsWith(STARTS)) this.start = { at, ...startIn(bytes) };
    this.#checkpoints.pass(place, at);
  }

  get last(): number | null {
    return this.#checkpoints.last;
  }

  /** The last lines before a moment in which all the words are, oldest first. */
  lines(query: { readonly search?: string; readonly before?: number; readonly limit: number }): readonly LogLine[] {
    const limit = Math.max(0, Math.min(MOST_LINES, Math.trunc(query.limit)));
    const before = query.before ?? Number.POSITIVE_INFINITY;
    const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const found: LogLine[] = [];
    let looked = 0;
    const blocks = this.#checkpoints.list;
    for (let index = blocks.length - 1; index >= 0 && found.length < limit && looked < MOST_LOOKED_AT; index--) {
      if ((blocks[index]?.at ?? 0) >= before) continue;
      const block = this.#block(index);
      looked += block.length;
      const matching = block.filter(
        ({ at, message }) => at < before && words.every((word) => message.toLowerCase().includes(word)),
      );
      found.unshift(...matching.slice(-(limit - found.length)));
    }
    return found;
  }

  /** Twenty lines before a moment, and twenty after, oldest first. */
  nextTo(at: number): readonly LogLine[] {
    const before = this.lines({ before: at + 1, limit: NEXT_TO_IT });
    const from = this.#checkpoints.upTo(at) ?? this.#checkpoints.list[0];
    const after: LogLine[] = [];
    for (const { bytes } of from ? this.#tail.from(from.place) : []) {
      const line = logLineIn(bytes);
      if (line === null || line.at <= at) continue;
      after.push(line);
      if (after.length >= NEXT_TO_IT) break;
    }
    return [...before, ...after];
  }

  #block(index: number): readonly LogLine[] {
    const from = this.#checkpoints.list[index];
    const end = this.#checkpoints.list[index + 1]?.place ?? Number.POSITIVE_INFINITY;
    const lines: LogLine[] = [];
    for (const { bytes, place } of from ? this.#tail.from(from.place) : []) {
      if (place >= end) break;
      const line = logLineIn(bytes);
      if (line !== null) lines.push(line);
    }
    return lines;
  }
}
