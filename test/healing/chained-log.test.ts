import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import { readLedger, readSetAside } from '../../src/cli/read-ledger.ts';
import { checkChain } from '../../src/healing/chain-check.ts';
import { type ChainedLog, chainedLog } from '../../src/healing/chained-log.ts';
import { type Fault, faultyFiles } from '../faults/faulty-files.ts';

const PATH = 'logs/healing.jsonl';

/** A ledger on real files; every call opens it anew, as a restart does. */
async function opened(dir: string, faults: Fault[] = []): Promise<ChainedLog> {
  const files = faultyFiles(nodeFiles(dir, { durability: 'written', watched: false }));
  files.faults.push(...faults);
  const log = chainedLog(jsonlLogs(files, fileQuarantine(files, wallClock())).log(PATH, { sequenced: false }));
  await log.open({ create: 'always' });
  faults.push = (...more) => files.faults.push(...more);
  faults.splice = (...range: [number, number?]) => files.faults.splice(...(range as [number, number]));
  return log;
}
const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'kintsugi-chain-'));
const verdictOf = (dir: string, log: ChainedLog | null = null) =>
  checkChain(readLedger(dir), readSetAside(dir), log?.head ?? null);
const incident = (id: string) => ({ event_type: 'incident', incident_id: id });

describe('the chained ledger', () => {
  it('goes on over restarts, and remembers which incidents were written', async () => {
    const dir = freshFolder();
    for (const id of ['a', 'b', 'c']) {
      const log = await opened(dir);
      await log.append(incident(id));
      expect(log.recent).toEqual([id]);
      await log.close();
    }
    const verdict = verdictOf(dir);
    expect(verdict).toMatchObject({ findings: [], chained: 3, head: { chain: 3 } });
    expect(readLedger(dir).map(({ record }) => record?.chain)).toEqual([1, 2, 3]);
  });

  it('begins in a ledger from before there was a chain, and says so', async () => {
    const dir = freshFolder();
    mkdirSync(join(dir, 'logs'));
    writeFileSync(join(dir, PATH), `${JSON.stringify(incident('old'))}\n${JSON.stringify(incident('older'))}\n`);
    const log = await opened(dir);
    await log.append(incident('new'));
    await log.append(incident('newer'));
    await log.close();
    const [, , third, fourth] = readLedger(dir).map(({ record }) => record);
    expect(third).toMatchObject({ chain: 1, prev: null, chain_start: '2 records before this one carry no hash' });
    expect(fourth).not.toHaveProperty('chain_start');
    expect(verdictOf(dir)).toMatchObject({ findings: [], legacy: 2, chained: 2 });
  });

  it('has no gap and no fork where the disk refused and took the same records later', async () => {
    const dir = freshFolder();
    const faults: Fault[] = [];
    const log = await opened(dir, faults);
    await log.append(incident('a'));
    faults.push({ operation: 'append', path: PATH, code: 'ENOSPC', short: 30 });
    const refused = await Promise.allSettled(['b', 'c'].map((id) => log.append(incident(id))));
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    faults.splice(0);
    for (const id of ['b', 'c', 'd']) await log.append(incident(id));
    expect(readLedger(dir).map(({ record }) => record?.incident_id)).toEqual(['a', 'b', 'c', 'd']);
    expect(verdictOf(dir, log).findings).toEqual([]);
    await log.close();
  });

  it('accounts for a line that a repair moved to quarantine, in the middle and at the end, over a restart', async () => {
    const dir = freshFolder();
    const first = await opened(dir);
    for (const id of ['a', 'b', 'c', 'd']) await first.append(incident(id));
    const { head } = first;
    await first.close();
    const lines = readFileSync(join(dir, PATH), 'utf8').split('\n');
    const spoilt = lines.map((line, index) => (index === 1 || index === 3 ? `#${line.slice(1)}` : line));
    writeFileSync(join(dir, PATH), spoilt.join('\n'));
    expect(verdictOf(dir).findings.map(({ rule }) => rule)).toEqual(['unreadable', 'removed', 'unreadable']);

    const again = await opened(dir);
    expect((await again.repair()).quarantined).toHaveLength(2);
    expect(checkChain(readLedger(dir), readSetAside(dir), head)).toMatchObject({
      findings: [],
      accounted: [{ missing: [2, 2] }, { missing: [4, 4], line: null }],
    });
    if (head) again.goOnFrom(head);
    await again.append(incident('e'));
    expect(readLedger(dir).map(({ record }) => record?.chain)).toEqual([1, 3, 5]);
    expect(verdictOf(dir, again)).toMatchObject({
      findings: [],
      accounted: [{ missing: [2, 2] }, { missing: [4, 4] }],
    });
    await again.close();
  });

  it('does not account for bytes in quarantine that are no longer what was set aside', async () => {
    const dir = freshFolder();
    const first = await opened(dir);
    for (const id of ['a', 'b', 'c']) await first.append(incident(id));
    await first.close();
    const lines = readFileSync(join(dir, PATH), 'utf8').split('\n');
    writeFileSync(join(dir, PATH), lines.with(1, `#${(lines[1] ?? '').slice(1)}`).join('\n'));
    const again = await opened(dir);
    const [kept] = (await again.repair()).quarantined;
    await again.close();
    expect(verdictOf(dir).findings).toEqual([]);
    const file = join(dir, kept?.file ?? '');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"b"', '"x"'));
    expect(verdictOf(dir).findings.map(({ rule }) => rule)).toEqual(['removed']);
  });

  it('names a line that somebody else appended, and goes on after it', async () => {
    const dir = freshFolder();
    const log = await opened(dir);
    await log.append(incident('a'));
    appendFileSync(join(dir, PATH), `${JSON.stringify(incident('stranger'))}\n`);
    await log.append(incident('b'));
    await log.close();
    const again = await opened(dir);
    await again.append(incident('c'));
    expect(verdictOf(dir, again).findings.map(({ rule, line }) => [rule, line])).toEqual([['unchained', 2]]);
    await again.close();
  });
});
