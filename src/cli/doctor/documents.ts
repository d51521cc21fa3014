import { join } from 'node:path';
import { holdingsOf } from '../../actors/positions-file.ts';
import { judgePositions } from '../../actors/positions-keeper.ts';
import { POSITIONS_FILE } from '../../actors/records.ts';
import { EXCHANGE_FILE } from '../../adapters/paper-state.ts';
import { readIfThere } from '../../adapters/read-only.ts';
import { says } from '../../ports/says.ts';
import type { BusFacts } from './bus-log.ts';
import { aboutFile, type Finding } from './finding.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** What a whole document says, or why it says nothing. */
export function readDocument(bytes: Uint8Array): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(decoder.decode(bytes)) };
  } catch (error) {
    return { fault: says(error) };
  }
}

/** A whole JSON file that does not parse. */
export function lookAtDocument(dir: string, file: string): readonly Finding[] {
  const bytes = readIfThere(join(dir, file));
  if (bytes === null) return [];
  const read = readDocument(bytes);
  if ('value' in read) return [];
  const at = Number(/position (\d+)/.exec(read.fault)?.[1] ?? Number.NaN);
  const line = Number.isNaN(at) ? null : decodeLoosely(bytes).slice(0, at).split('\n').length;
  const remedy =
    file === EXCHANGE_FILE
      ? 'put a copy of it back, or move it away: the paper account then begins anew, and holds nothing'
      : 'kintsugi heal moves it to quarantine/; its owner writes it anew';
  const offset = Number.isNaN(at) ? 0 : at;
  return [
    { kind: 'bad-document', file, line, offset, reason: `it is not JSON: ${read.fault}`, severity: 'error', remedy },
  ];
}
const decodeLoosely = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The positions file, against what the log says is held. In a foreign directory only its shape is looked at. */
export function lookAtPositions(dir: string, facts: BusFacts | null, running: boolean): readonly Finding[] {
  const bytes = readIfThere(join(dir, POSITIONS_FILE));
  if (bytes === null) return [];
  if (facts === null || !facts.ours) return lookAtForeignPositions(bytes);
  const { found, says } = judgePositions(bytes, holdingsOf(facts.book.open()));
  if (found === 'same') return [];
  const late = running && found === 'differs';
  const remedy = late
    ? 'a bot is running: it may be about to be written; look again'
    : 'kintsugi heal rebuilds it from the event log';
  return [aboutFile('positions', POSITIONS_FILE, late ? 'info' : 'error', says.replace(POSITIONS_FILE, 'it'), remedy)];
}

function lookAtForeignPositions(bytes: Uint8Array): readonly Finding[] {
  const read = readDocument(bytes);
  const { open_positions, closed_positions } = ('value' in read ? (read.value ?? {}) : {}) as Record<string, unknown>;
  if (Array.isArray(open_positions) && Array.isArray(closed_positions)) return [];
  const why = 'fault' in read ? `it is not JSON: ${read.fault}` : 'it has no lists open_positions and closed_positions';
  const remedy =
    'the event log here does not tell positions, so ask the exchange; nothing is ever put in its place unproven';
  return [aboutFile('positions', POSITIONS_FILE, 'error', why, remedy)];
}
