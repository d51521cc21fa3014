/** The disk takes nothing for a while, for nobody: one cause, no restarts, nothing lost. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { memorySink } from '../actors/alert-habitat.ts';
import { faultyFiles } from './faulty-files.ts';
import { it } from './with-bots.ts';

const OPERATIONS = ['append', 'writeWhole', 'createNew'] as const;

describe('a full disk', () => {
  it('stops entries and loses nothing; what waited is written in order when there is space', async ({ start }) => {
    let disk: ReturnType<typeof faultyFiles> | null = null;
    const phone = memorySink('phone');
    const bot = await start({
      sinks: [phone.sink],
      speed: 10,
      intervalMs: 1_000,
      files: (plain) => {
        disk = faultyFiles(plain);
        return disk;
      },
    });
    const { faults } = disk as unknown as ReturnType<typeof faultyFiles>;
    await bot.until('it trades', () =>
      readFileSync(join(bot.root, 'logs/signal_bus.jsonl'), 'utf8').includes('opened'),
    );
    for (const operation of OPERATIONS) faults.push({ operation, path: /./, code: 'ENOSPC' });
    await bot.until('it is red, and says why', () => {
      const { status, kill_switch: kill } = bot.status();
      return status === 'red' && kill.active && (kill.reason ?? '').includes('ENOSPC');
    });
    await bot.until('the operator is told, though no disk keeps it', () =>
      phone.taken.some(({ message }) => message.includes('ENOSPC')),
    );
    const restarts = Object.values(bot.status().components).map((one) => one.restarts);
    expect(restarts.every((count) => count === 0)).toBe(true);
    faults.length = 0;
    await bot.until('every invariant holds again', () =>
      Object.values(bot.status().components).every(({ invariants }) => invariants.every(({ holds }) => holds === true)),
    );
    await bot.until('the incident is in the ledger', () =>
      bot.incidents().some(({ invariant, status }) => invariant === 'signal_bus/accepts' && status !== 'open'),
    );
    expect(bot.status().kill_switch.active).toBe(true);
    await bot.until('the operator is told that the log takes records again', () =>
      phone.taken.some(({ subject, state }) => subject === 'signal_bus/accepts' && state === 'resolved'),
    );
    const alerts = () => readFileSync(join(bot.root, 'logs/operator_alerts.jsonl'), 'utf8').trimEnd().split('\n');
    await bot.until('all of it is in the file as well', () => alerts().length >= phone.taken.length);
    expect(alerts().map((line) => JSON.parse(line))).toEqual(phone.taken);

    const verdict = await bot.world.bus.verify({ full: true });
    expect([verdict.bad, verdict.missingSeq, verdict.duplicateSeq]).toEqual([[], [], []]);
    const states = new Map<string, string>();
    for await (const { event_type, signal_id, old_state, new_state, state } of bot.world.bus.replay()) {
      const id = String(signal_id);
      if (event_type === 'signal_generated') states.set(id, String(state));
      if (event_type !== 'state_change') continue;
      expect(`${id} ${old_state}`).toBe(`${id} ${states.get(id)}`);
      states.set(id, String(new_state));
    }
    const figures = bot.bot.mailboxes.ref('stateMachine')?.getSnapshot().context.figures;
    expect(figures.refused).toBe(0);
    const { differences } = bot.bot.mailboxes.ref('tradeExecution')?.getSnapshot().context ?? {};
    expect(differences).toEqual([]);
  }, 120_000);
});
