import { besideModule, WorkerClient } from '../../../adapters/worker-client.ts';
import { BadQuestion, type SignalQuery } from '../../../inspector/source.ts';
import type { Questions } from './questions.ts';
import type { RecordsPlace, StoredPartition } from './stored-records.ts';

/** The first reading of a long log takes its time (a GB some 20 s to a minute). */
const ANSWER_WITHIN_MS = 60_000;
const MEMORY_MB = 1_024;

export interface RecordsReader extends Questions {
  /** Ends its thread. */
  close(): Promise<void>;
}

export interface ReaderOptions {
  /** ms */
  readonly answerWithinMs?: number;
  readonly memoryMb?: number;
  /** The directory is a copy of records of a fleet's store. */
  readonly stored?: StoredPartition;
  /** Where the bot's own log is; in the directory, if not given. */
  readonly logDir?: string;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function checkTime(name: string, value: number | undefined): void {
  if (value !== undefined && !isTime(value))
    throw new BadQuestion(`${name}: milliseconds are wanted, ${value} was given`);
}
function checkLimit(limit: number): void {
  if (!isTime(limit) || limit < 0) throw new BadQuestion(`limit: a number from 0 on is wanted, ${limit} was given`);
}

/**
 * Reads the records of a bot's directory, beside a running bot or after it, in a thread of its own: never writing, never taking
 * the directory's lock. The thread starts with the first question, reads what is new at most twice a second, and takes no more
 * than its memory. Questions reject with `WorkerFault` (in words) when it dies or is late, and with {@link BadQuestion}.
 * @param dir absolute path; need not be there yet
 */
export function openRecords(dir: string, options: ReaderOptions = {}): RecordsReader {
  const client = new WorkerClient({
    entry: besideModule('./worker', import.meta.url),
    data: { dir, logDir: options.logDir ?? dir, stored: options.stored ?? null } satisfies RecordsPlace,
    name: `the reader of ${dir}`,
    whenLate: 'it may be reading long logs for the first time. Ask again in a while',
    answerWithinMs: options.answerWithinMs ?? ANSWER_WITHIN_MS,
    memoryMb: options.memoryMb ?? MEMORY_MB,
  });
  /** The worker answers `ask` with what {@link Questions} says: `worker.ts` is typed by it. */
  const ask = <Ask extends keyof Questions>(name: Ask, ...given: Parameters<Questions[Ask]>) =>
    client.ask(name, ...given) as ReturnType<Questions[Ask]>;
  const checkSignals = (query: SignalQuery): void => {
    checkLimit(query.limit);
    checkTime('before', query.before);
  };
  return {
    trading: () => ask('trading'),
    signals: async (query) => {
      checkSignals(query);
      return ask('signals', query);
    },
    signal: (id) => ask('signal', id),
    incidents: async (query) => {
      checkLimit(query.limit);
      return ask('incidents', query);
    },
    incident: (id) => ask('incident', id),
    ledger: () => ask('ledger'),
    log: async (query) => {
      checkLimit(query.limit);
      checkTime('before', query.before);
      return ask('log', query);
    },
    history: () => ask('history'),
    moment: async (at) => {
      checkTime('at', at);
      return ask('moment', at);
    },
    steps: async (query) => {
      checkLimit(query.limit);
      checkTime('from', query.from);
      checkTime('to', query.to);
      return ask('steps', query);
    },
    revision: () => ask('revision'),
    facts: () => ask('facts'),
    close: () => client.close(),
  };
}
