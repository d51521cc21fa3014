import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kintsugi, PATIENT, startForTest } from './cli.ts';
import { directoryWith } from './ledgers.ts';

const STATE = 'feature_store/healing_escalation_state.json';
const stateIn = (dir: string) => JSON.parse(readFileSync(join(dir, STATE), 'utf8'));
const ask = (name: 'pause' | 'resume', dir: string) => kintsugi([name, '--dir', dir, '--reason', 'the exchange moves']);

describe('kintsugi pause', () => {
  it('puts the switch of a bot at rest on, recorded in the chain, until somebody resumes', async () => {
    const dir = directoryWith([]);
    expect(await ask('pause', dir)).toMatchObject({ code: 0, out: expect.stringContaining('Paused: ') });
    expect(stateIn(dir)).toMatchObject({
      soft_kill_switch_active: true,
      paused_by_hand: true,
      reason: expect.stringMatching(/^\S+ \(process \d+\) paused: the exchange moves$/),
    });
    expect(await ask('pause', dir)).toMatchObject({ code: 1, err: expect.stringContaining('paused already') });
    expect((await kintsugi(['incidents', '--dir', dir])).out).toMatch(/paused {2}by .+: the exchange moves/);
    expect(await ask('resume', dir)).toMatchObject({ code: 0 });
    expect(stateIn(dir)).toMatchObject({ soft_kill_switch_active: false, paused_by_hand: false });
    expect(await kintsugi(['verify', '--dir', dir])).toMatchObject({ code: 0 });
    expect(await kintsugi(['pause', '--dir', dir, '--reason', ' '])).toMatchObject({ code: 64 });
  });

  it('asks a running bot, which stays paused over a restart', async () => {
    const dir = directoryWith([]);
    const first = startForTest(['run', '--dir', dir, '--no-http']);
    await first.said('kintsugi runs in');
    // Asked while it opens, the operator is waited for.
    expect(await ask('pause', dir)).toMatchObject({ code: 0, out: expect.stringContaining('Paused') });
    const killOf = async () => JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out).kill_switch;
    expect(await killOf()).toMatchObject({ active: true, reason: expect.stringContaining('the exchange moves') });
    first.kill('SIGTERM');
    await first.outcome;

    const second = startForTest(['run', '--dir', dir, '--no-http']);
    await second.said('kintsugi runs in');
    await expect.poll(killOf, PATIENT).toMatchObject({ active: true });
    expect(await ask('pause', dir)).toMatchObject({ code: 1, err: expect.stringContaining('paused already') });
    expect(await ask('resume', dir)).toMatchObject({ code: 0 });
    second.kill('SIGTERM');
    await second.outcome;
    expect(await kintsugi(['verify', '--dir', dir])).toMatchObject({ code: 0 });
  });
});
