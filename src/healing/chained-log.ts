import type { EventLog, LogRecord } from '../ports/event-log.ts';
import { type Link, linkOf, seal } from './chain.ts';

/** A log whose records are chained. It has one writer, which waits for a batch before it tries again what was refused. */
export interface ChainedLog extends EventLog {
  /** The last record that was acknowledged or found at opening; `null` before the first. */
  readonly head: Link | null;
  /** The incidents of the last acknowledged records, oldest first. */
  readonly recent: readonly string[];
  /** Somebody remembers a later record than the log has: the chain goes on from there, and the loss shows. */
  goOnFrom(head: Link): void;
}

/** So many incidents are remembered for whoever asks whether one was lost. */
const REMEMBERED = 100;

/** Whoever is told of every record while the log is read at its opening. */
export interface ChainReader {
  begin(): void;
  note(record: LogRecord): void;
}

/** Chains what is appended to a log, over restarts too: what stands last in the file is what the next record follows. */
export function chainedLog(log: EventLog, reader?: ChainReader): ChainedLog {
  let head: Link | null = null;
  /** What the next record follows: `head`, or a record that is on its way to the disk. */
  let tip: Link | null = null;
  /** Records from before there was a chain. */
  let unchained = 0;
  const recent = new Set<string>();

  const remember = ({ incident_id: id }: LogRecord): void => {
    if (typeof id !== 'string') return;
    recent.delete(id);
    recent.add(id);
    for (const oldest of recent) if (recent.size > REMEMBERED) recent.delete(oldest);
  };
  const goOnFrom = (link: Link): void => {
    if (link.chain <= (head?.chain ?? 0)) return;
    head = link;
    tip = link;
  };

  return {
    path: log.path,
    get waiting() {
      return log.waiting;
    },
    get head() {
      return head;
    },
    get recent() {
      return [...recent];
    },
    goOnFrom,
    open: async (options) => {
      const opened = await log.open(options);
      unchained = 0;
      reader?.begin();
      if (opened.records === 0) return opened;
      for await (const record of log.replay()) {
        reader?.note(record);
        const link = linkOf(record);
        if (link) goOnFrom(link);
        else if (head === null) unchained++;
      }
      return opened;
    },
    append: async (record) => {
      const from = unchained === 1 ? 'record' : 'records';
      const start =
        tip === null && unchained > 0 ? { chain_start: `${unchained} ${from} before this one carry no hash` } : {};
      const sealed = seal({ ...record, ...start }, tip);
      tip = sealed;
      try {
        const appended = await log.append(sealed);
        head = { chain: sealed.chain, hash: sealed.hash };
        remember(sealed);
        return appended;
      } catch (error) {
        // The log takes in order or not at all: what was sealed after this one was refused with it.
        tip = head;
        throw error;
      }
    },
    replay: () => log.replay(),
    entries: (from) => log.entries(from),
    verify: (options) => log.verify(options),
    repair: () => log.repair(),
    close: () => log.close(),
  };
}
