/** What Linux says of a process, and what lies in a folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The process below a guardian; `null` while there is none. */
export function childOf(pid: number): number | null {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return first ? Number(first) : null;
}

export interface ProcessFigures {
  readonly rssMb: number;
  readonly openFiles: number;
  readonly threads: number;
}

/** Throws ENOENT where the process has ended. */
export function figuresOf(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    rssMb: field('VmRSS') / 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
  };
}

export interface FolderFigures {
  readonly bytes: number;
  readonly largest: number;
  /** Sealed segments of logs: each is held open, so that one that is deleted can be put back whole. */
  readonly segments: number;
}

/** Of all files below a folder, MB. One that goes meanwhile is not counted. */
export function folderFigures(folder: string): FolderFigures {
  let segments = 0;
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    if (/-\d{6}\.jsonl$/.test(entry.name)) segments++;
    const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    return found ? [found.size / 2 ** 20] : [];
  });
  return { bytes: sizes.reduce((sum, one) => sum + one, 0), largest: Math.max(0, ...sizes), segments };
}

/** A figure in Prometheus' text. Throws where it is not there. */
export function figureIn(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the bot does not tell ${name}`);
  return Number(line.slice(name.length + 1));
}
