/** What the simulator found in the bot, each cut down to what it takes. */
import { describe, expect, it } from 'vitest';
import type { Life } from '../../src/sim/life.ts';
import type { Script } from '../../src/sim/script.ts';
import { simulate } from '../../src/sim/simulate.ts';

const MINUTE = 60_000;
const SCRIPT: Script = {
  seed: 1,
  faultyMs: 10 * MINUTE,
  setting: { symbols: 1, tickMs: MINUTE, speed: 20, restless: true, stops: false, durability: 'synced', mirror: false },
  faults: [],
};

/** Runs a calm world in which things are done to the bot, each once, some time after its start. */
async function when(acts: readonly (readonly [atMs: number, act: (life: Life) => void])[]) {
  const incidents = new Map<string, string>();
  const left = [...acts];
  let bornAt = 0;
  const outcome = await simulate(SCRIPT, {
    observer: {
      born: ({ bot, clock }) => {
        bornAt = clock.now();
        bot.board.recorded.subscribe(({ incident_id, invariant }) => void incidents.set(incident_id, invariant));
      },
      looked: (life) => {
        while (left[0] && life.clock.now() - bornAt >= left[0][0]) left.shift()?.[1](life);
      },
    },
  });
  const about = (invariant: string): number => [...incidents.values()].filter((one) => one === invariant).length;
  return { ...outcome, about };
}
const send = (actor: string, event: { readonly type: string }) => (life: Life) =>
  life.bot.mailboxes.ref(actor)?.send(event);

describe('the bot', () => {
  it('has no second healer at work after one fell over an answer that is none', async () => {
    const { wrong, about } = await when([
      [2 * MINUTE, send('architectureHealing', { type: 'REMEDY.DONE' })],
      [5 * MINUTE, send('stateMachine', { type: 'STOP' })],
    ]);
    expect(about('state_machine/alive')).toBe(1);
    expect(wrong).toEqual([]);
  });
});
