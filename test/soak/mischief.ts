/** What is done to the bot while it runs: the faults it offers itself, foreign writers, and readers that come and go. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import type { FaultView, Overview } from '../../src/inspector/contract.ts';
import { type Asked, hear } from '../cli/inspected.ts';

const ROUTES = ['overview', 'actors', 'machines', 'events', 'incidents', 'signals', 'trading', 'log', 'history'];

export interface Mischief {
  /** By kind: how often it was done. */
  readonly done: ReadonlyMap<string, number>;
  /** What was refused, and in which words. */
  readonly refused: ReadonlyMap<string, number>;
  /** Does the next thing. */
  next(): Promise<void>;
}

export async function mischief(dir: string, bot: Asked): Promise<Mischief> {
  const done = new Map<string, number>();
  const refused = new Map<string, number>();
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  const command = async (name: string, body: unknown): Promise<void> => {
    const { answer } = await bot.command(body);
    if (answer.ok) count(done, name);
    else count(refused, `${name}: ${answer.says}`);
  };

  /** Whole lines and a torn one, as another program would append them. */
  const foreignWriter = async (): Promise<void> => {
    const line = JSON.stringify({ event_type: 'note', says: 'from another program', at: Date.now() });
    appendFileSync(join(dir, SIGNAL_BUS_FILE), `${line}\n${line}\n${line.slice(0, 20)}`);
    count(done, 'foreign_writer');
  };
  /** A page that is opened, looks at everything, and is closed. */
  const reader = async (): Promise<void> => {
    const page = hear(bot.url);
    for (const route of ROUTES) await bot.get(`/api/${route}`);
    page.stop();
    await page.ended;
    count(done, 'reader');
  };
  /** An operator who is asked to look, and does. */
  const operator = async (): Promise<void> => {
    const { status } = await bot.get<Overview>('/api/overview');
    if (status.kill_switch.active) await command('resume', { do: 'resume', reason: 'the soak goes on', force: true });
  };

  const faults = (await bot.get<readonly FaultView[]>('/api/faults')).map(
    ({ id }) =>
      () =>
        command(id, { do: 'fault', fault: id }),
  );
  const steps = [...faults, foreignWriter].flatMap((step) => [step, reader, operator]);
  let place = 0;
  return {
    done,
    refused,
    next: async () => {
      await steps[place++ % steps.length]?.();
    },
  };
}
