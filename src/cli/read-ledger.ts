import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ESCALATION_FILE, LEDGER_FILE } from '../actors/healing-operator.ts';
import { QUARANTINE_INDEX, quarantineEntries } from '../adapters/file-quarantine.ts';
import { checkLine } from '../adapters/log-line.ts';
import { readIfThere } from '../adapters/read-only.ts';
import { parseDocument } from '../adapters/whole-file-store.ts';
import type { LedgerLine, SetAside } from '../healing/chain-check.ts';
import { type EscalationState, escalationState } from '../healing/kill-switch.ts';
import type { Loaded } from '../ports/store.ts';

const NEWLINE = 0x0a;

/** The lines of a ledger's bytes that are not blank; the first of them begins at `at` and is number `first`. */
export function linesIn(bytes: Uint8Array, at = 0, first = 1): readonly LedgerLine[] {
  const lines: LedgerLine[] = [];
  let line = first;
  for (let from = 0; from < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline;
    const checked = checkLine(bytes.subarray(from, to), 'record');
    if (checked.kind !== 'blank') {
      const record = checked.kind === 'good' ? checked.record : null;
      lines.push({ line, offset: at + from, length: to - from, record });
    }
    from = to + 1;
  }
  return lines;
}

/** The ledger of a bot's directory, line by line; empty where there is none. Throws the system's error. */
export const readLedger = (dir: string): readonly LedgerLine[] =>
  linesIn(readIfThere(join(dir, LEDGER_FILE)) ?? new Uint8Array());

/** What was taken out of the ledger and lies in quarantine, whole. */
export function readSetAside(dir: string): readonly SetAside[] {
  const index = readIfThere(join(dir, QUARANTINE_INDEX));
  if (index === null) return [];
  return quarantineEntries(index).flatMap(({ id, source, offset, length, file, at, sha256 }) => {
    if (source !== LEDGER_FILE || file.split('/').includes('..')) return [];
    const bytes = readIfThere(join(dir, file))?.subarray(at, at + length);
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) return [];
    const named = new TextDecoder().decode(bytes).split('"event_type"').length - 1;
    return [{ id, offset, length, records: Math.max(1, named) }];
  });
}

/** The operator's state on disk: kill switch, budgets, what it remembers of the ledger. */
export function readEscalation(dir: string): Loaded<EscalationState> {
  const bytes = readIfThere(join(dir, ESCALATION_FILE));
  return bytes === null ? { ok: false, missing: true } : parseDocument(bytes, escalationState);
}
