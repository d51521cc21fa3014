/** Reading a chained log back: is every record where it was put, as it was put? Pure; who reads the file gives the lines. */
import type { LogRecord } from '../ports/event-log.ts';
import { hashOf, type Link, linkOf } from './chain.ts';

/** One line of a ledger that is not blank. */
export interface LedgerLine {
  /** Counted from 1. */
  readonly line: number;
  readonly offset: number;
  /** Bytes, without the newline. */
  readonly length: number;
  /** `null` for a line that cannot be read. */
  readonly record: LogRecord | null;
}

/** Bytes that a repair took out of the ledger, and which lie whole in quarantine. */
export interface SetAside {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
  /** How many records these bytes can have been, at most. */
  readonly records: number;
}

/** What is wrong, where. `line` is `null` for what concerns the ledger as a whole. */
export interface LedgerFinding {
  readonly rule: string;
  readonly line: number | null;
  readonly incident: string | null;
  readonly reason: string;
}

/** A break that is explained: the records are gone from the ledger, and their bytes are kept. */
export interface AccountedBreak {
  readonly line: number | null;
  readonly missing: readonly [number, number];
  readonly quarantine: readonly string[];
}

export interface ChainVerdict {
  readonly findings: readonly LedgerFinding[];
  readonly accounted: readonly AccountedBreak[];
  /** Records in the chain, and those from before it began. */
  readonly chained: number;
  readonly legacy: number;
  readonly head: Link | null;
}

const range = ([from, to]: readonly [number, number]): string =>
  from === to ? `record ${from} of the chain` : `records ${from} to ${to} of the chain`;

/**
 * @param remembered the last link the operator's state knows of, or `null`: what was cut off at the end shows by it
 */
export function checkChain(
  lines: readonly LedgerLine[],
  setAside: readonly SetAside[],
  remembered: Link | null,
): ChainVerdict {
  const findings: LedgerFinding[] = [];
  const accounted: AccountedBreak[] = [];
  const found = (rule: string, line: number | null, reason: string): void => {
    findings.push({ rule, line, incident: null, reason });
  };
  /** Those that are gone between two places of the file: explained by what was set aside there, or a finding. */
  const gone = (line: number | null, missing: readonly [number, number], from: number, to: number): void => {
    const kept = setAside.filter(({ offset, length }) => offset >= from && offset + length <= to);
    const explained = kept.reduce((sum, { records }) => sum + records, 0);
    if (missing[1] - missing[0] + 1 <= explained)
      accounted.push({ line, missing, quarantine: kept.map(({ id }) => id) });
    else found('removed', line, `${range(missing)} should stand before it, and is nowhere, not in quarantine either`);
  };

  let last: Link | null = null;
  /** Hashes by which the next record may name the last one: of one whose hash was changed, also the true one. */
  let lastHashes: readonly (string | null)[] = [null];
  let lastEnd = 0;
  let legacy = 0;
  let chained = 0;
  for (const { line, offset, length, record } of lines) {
    if (record === null) {
      found('unreadable', line, 'it cannot be read; kintsugi doctor says why');
      continue;
    }
    if (record.hash === undefined && record.chain === undefined) {
      if (last === null) legacy++;
      else found('unchained', line, 'it carries no hash, although the chain had begun: somebody else wrote it');
      continue;
    }
    chained++;
    const expected: number = (last?.chain ?? 0) + 1;
    const actual = hashOf(record);
    const link = linkOf(record);
    const isChanged = link?.hash !== actual;
    if (isChanged) found('changed', line, 'it was changed after it was written: its hash is not the one it carries');
    const prev = (record.prev ?? null) as string | null;
    // Of a changed record any field may be wrong: it stands where one thing says that it does.
    const stands = link?.chain === expected || lastHashes.includes(prev);
    if (isChanged && (link === null || stands)) {
      last = { chain: expected, hash: link?.hash ?? actual };
      lastHashes = [last.hash, actual];
    } else if (link !== null) {
      const { chain } = link;
      if (chain < expected) found('order', line, `${range([chain, chain])} had been written before: a copy, or moved`);
      else {
        if (chain > expected) gone(line, [expected, chain - 1], lastEnd, offset);
        else if (!lastHashes.includes(prev))
          found('link', line, 'it follows another record than the one that stands before it');
        last = link;
        lastHashes = [link.hash];
      }
    }
    lastEnd = offset + length;
  }
  if (remembered !== null && remembered.chain > (last?.chain ?? 0))
    gone(null, [(last?.chain ?? 0) + 1, remembered.chain], lastEnd, Number.POSITIVE_INFINITY);
  else if (remembered !== null && remembered.chain === last?.chain && remembered.hash !== last.hash)
    found('link', null, `the operator's state remembers another record ${remembered.chain} than the ledger has`);
  return { findings, accounted, chained, legacy, head: last };
}
