import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi, PATIENT, start, startForTest, statusOf } from './cli.ts';
import { cascade, directoryWith, escalation, sealed } from './ledgers.ts';

const STATE = 'feature_store/healing_escalation_state.json';
const tripped = (by: string) => ({
  soft_kill_switch_active: true,
  escalation_status: 'soft_kill_switch',
  reason: `${by} could not be healed: no`,
  tripped_by: [by],
});
const stateIn = (dir: string) => JSON.parse(readFileSync(join(dir, STATE), 'utf8'));
const ledgerIn = (dir: string): readonly Record<string, unknown>[] =>
  readFileSync(join(dir, 'logs/healing.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
const resume = (dir: string, ...more: string[]) =>
  kintsugi(['resume', '--dir', dir, '--reason', 'the disk was replaced', ...more]);

describe('kintsugi resume, of a bot that does not run', () => {
  it('takes the switch off, and records who, why, and in the chain', async () => {
    const lines = sealed(cascade());
    const dir = directoryWith(lines);
    const { chain, hash } = JSON.parse(lines.at(-1) ?? '{}') as { chain: number; hash: string };
    escalation(dir, { ...tripped('market_feed/fresh'), ledger_head: { chain, hash }, budgets: { 'a RESTART': [1] } });
    expect(await resume(dir)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Resumed: the kill switch is off'),
    });
    expect(stateIn(dir)).toMatchObject({
      soft_kill_switch_active: false,
      escalation_status: 'normal',
      reason: null,
      tripped_by: [],
      budgets: { 'a RESTART': [1] },
      ledger_head: { chain: chain + 1 },
    });
    expect(ledgerIn(dir).at(-1)).toMatchObject({
      event_type: 'operator',
      action: 'resume',
      reason: 'the disk was replaced',
      by: expect.stringMatching(/^\S+ \(process \d+\)$/),
      forced: false,
      was: 'market_feed/fresh could not be healed: no',
      chain: chain + 1,
      prev: hash,
    });
    expect(readFileSync(join(dir, 'logs/bot_out.log'), 'utf8')).toContain('resumed: the disk was replaced');
    expect(await kintsugi(['verify', '--dir', dir])).toMatchObject({ code: 0 });
    const {
      incidents,
      operators,
      unread_lines: unread,
    } = JSON.parse((await kintsugi(['incidents', '--dir', dir, '--json'])).out);
    expect([incidents.length, operators.length, unread]).toEqual([3, 1, 0]);
    expect((await kintsugi(['incidents', '--dir', dir])).out).toMatch(/resumed {2}by .+: the disk was replaced/);
    expect(await resume(dir)).toMatchObject({ code: 1, err: expect.stringContaining('off already') });
  });

  it('is refused while the last word on what tripped it is that it was given up, unless forced', async () => {
    const dir = directoryWith(sealed(cascade()));
    escalation(dir, tripped('signal_bus/log-verifies'));
    const before = readFileSync(join(dir, STATE), 'utf8');
    const refused = await resume(dir);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('signal_bus/log-verifies does not hold (INC-3 is failed: no)');
    expect(refused.err).toContain('--force');
    expect(readFileSync(join(dir, STATE), 'utf8')).toBe(before);
    expect(await resume(dir, '--force')).toMatchObject({ code: 0 });
    expect(ledgerIn(dir).at(-1)).toMatchObject({ forced: true, not_holding: ['signal_bus/log-verifies'] });
  });

  it('knows what tripped an older state by its reason', async () => {
    const dir = directoryWith(sealed(cascade()));
    const { tripped_by: _, ...older } = tripped('signal_bus/log-verifies');
    escalation(dir, older);
    expect(await resume(dir)).toMatchObject({ code: 1, err: expect.stringContaining('signal_bus/log-verifies') });
  });

  it('wants a reason, and a state it can read', async () => {
    expect(await kintsugi(['resume', '--dir', freshFolder()])).toMatchObject({ code: 64 });
    expect(await kintsugi(['resume', '--dir', freshFolder(), '--reason', ' '])).toMatchObject({ code: 64 });
    const dir = directoryWith([]);
    escalation(dir, {});
    writeFileSync(join(dir, STATE), '{"soft');
    expect(await resume(dir)).toMatchObject({ code: 1, err: expect.stringContaining('kintsugi heal') });
  });
});

describe('kintsugi resume, of a running bot', () => {
  it('asks it by its token, and entries are allowed again', async () => {
    const dir = directoryWith([]);
    escalation(dir, tripped('signal_bus/log-verifies'));
    const bot = startForTest(['run', '--dir', dir]);
    await bot.said('kintsugi runs in');
    const status = async () => JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out);
    await expect
      .poll(async () => (await statusOf(dir))?.kill_switch, PATIENT)
      .toMatchObject({ active: true, tripped_by: ['signal_bus/log-verifies'] });
    expect(statSync(join(dir, 'run/token')).mode & 0o777).toBe(0o600);

    const token = readFileSync(join(dir, 'run/token'), 'utf8');
    writeFileSync(join(dir, 'run/token'), `${'0'.repeat(64)}\n`);
    expect(await resume(dir)).toMatchObject({ code: 1, err: expect.stringContaining('does not carry the token') });
    expect((await status()).kill_switch.active).toBe(true);
    writeFileSync(join(dir, 'run/token'), token);

    await expect.poll(async () => (await resume(dir)).out, PATIENT).toContain('Resumed');
    expect((await status()).kill_switch).toEqual({ active: false, reason: null, tripped_by: [] });
    expect(ledgerIn(dir).filter(({ event_type: type }) => type === 'operator')).toHaveLength(1);
    bot.kill('SIGTERM');
    expect((await bot.outcome).err).toContain('kill switch off');
    expect(stateIn(dir).soft_kill_switch_active).toBe(false);
    expect(await kintsugi(['verify', '--dir', dir])).toMatchObject({ code: 0 });
  });

  it('is not taken by what holds the directory and is no bot', async () => {
    const dir = directoryWith([]);
    const watching = start(['heal', '--watch', '--dir', dir]);
    await watching.said('Watching over');
    writeFileSync(join(dir, 'run/token'), 'x\n');
    expect(await resume(dir)).toMatchObject({ code: 1, err: expect.stringContaining('takes no requests') });
    watching.kill('SIGINT');
    expect((await watching.outcome).code).toBe(0);
  });
});
