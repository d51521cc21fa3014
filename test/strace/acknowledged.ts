import { type Call, payload } from './calls.ts';

/**
 * The lines of the bot's logs that it may have called kept: written, and synced after that, both without an error. From the
 * system's own account of the run, not from the bot's.
 */
export function acknowledgedLines(calls: readonly Call[]): readonly string[] {
  const kept: string[] = [];
  const written = new Map<string, string[]>();
  for (const call of calls) {
    const [path = ''] = call.paths;
    if (!path.endsWith('.jsonl')) continue;
    if (call.name === 'write') {
      const bytes = payload(call);
      if (call.result !== bytes.length) continue;
      const lines = bytes
        .toString()
        .split('\n')
        .filter((line) => line !== '');
      written.set(path, [...(written.get(path) ?? []), ...lines]);
    } else if (call.name === 'fdatasync' || call.name === 'fsync') {
      // A sync that fails leaves open what of it is on the medium: whoever waited was refused.
      if (call.result === 0) kept.push(...(written.get(path) ?? []));
      written.delete(path);
    }
  }
  return kept;
}
