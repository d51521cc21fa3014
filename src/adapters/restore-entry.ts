import { createHash } from 'node:crypto';
import { FileFault, type Files } from '../ports/files.ts';
import type { Quarantine, QuarantineEntry } from '../ports/quarantine.ts';

export interface Restored {
  /** Where what stood there before is now; `null` where it was blank, or nothing. */
  readonly setAside: string | null;
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x0a);

/**
 * Puts quarantined bytes back where they stood: into the blank of a log, or as the whole document. What stands there now and
 * is not blank is set aside first. Throws `FileFault` when the bytes are not what was set aside, or their place is gone.
 */
export async function restoreEntry(files: Files, quarantine: Quarantine, entry: QuarantineEntry): Promise<Restored> {
  const { source, offset, length } = entry;
  const shelf = await files.read(entry.file);
  const bytes = shelf?.subarray(entry.at, entry.at + length) ?? new Uint8Array();
  if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256) {
    throw new FileFault('restore', entry.file, 'EBADMSG', `its bytes are not those that were set aside as ${entry.id}`);
  }
  if (!source.endsWith('.jsonl')) {
    const present = await files.read(source);
    const kept = present && (await quarantine.keep(source, 0, present, `replaced by ${entry.id}, which was put back`));
    await files.writeWhole(source, bytes);
    return { setAside: kept?.file ?? null };
  }
  const log = await files.openAppend(source, { create: false });
  try {
    const present = await log.read(offset, length);
    if (present.length < length) {
      throw new FileFault(
        'restore',
        source,
        'ERANGE',
        `it ends before byte ${offset + length}: it is not the file it was`,
      );
    }
    const kept = isBlank(present)
      ? null
      : await quarantine.keep(source, offset, present, `replaced by ${entry.id}, which was put back`);
    await log.overwrite(offset, bytes);
    await log.sync();
    return { setAside: kept?.file ?? null };
  } finally {
    await log.close();
  }
}
