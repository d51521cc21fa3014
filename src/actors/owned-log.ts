import { counted } from '../healing/words.ts';
import type { Evidence, FileEvidence } from '../machines/messages.ts';
import type { Appended, EventLog, EventLogs, LogRecord, LogVerdict, Opened } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { OwnedFile } from './effects.ts';

/** A log one component owns: opened, watched, repaired and closed by that component alone. */
export interface OwnedLog extends OwnedFile {
  readonly log: EventLog;
  /** Opens it, making it where it is missing unless told not to. */
  open(options?: { readonly create: 'always' | 'never' }): Promise<Opened>;
  append(record: LogRecord): Promise<Appended>;
  repair(): Promise<Evidence>;
  /** Closes it, unless a successor has opened it meanwhile: who ends late on a slow disk takes nothing from whoever follows. */
  close(): Promise<void>;
}

/** Who has opened each log last: a log outlives the incarnations that own it. */
const openers = new WeakMap<EventLog, OwnedLog>();

/** The logs without sequence numbers that were made, by path. */
const plainLogs = new WeakMap<EventLogs, Map<string, EventLog>>();

/**
 * One for all incarnations of its owner: who opens it waits for whoever is still closing it, and has what that one remembers. Two of
 * one file would each put back what the other has not.
 */
function plainLog({ logs }: World, path: string): EventLog {
  const made = plainLogs.get(logs) ?? new Map<string, EventLog>();
  plainLogs.set(logs, made);
  const log = made.get(path) ?? logs.log(path, { sequenced: false });
  made.set(path, log);
  return log;
}

/** Of the bus, read again at every thorough look. What other logs hold is file integrity's to read. */
const SWEEP_BYTES = 256 * 1024;

const wordsFor = (verdict: LogVerdict, path: string): string => {
  if (!verdict.exists) return `${verdict.path} is missing`;
  if (verdict.detached) return `${verdict.path} was replaced by another file`;
  if (!verdict.writable) return `${path} is not writable`;
  if (verdict.cutOff > 0) return `somebody has cut ${counted(verdict.cutOff, 'byte')} off the end of ${path}`;
  const [first] = verdict.bad;
  if (first)
    return `${counted(verdict.bad.length, 'bad line')} in ${first.file ?? path}; the first is line ${first.line}, byte ${first.offset}: ${first.reason}`;
  return verdict.notRotated === null ? '' : `${path} goes on beyond its size: ${verdict.notRotated}`;
};

/** What a log verdict means as evidence about a file. A detached log counts as missing: its name leads elsewhere. */
export const evidenceOf = (verdict: LogVerdict, path: string, now: number): FileEvidence => ({
  exists: verdict.exists && !verdict.detached,
  writable: verdict.writable,
  badLines: verdict.bad.length,
  gaps: verdict.gaps,
  cutOff: verdict.cutOff,
  says: wordsFor(verdict, path),
  checkedAt: now,
});

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** @param log the log, where the world has made it already (the bus); else one without sequence numbers is made */
export function ownedLog(world: World, path: string, log = plainLog(world, path)): OwnedLog {
  const owned: OwnedLog = {
    path,
    log,
    open: (options = { create: 'always' }) => {
      openers.set(log, owned);
      return log.open(options);
    },
    append: (record) => world.pending.track(log.append(record)),
    check: async (how) => {
      try {
        const sweepBytes = how === 'thorough' && log === world.bus ? SWEEP_BYTES : 0;
        return evidenceOf(await log.verify({ sweepBytes }), path, world.clock.now());
      } catch (error) {
        return { exists: false, writable: false, badLines: 0, says: says(error), checkedAt: world.clock.now() };
      }
    },
    repair: async () => {
      const repair = await log.repair();
      if (repair.recreated) world.log.warn(`🔧 [HEALING] Created ${fileName(path)}`, { path, how: repair.recreated });
      const parts = [
        repair.recreated === 'restored' ? 'put back whole from the open file' : '',
        repair.recreated === 'created' ? 'made anew, empty' : '',
        repair.restoredBytes > 0 ? `${counted(repair.restoredBytes, 'byte')} put back` : '',
        repair.restoredLines > 0 ? `${counted(repair.restoredLines, 'line')} restored from memory` : '',
        repair.quarantined.length > 0 ? `${counted(repair.quarantined.length, 'line')} moved to quarantine` : '',
      ].filter((part) => part !== '');
      return {
        says: parts.length > 0 ? `${path}: ${parts.join(', ')}` : `${path}: nothing to mend`,
        figures: {
          recreated: repair.recreated,
          restored: repair.restoredLines,
          quarantined: repair.quarantined.length,
        },
      };
    },
    close: async () => {
      if (openers.get(log) === owned) await log.close();
    },
  };
  return owned;
}
