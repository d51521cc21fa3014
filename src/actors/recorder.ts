import { type Appended, type LogRecord, UnwritableRecord } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { OwnedLog } from './owned-log.ts';
import { refusalsOf } from './refusals.ts';

/** Writes records in order and keeps what the disk refuses (see `machines/recorder.ts`). */
export interface RecordWriter {
  /** @param acknowledged called when the record is durable */
  write(record: LogRecord, acknowledged?: () => void): void;
  again(): void;
  /** Resolves when nothing is being written; what the disk refuses stays behind. */
  settle(): Promise<void>;
}

/** So many at once: few enough to be one write of the log, which is taken as a whole or refused as a whole. */
const AT_ONCE = 400;

/** What became of records that were appended together; some may be taken and others refused. */
export interface Appending<Entry> {
  readonly taken: readonly Entry[];
  readonly refused: readonly Entry[];
  /** Of those no line can be made: whoever waits for them waits for ever. */
  readonly unwritable: readonly Error[];
  /** Where those that were taken stand now. */
  readonly places: readonly Appended[];
  /** Why the first that was refused was. */
  readonly refusal: unknown;
}

/** Appends the first of a queue, and waits for each of them: what was taken must not be written again. */
export async function appendFirst<Entry>(
  log: OwnedLog,
  queue: readonly Entry[],
  recordOf: (entry: Entry) => LogRecord,
): Promise<Appending<Entry>> {
  const batch = queue.slice(0, AT_ONCE);
  const results = await Promise.allSettled(batch.map((entry) => log.append(recordOf(entry))));
  const came = results.map((result) => {
    if (result.status === 'fulfilled') return 'taken';
    return result.reason instanceof UnwritableRecord ? 'unwritable' : 'refused';
  });
  const reasons = (what: string): readonly unknown[] =>
    results.flatMap((result, index) => (result.status === 'rejected' && came[index] === what ? [result.reason] : []));
  return {
    taken: batch.filter((_, index) => came[index] === 'taken'),
    refused: batch.filter((_, index) => came[index] === 'refused'),
    unwritable: reasons('unwritable') as readonly Error[],
    places: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    refusal: reasons('refused')[0],
  };
}

type Tell = (event: { readonly type: string; readonly [field: string]: unknown }) => void;

/**
 * One voice for the writers of one component: what waits is counted together, and that one log takes records does not hide
 * that another refuses them.
 */
export function together(tell: Tell): () => Tell {
  const waiting: number[] = [];
  const refusals: (Parameters<Tell>[0] | null)[] = [];
  return () => {
    const index = waiting.push(0) - 1;
    refusals.push(null);
    return (event) => {
      waiting[index] = typeof event.waiting === 'number' ? event.waiting : 1;
      const all = waiting.reduce((sum, count) => sum + count, 0);
      if (event.type === 'RECORDED') refusals[index] = null;
      if (event.type === 'RECORD_REFUSED') refusals[index] = { ...event, at: refusals[index]?.at ?? event.at };
      tell(event.type === 'RECORDING' ? event : { ...event, waiting: all });
      const refusal = refusals.find((one) => one !== null);
      if (event.type === 'RECORDED' && refusal) tell({ ...refusal, waiting: all });
    };
  };
}

/** @param tell sends RECORDING, RECORDED and RECORD_REFUSED to the component's machine */
export function recordWriter({ clock, log: words }: World, log: OwnedLog, tell: Tell): RecordWriter {
  let queue: { record: LogRecord; acknowledged: () => void }[] = [];
  let flying = false;
  const refusals = refusalsOf(words, log.path);
  let settled: Promise<void> = Promise.resolve();

  /** One batch at a time, so that order is kept when a batch fails. */
  const pump = (): void => {
    if (flying || queue.length === 0) return;
    flying = true;
    settled = appendFirst(log, queue, ({ record }) => record).then(({ taken, refused, unwritable, refusal }) => {
      flying = false;
      queue = [...refused, ...queue.slice(taken.length + refused.length + unwritable.length)];
      for (const { message } of unwritable) words.error(`a record was given up: ${message}`);
      if (unwritable.length > 0 && taken.length === 0 && refused.length === 0)
        tell({ type: 'RECORDED', count: 0, waiting: queue.length });
      if (taken.length > 0) tell({ type: 'RECORDED', count: taken.length, waiting: queue.length });
      for (const { acknowledged } of taken) acknowledged();
      if (refused.length === 0) {
        refusals.took();
        pump();
        return;
      }
      refusals.refused(refusal, queue.length);
      const error = `${log.path}: ${says(refusal)}`;
      tell({ type: 'RECORD_REFUSED', error, waiting: queue.length, at: clock.now() });
    });
  };

  return {
    write: (record, acknowledged = () => undefined) => {
      if (queue.length === 0) tell({ type: 'RECORDING' });
      queue.push({ record, acknowledged });
      pump();
    },
    again: pump,
    settle: async () => {
      pump();
      while (flying) await settled;
    },
  };
}
