import { LEDGER_FILE } from '../../actors/healing-operator.ts';
import { keeperOf } from '../../actors/kept-files.ts';
import { isBusFile, POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { fileQuarantine, QUARANTINE_INDEX, unlisted } from '../../adapters/file-quarantine.ts';
import { askOwner } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { everythingBelow, type Sight } from '../../adapters/read-only.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { segmentNumber } from '../../ports/segment-name.ts';
import { botDirectory } from '../bot-directory.ts';
import { type BusFacts, lookAtBus } from './bus-log.ts';
import { lookAtDocument, lookAtPositions } from './documents.ts';
import { aboutFile, type Finding } from './finding.ts';
import { lookAtLines } from './jsonl.ts';
import { missingFiles } from './missing.ts';

/** Folders that hold no evidence: what was set aside is damaged on purpose. */
const LEFT_OUT = ['quarantine', 'run', 'node_modules', '.git'];
const ASK_WITHIN_MS = 1_000;

export interface Examination {
  readonly findings: readonly Finding[];
  /** What the event log tells; `null` where there is none that can be read. */
  readonly facts: BusFacts | null;
  readonly running: boolean;
  /** The records of a Kintsugi, or another bot's. */
  readonly ours: boolean;
  readonly files: number;
}

/** Does a bot run in the directory? One that is silent runs, too: it holds the lock. */
async function isRunning(dir: string): Promise<boolean> {
  try {
    return (await askOwner(dir, { timeoutMs: ASK_WITHIN_MS })) !== null;
  } catch {
    return true;
  }
}

const isRecord = ({ path, kind }: Sight): boolean => kind !== 'folder' && /\.jsonl?$/.test(path);

function lookAtSight(sight: Sight): Finding | null {
  const { path, kind, readable, target, leadsOut } = sight;
  if (kind === 'link' && (leadsOut || isRecord(sight))) {
    const where = leadsOut ? `it is a link that leads out of the directory, to ${target}` : `it is a link to ${target}`;
    return aboutFile('link', path, 'error', where, 'put the file itself in its place: the bot follows no links');
  }
  if (kind === 'folder' && !readable) {
    return aboutFile(
      'unreadable',
      path,
      'error',
      'the folder may not be read',
      `give it its rights back: chmod u+rwx ${path}`,
    );
  }
  if (kind === 'file' && isRecord(sight) && !readable) {
    return aboutFile('unreadable', path, 'error', 'it may not be read', `give it its rights back: chmod u+rw ${path}`);
  }
  return null;
}

/** Beside our records it may be in the middle of being written: it is told, and left (DESIGN §1.7). */
const ofAStranger = (finding: Finding): Finding => ({
  ...finding,
  severity: 'info',
  remedy: 'no file of the bot: whoever writes it mends it, and kintsugi heal leaves it as it is',
});

/**
 * Looks at everything in a bot's directory; opens files for reading alone, and changes nothing.
 * @param running whether a bot runs there; asked when not given
 * Throws {@link CliError} when there is no such directory.
 */
export async function examine(dir: string, running?: boolean): Promise<Examination> {
  botDirectory(dir);
  const alive = running ?? (await isRunning(dir));
  const sights = [...everythingBelow(dir, LEFT_OUT)];
  const findings: Finding[] = [];
  const records: string[] = [];
  for (const sight of sights) {
    const finding = lookAtSight(sight);
    if (finding) findings.push(finding);
    else if (sight.kind === 'file' && isRecord(sight)) records.push(sight.path);
  }

  let facts: BusFacts | null = null;
  const guarded = async (file: string, look: () => Promise<readonly Finding[]>): Promise<void> => {
    try {
      for (const finding of await look()) findings.push(finding);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && alive) return;
      findings.push(
        aboutFile('unreadable', file, 'error', `it cannot be read: ${message}`, 'look at its rights, and at the disk'),
      );
    }
  };
  const identities = new Map(sights.map(({ path, identity }) => [path, identity]));
  const active = identities.get(SIGNAL_BUS_FILE);
  // A rotation that came half-way leaves the file with both names, and the next start finishes it.
  const isTwin = (file: string): boolean => file !== SIGNAL_BUS_FILE && identities.get(file) === active;
  const segments = records.filter((file) => isBusFile(file) && !isTwin(file)).sort(inSegments);
  const files = nodeFiles(dir, { durability: 'written' });
  const quarantine = fileQuarantine(files, wallClock());
  await guarded(QUARANTINE_INDEX, async () =>
    (await unlisted(files, await quarantine.list())).map((path) =>
      aboutFile('unlisted', path, 'info', `${QUARANTINE_INDEX} does not tell of it`, 'see kintsugi quarantine list'),
    ),
  );
  if (segments.length > 0) {
    await guarded(SIGNAL_BUS_FILE, async () => {
      const kept = await quarantine.list();
      const blanked = new Map(kept.map(({ source, offset, file }) => [`${source} ${offset}`, file]));
      const bus = await lookAtBus(dir, segments, alive, ({ file, offset }) => blanked.get(`${file} ${offset}`));
      facts = bus.facts;
      return bus.findings;
    });
  }
  const seen = facts as BusFacts | null;
  const ours = seen?.ours === true || ((seen?.records ?? 0) === 0 && records.includes(LEDGER_FILE));
  for (const file of records) {
    if (isBusFile(file)) continue;
    await guarded(file, async () => {
      if (file === POSITIONS_FILE) return lookAtPositions(dir, ours && seen ? { ...seen, ours } : seen, alive);
      const found = file.endsWith('.jsonl') ? await lookAtLines(dir, file, alive) : lookAtDocument(dir, file);
      return ours && keeperOf(file) === 'stranger' ? found.map(ofAStranger) : found;
    });
  }
  if (ours) findings.push(...missingFiles(new Set(sights.map(({ path }) => path)), seen));
  return { findings: findings.sort(inOrder), facts: seen, running: alive, ours, files: records.length };
}

/** The oldest first; the one that is written to is the last. */
const inSegments = (a: string, b: string): number => {
  const numberOf = (file: string) => segmentNumber(SIGNAL_BUS_FILE, file) ?? Number.POSITIVE_INFINITY;
  return numberOf(a) - numberOf(b);
};

const RANK = { error: 0, warning: 1, info: 2 } as const;
/** What matters most first; then by place. */
const inOrder = (a: Finding, b: Finding): number =>
  RANK[a.severity] - RANK[b.severity] || (a.file < b.file ? -1 : a.file > b.file ? 1 : (a.line ?? 0) - (b.line ?? 0));
