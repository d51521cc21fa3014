import { interval } from 'rxjs';
import { type AnyActorRef, type AnyStateMachine, type EventObject, fromCallback } from 'xstate';
import { counted } from '../healing/words.ts';
import { provided } from '../machines/compile/provided.ts';
import { type DamagedFile, fileIntegrity } from '../machines/file-integrity.ts';
import type { Evidence } from '../machines/messages.ts';
import type { EventLog } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { type Keeper, keeperOf } from './kept-files.ts';

/** Folders whose files are nobody's evidence, or are damaged on purpose (quarantine). */
const LEFT_ALONE = ['quarantine/', 'run/', 'node_modules/'];
/** What editors and other tools keep for themselves; some of it is called JSON, and has comments. */
const HIDDEN = /(^|\/)\./;
/** A stranger's file that is bad, and has not changed for so long, is not being written just now. */
const AT_REST_MS = 5_000;
const ROUND_EVERY_MS = 60_000;
/** Of every log, read again in a round: by parsing, which takes half a millisecond. */
const SWEEP_BYTES = 64 * 1024;
const SHOWN = 50;
/** Last good copies of whole documents, for putting back and for knowing them again: bytes in all, and of one. */
const COPIES_BYTES = 16 * 1024 * 1024;
const COPY_BYTES = 1024 * 1024;

const isVerified = (path: string): boolean =>
  /\.jsonl?$/.test(path) && !HIDDEN.test(path) && !LEFT_ALONE.some((folder) => path.startsWith(folder));

/**
 * `fileIntegrity` at work: owns `quarantine/`, and looks at every JSON and JSONL file below the bot's directory. It mends the bot's alone; of
 * another program's it tells, and only what has not changed for a while.
 */
export function fileIntegrityActor(habitat: Habitat): AnyStateMachine {
  const { world, changes } = habitat;
  const { clock, files } = world;
  const logs = new Map<string, EventLog>();
  const copies = new Map<string, Uint8Array>();
  const damage = new Map<string, string>();
  /** What strangers' files were like when they were seen to be bad. */
  const strangers = new Map<string, { readonly mark: string; readonly since: number }>();
  let known: readonly string[] = [];
  let copied = 0;
  let roundAt = Number.NEGATIVE_INFINITY;
  let round: Promise<void> | null = null;
  let self: AnyActorRef | null = null;

  const logOf = (path: string): EventLog => {
    const log = logs.get(path) ?? world.logs.log(path, { sequenced: false });
    logs.set(path, log);
    return log;
  };

  const keepCopy = (path: string, bytes: Uint8Array): void => {
    const before = copies.get(path)?.length ?? 0;
    if (bytes.length > COPY_BYTES || copied - before + bytes.length > COPIES_BYTES) return;
    copied += bytes.length - before;
    copies.set(path, bytes);
  };

  /** What is wrong with a file, or `null`. A file that is gone is nobody's damage here: its owner misses it. */
  const faultOf = async (path: string, full: boolean): Promise<string | null> => {
    try {
      if (path.endsWith('.jsonl')) {
        const verdict = await logOf(path).verify(full ? { full } : { sweepBytes: SWEEP_BYTES });
        const [first] = verdict.bad;
        return verdict.exists && first
          ? `${counted(verdict.bad.length, 'bad line')}; the first is line ${first.line}, byte ${first.offset}: ${first.reason}`
          : null;
      }
      const bytes = await files.read(path);
      const copy = copies.get(path);
      // What is bit for bit what parsed before parses still, and a checkpoint takes milliseconds.
      if (bytes === null || (copy !== undefined && Buffer.compare(copy, bytes) === 0)) return null;
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
      if (keeperOf(path) !== 'stranger') keepCopy(path, bytes);
      return null;
    } catch (error) {
      return says(error);
    }
  };

  const findFiles = async (folder: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const name of await files.list(folder === '' ? '.' : folder)) {
      const path = `${folder}${name}`;
      if (!name.endsWith('/')) {
        if (isVerified(path)) found.push(path);
      } else if (!LEFT_ALONE.includes(path) && !HIDDEN.test(path)) found.push(...(await findFiles(path)));
    }
    return found;
  };

  const tell = (): void => {
    const list = (keeper: Keeper): DamagedFile[] =>
      [...damage]
        .filter(([path]) => keeperOf(path) === keeper)
        .slice(0, SHOWN)
        .map(([path, fault]) => ({ path, says: fault }));
    self?.send({
      type: 'VERIFIED',
      at: clock.now(),
      files: known.length,
      damaged: list('integrity'),
      ownersDamage: list('owner'),
      strangersDamage: list('stranger'),
    });
  };

  /** Is a stranger's bad file what it was a while ago? Whoever writes one the ordinary way empties it first, and fills it then. */
  const isAtRest = async (path: string): Promise<boolean> => {
    const stat = await files.stat(path);
    const mark = stat === null ? '' : `${stat.identity} ${stat.size} ${stat.mtimeMs}`;
    const seen = strangers.get(path);
    if (seen?.mark === mark) return clock.now() - seen.since >= AT_REST_MS;
    strangers.set(path, { mark, since: clock.now() });
    return false;
  };

  const look = async (path: string, full: boolean): Promise<void> => {
    const fault = await faultOf(path, full);
    const isStrangers = keeperOf(path) === 'stranger';
    if (fault === null) strangers.delete(path);
    if (fault === null || (isStrangers && !(await isAtRest(path)))) {
      damage.delete(path);
      return;
    }
    if (isStrangers && !damage.has(path))
      world.log.warn(`${path} is none of the bot's files and does not parse (${fault}); it is left as it is`);
    damage.set(path, fault);
  };

  const verifyAll = (full: boolean): Promise<void> => {
    round ??= world.pending
      .track(
        (async () => {
          roundAt = clock.now();
          self?.send({ type: 'ROUND_BEGUN' });
          known = await findFiles('');
          const there = new Set(known);
          for (const seen of [damage, strangers])
            for (const path of seen.keys()) if (!there.has(path)) seen.delete(path);
          for (const path of known) await look(path, full);
          tell();
        })(),
      )
      .catch((error: unknown) => world.log.error(`a round of verification failed: ${says(error)}`))
      .finally(() => {
        round = null;
      });
    return round;
  };

  const mendDocument = async (path: string): Promise<string> => {
    const bytes = await files.read(path);
    const fault = damage.get(path) ?? 'it does not parse';
    if (bytes === null) return `${path} is gone`;
    const kept = await world.quarantine.keep(path, 0, bytes, fault);
    const now = await files.read(path);
    if (now === null || Buffer.compare(now, bytes) !== 0) return `${path}: its owner has written it anew meanwhile`;
    const copy = copies.get(path);
    if (copy) {
      await files.writeWhole(path, copy);
      return `${path}: ${bytes.length} bytes moved to ${kept.file}, last good copy put back`;
    }
    await files.move(path, `${kept.file}.original`);
    return `${path}: moved to ${kept.file}; no good copy was known, its owner writes it anew`;
  };

  const mend = async (target: string): Promise<Evidence> => {
    const isMended = (path: string): boolean => keeperOf(path) === 'integrity';
    if (target !== 'all' && !isMended(target)) throw new Error(`${target} is not for file integrity to mend`);
    const paths = target === 'all' ? [...damage.keys()].filter(isMended) : [target];
    const done: string[] = [];
    let quarantined = 0;
    for (const path of paths) {
      if (path.endsWith('.jsonl')) {
        const repair = await logOf(path).repair();
        quarantined += repair.quarantined.length;
        done.push(`${path}: ${repair.quarantined.length} lines moved to quarantine`);
      } else {
        done.push(await mendDocument(path));
        quarantined++;
      }
      await look(path, true);
    }
    return { says: done.join('; ') || 'there was nothing to mend', figures: { files: paths.length, quarantined } };
  };

  const life = lifeEffects('fileIntegrity', habitat, {
    open: async (ref) => {
      self = ref;
      await files.makeFolder('quarantine');
    },
    files: [],
    repair: mend,
    close: async () => {
      if (round !== null) await round;
      for (const log of logs.values()) await log.close();
    },
  });

  /** Changed files are looked at once the turn in which they changed is over; a burst of changes is one look. */
  const eyes = fromCallback<EventObject, null>(() => {
    const changed = new Set<string>();
    let looking = false;
    const lookAtChanged = async (): Promise<void> => {
      let news = false;
      while (changed.size > 0) {
        const paths = [...changed];
        changed.clear();
        for (const path of paths) {
          const before = damage.get(path);
          await look(path, false);
          news ||= before !== damage.get(path);
        }
      }
      looking = false;
      if (news) tell();
    };
    const stop = changes.listen((path) => {
      if (!isVerified(path)) return;
      changed.add(path);
      if (looking) return;
      looking = true;
      world.pending
        .track(lookAtChanged())
        .catch((error: unknown) => world.log.error(`changed files could not be looked at: ${says(error)}`));
    });
    void verifyAll(true);
    return stop;
  });

  const gauge = fromCallback<EventObject, null>(({ sendBack }) => {
    const { vitals } = world;
    if (vitals === null) return undefined;
    const look = (): void => {
      const at = clock.now();
      world.pending.track(vitals.disk()).then(
        (disk) => sendBack({ type: 'DISK', at, disk } as EventObject),
        (error: unknown) => sendBack({ type: 'DISK_SILENT', at, error: says(error) } as EventObject),
      );
    };
    look();
    const looks = interval(world.pace.lookMs, clock.scheduler).subscribe(look);
    return () => looks.unsubscribe();
  });

  return provided(fileIntegrity, {
    actors: { ...life.actors, eyes, gauge },
    actions: {
      ...life.actions,
      lookAgain: () => undefined,
      verifyNow: () => void verifyAll(false),
      verifyWhenDue: () => {
        if (clock.now() - roundAt >= Math.max(ROUND_EVERY_MS, world.pace.lookMs)) void verifyAll(false);
      },
    },
  });
}
