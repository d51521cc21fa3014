import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Quarantine, QuarantineEntry } from '../ports/quarantine.ts';

const FOLDER = 'quarantine';
const INDEX = `${FOLDER}/index.jsonl`;

const entryRecord = z.looseObject({
  id: z.string(),
  source: z.string(),
  offset: z.number(),
  length: z.number(),
  reason: z.string(),
  sha256: z.string(),
  file: z.string(),
  ts: z.number(),
  timestamp: z.string(),
});

/**
 * Keeps what cannot be read: the bytes in a file of their own below `quarantine/`, and a line about them in its index, both
 * durable before `keep` resolves.
 */
export function fileQuarantine(files: Files, clock: Clock): Quarantine {
  const list = async (): Promise<readonly QuarantineEntry[]> => {
    const bytes = await files.read(INDEX);
    if (bytes === null) return [];
    return new TextDecoder()
      .decode(bytes)
      .split('\n')
      .flatMap((line) => {
        try {
          const entry = entryRecord.safeParse(JSON.parse(line));
          return entry.success ? [entry.data] : [];
        } catch {
          // A torn line of the index: the bytes it spoke of still lie in their own file.
          return [];
        }
      });
  };

  const keep: Quarantine['keep'] = async (source, offset, bytes, reason) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const known = (await list()).find(
      (entry) => entry.source === source && entry.offset === offset && entry.sha256 === sha256,
    );
    if (known && (await files.stat(known.file)) !== null) return known;
    const now = clock.now();
    const timestamp = new Date(now).toISOString();
    const name = source.replace(/[^A-Za-z0-9._-]+/g, '_');
    const id = `${timestamp.replace(/[-:.Z]/g, '')}-${name}-${offset}-${sha256.slice(0, 8)}`;
    const file = `${FOLDER}/${id}.bin`;
    if ((await files.stat(file)) === null) await files.createNew(file, bytes);
    const entry: QuarantineEntry = {
      id,
      source,
      offset,
      length: bytes.length,
      reason,
      sha256,
      file,
      ts: now / 1000,
      timestamp,
    };
    const index = await files.openAppend(INDEX, { create: true });
    try {
      await index.append(new TextEncoder().encode(`${JSON.stringify(entry)}\n`));
      await index.sync();
    } finally {
      await index.close();
    }
    return entry;
  };

  return { keep, list };
}
