import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DestinationStream, destination, pino } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { FILE_MODE, FOLDER_MODE } from './node-files.ts';
import { Redactor } from './redactor.ts';

export const BOT_LOG = 'logs/bot_out.log';
type Level = 'info' | 'warn' | 'error';

export interface PinoLogOptions {
  readonly clock: Clock;
  /** Takes secrets out of every line, for the file and for the terminal. */
  readonly redactor?: Redactor;
  /** Told of every line as well: the terminal. */
  readonly mirror?: (level: Level, message: string) => void;
}

/**
 * `logs/bot_out.log` by pino's synchronous destination: a buffered one lost all of 50,000 lines on SIGKILL
 * (research/ecosystem.md §0.5). A log file that was deleted is made anew with the next line.
 */
export function pinoLog(
  root: string,
  { clock, redactor = new Redactor(), mirror }: PinoLogOptions,
): Logger & { close(): void } {
  const path = join(root, BOT_LOG);
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const stream = destination({ dest: path, sync: true, append: true, mkdir: true, mode: FILE_MODE });
  // A disk that refuses is no reason to die. The stream keeps the lines, and writes them before the next one it can.
  let refusal: Error | null = null;
  stream.on('error', (error: Error) => {
    if (refusal === null) mirror?.('error', `${BOT_LOG} cannot be written: ${error.message}; its lines wait`);
    refusal = error;
  });
  stream.on('write', () => {
    refusal = null;
  });
  const logger = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream as DestinationStream,
  );
  const line =
    (level: Level) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (!existsSync(path)) stream.reopen();
      const words = redactor.text(message);
      logger[level](redactor.value(fields), words);
      mirror?.(level, words);
    };
  return {
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    close: () => stream.end(),
  };
}
