/** Names that settings had in files of before. They go on working, and mean what the setting means now. */
import { keyOf, type Path } from './catalogue.ts';
import type { Document } from './jsonc.ts';
import { valueAt, withoutValue, withValue } from './layers.ts';

interface Renamed {
  readonly old: readonly string[];
  readonly now: readonly string[];
}

const RENAMED: readonly Renamed[] = [
  // Entries were sized by a stop of their own, while another one was set.
  { old: ['guards', 'sizing', 'stopFraction'], now: ['exits', 'stopFraction'] },
];

function renamed(document: Document, { old, now }: Renamed): Document {
  const said = valueAt(document.value, old);
  if (said === undefined) return document;
  const value = withoutValue(document.value, old);
  const today = valueAt(document.value, now);
  if (today === undefined) {
    const place = (path: Path) => document.place(keyOf(path) === keyOf(now) ? old : path);
    return { ...document, value: withValue(value, now, said), place };
  }
  const says = `"${keyOf(old)}" is the old name of "${keyOf(now)}", and they differ. Keep "${keyOf(now)}"`;
  const faults = today === said ? [] : [{ ...document.place(old), says }];
  return { ...document, value, faults: [...document.faults, ...faults] };
}

/** The document as if it were written today. Two names that say different things are a fault. */
export function withNamesOfToday(document: Document): Document {
  let read = document;
  for (const name of RENAMED) read = renamed(read, name);
  return read;
}
