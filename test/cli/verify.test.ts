import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, holdsIn, kintsugi, PATIENT, startForTest } from './cli.ts';
import { cascade, directoryWith, escalation, sealed } from './ledgers.ts';

interface Told {
  readonly sound: boolean;
  readonly findings: readonly {
    readonly rule: string;
    readonly line: number | null;
    readonly incident: string | null;
  }[];
  readonly [field: string]: unknown;
}

const verify = async (dir: string): Promise<{ code: number | null; told: Told; places: string[] }> => {
  const { code, out } = await kintsugi(['verify', '--dir', dir, '--json']);
  const told = JSON.parse(out) as Told;
  return { code, told, places: told.findings.map(({ rule, line }) => `${rule} ${line}`) };
};

describe('kintsugi verify', () => {
  it('finds a ledger as the loop writes it sound, and gives the hash that proves it later', async () => {
    const lines = sealed(cascade());
    const dir = directoryWith(lines);
    const { hash } = JSON.parse(lines.at(-1) ?? '{}') as { hash: string };
    const { code, out } = await kintsugi(['verify', '--dir', dir]);
    expect(code).toBe(0);
    expect(out).toContain(`sound  ${lines.length} records of 3 incidents; ${lines.length} links in the chain`);
    expect(out).toContain(`The last hash is ${hash}.`);
    expect((await verify(dir)).told).toMatchObject({ sound: true, chained: lines.length, legacy: 0, findings: [] });
  });

  it('finds one flipped byte, and says in which line', async () => {
    const dir = directoryWith(sealed(cascade()));
    const path = join(dir, 'logs/healing.jsonl');
    const bytes = readFileSync(path);
    const at = bytes.indexOf('"severity":"critical"') + 13;
    bytes[at] = (bytes[at] ?? 0) ^ 0x02;
    writeFileSync(path, bytes);
    const { code, places } = await verify(dir);
    expect(code).toBe(1);
    expect(places).toContain('changed 1');
    const { out } = await kintsugi(['verify', '--dir', dir]);
    expect(out).toContain('logs/healing.jsonl, line 1');
    expect(out).toContain('→ changed: compare logs/healing.jsonl with a copy');
    expect(out).toContain('it was changed after it was written');
  });

  it('finds a removed line, and lines cut off at the end by what the operator remembers', async () => {
    const lines = sealed(cascade());
    expect(await verify(directoryWith(lines.toSpliced(2, 1)))).toMatchObject({ code: 1, places: ['removed 3'] });
    const cut = directoryWith(lines.slice(0, -1));
    expect((await verify(cut)).places).toEqual([]);
    const { chain, hash } = JSON.parse(lines.at(-1) ?? '{}') as { chain: number; hash: string };
    escalation(cut, { ledger_head: { chain, hash }, recent_incidents: ['INC-1', 'INC-3'] });
    expect(await verify(cut)).toMatchObject({ code: 1, places: ['removed null'] });
    escalation(cut, { recent_incidents: ['INC-1', 'INC-99'] });
    expect((await verify(cut)).told.findings).toMatchObject([{ rule: 'lost', incident: 'INC-99' }]);
  });

  it('finds a forged healed incident although its chain was made anew', async () => {
    const records = cascade();
    const failed = records.at(-1);
    if (!failed) throw new Error('nothing was written');
    const forged = { ...failed, status: 'healed', closed_at: failed.timestamp, healed_ms: null };
    const { code, told } = await verify(directoryWith(sealed([...records, forged])));
    expect(code).toBe(1);
    expect(told.findings).toMatchObject([{ rule: 'evidence', line: records.length + 1, incident: failed.incident_id }]);
  });

  it('takes a ledger from before the chain for what it is: unproven, and no finding', async () => {
    const records = cascade();
    const dir = directoryWith(records.map((record) => JSON.stringify(record)));
    const { code, told } = await verify(dir);
    expect(code).toBe(0);
    expect(told).toMatchObject({ chained: 0, legacy: records.length, head: null });
    const { out } = await kintsugi(['verify', '--dir', dir]);
    expect(out).toContain('from before there was a chain: nothing proves that they are as they were written');
  });

  it('accounts for a line that kintsugi heal moved to quarantine', async () => {
    const lines = sealed(cascade());
    const dir = directoryWith(lines.with(2, `#${(lines[2] ?? '').slice(1)}`));
    expect(await verify(dir)).toMatchObject({ code: 1, places: ['unreadable 3', 'removed 4'] });
    const { told: sick } = await verify(dir);
    expect(sick.findings[0]).toMatchObject({
      ...{ file: 'logs/healing.jsonl', line: 3 },
      remedy: expect.stringContaining('kintsugi heal sets it aside'),
    });
    await kintsugi(['heal', '--dir', dir]);
    const { code, told } = await verify(dir);
    expect(told.findings).toEqual([]);
    expect(code).toBe(0);
    expect(told.accounted).toMatchObject([{ line: 4, missing: [3, 3] }]);
    expect((await kintsugi(['verify', '--dir', dir])).out).toMatch(
      /before line 4: record 3 could not be read and was set aside/,
    );
  });

  it('finds nothing where nothing was recorded, and everything missing where a ledger is gone', async () => {
    const dir = freshFolder();
    mkdirSync(join(dir, 'logs'));
    expect(await verify(dir)).toMatchObject({ code: 0, places: [] });
    escalation(dir, { ledger_head: { chain: 7, hash: 'a'.repeat(64) } });
    expect(await verify(dir)).toMatchObject({ code: 1, places: ['removed null'] });
    expect(await kintsugi(['verify', '--dir', '/nowhere/at/all'])).toMatchObject({ code: 1 });
    const state = 'feature_store/healing_escalation_state.json';
    writeFileSync(join(dir, state), '{');
    expect((await verify(dir)).told.findings).toMatchObject([{ rule: 'state', file: state, line: null }]);
  });

  it('is sound after a SIGKILL in the midst of healing, and the next run goes on with the chain', async () => {
    const dir = freshFolder();
    const config = join(dir, 'config.json');
    writeFileSync(config, '{"healing": "act"}');
    const path = join(dir, 'logs/healing.jsonl');
    const written = (): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0);
    const chains: number[] = [];
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const before = written();
      const bot = startForTest(['run', '--dir', dir, '--config', config]);
      await bot.said('kintsugi runs in');
      await expect.poll(() => holdsIn(dir, 'decision_tracker/signal_decisions.jsonl-is-sound'), PATIENT).toBe(true);
      rmSync(join(dir, 'logs/signal_decisions.jsonl'));
      await expect.poll(written, { ...PATIENT, interval: 2 }).toBeGreaterThan(before);
      bot.kill(signal);
      await bot.outcome;
      const { code, told } = await verify(dir);
      expect(told.findings).toEqual([]);
      expect(code).toBe(0);
      chains.push(told.chained as number);
    }
    expect(chains[1]).toBeGreaterThan(chains[0] ?? 0);
  });
});
