import type { LogRecord } from '../ports/event-log.ts';
import type { World } from '../ports/world.ts';
import { says } from './effects.ts';
import type { OwnedLog } from './owned-log.ts';

/** Writes records in order and keeps what the disk refuses (see `machines/recorder.ts`). */
export interface RecordWriter {
  /** @param acknowledged called when the record is durable */
  write(record: LogRecord, acknowledged?: () => void): void;
  again(): void;
  /** Resolves when nothing is being written; what the disk refuses stays behind. */
  settle(): Promise<void>;
}

type Tell = (event: { readonly type: string; readonly [field: string]: unknown }) => void;

/** @param tell sends RECORDING, RECORDED and RECORD_REFUSED to the component's machine */
export function recordWriter({ clock }: World, log: OwnedLog, tell: Tell): RecordWriter {
  let queue: { record: LogRecord; acknowledged: () => void }[] = [];
  let flying = false;
  let settled: Promise<void> = Promise.resolve();

  /** One batch at a time, so that order is kept when a batch fails. */
  const pump = (): void => {
    if (flying || queue.length === 0) return;
    flying = true;
    const batch = [...queue];
    settled = Promise.all(batch.map(({ record }) => log.append(record))).then(
      () => {
        flying = false;
        queue = queue.slice(batch.length);
        tell({ type: 'RECORDED', count: batch.length, waiting: queue.length });
        for (const { acknowledged } of batch) acknowledged();
        pump();
      },
      (error: unknown) => {
        flying = false;
        tell({ type: 'RECORD_REFUSED', error: `${log.path}: ${says(error)}`, waiting: queue.length, at: clock.now() });
      },
    );
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
