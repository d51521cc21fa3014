import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Redactor } from '../../src/adapters/redactor.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import type { StateView } from '../../src/inspector/contract/actors.ts';
import { flightLine } from '../../src/inspector/flight-line.ts';
import { flightRecorder } from '../../src/inspector/flight-recorder.ts';
import { createRecorder } from '../../src/inspector/recorder.ts';
import { type LivingBot, livingBot } from '../faults/living-bot.ts';

const transitionsOf = (state: StateView): readonly string[] => [
  ...state.transitions.map(({ id }) => id),
  ...state.children.flatMap(transitionsOf),
];

/** Two looks at the same moment: nothing may happen between them, and nothing does in one turn of the event loop. */
function expectToAgree(recorder: ReturnType<typeof createRecorder>, { bot }: LivingBot): void {
  for (const id of bot.mailboxes.ids()) {
    const ref = bot.mailboxes.ref(id);
    const told = recorder.actor(id);
    expect(told?.value, id).toEqual(ref?.getSnapshot().value);
    expect(told?.status, id).toBe(ref?.getSnapshot().status);
    const life = ref?.getSnapshot().context.life as { incarnation: number } | undefined;
    if (life) expect(told?.incarnation, id).toBe(life.incarnation);
  }
}

it('a whole bot is seen as it is: every actor, its machine, who wrote to whom, and a restart with all that it was before', async () => {
  const clock = wallClock();
  const redactor = new Redactor();
  const failures: string[] = [];
  const parts = { now: () => clock.now(), timer: clock, redact: <T>(value: T) => redactor.value(value) };
  const recorder = createRecorder({ ...parts, failed: (words) => void failures.push(words) });
  const living = await livingBot({ inspect: recorder.inspect });
  const { bot, world } = living;
  const flight = flightRecorder({ ...parts, source: recorder, files: world.files, log: world.log });
  await living.until('signals are decided', () => (recorder.actor('decisionEngine')?.events ?? 0) > 30);
  expectToAgree(recorder, living);

  const ids = recorder.actors().map(({ id }) => id);
  for (const id of ['bot', ...bot.mailboxes.ids()]) expect(ids).toContain(id);
  expect(recorder.actor('signalBus.eyes')).toMatchObject({ parent: 'signalBus', machine: null, status: 'active' });
  const machines = new Map(recorder.machines().map((view) => [view.id, transitionsOf(view.root)]));
  for (const { id, machine } of recorder.actors().filter((view) => view.machine !== null)) {
    const known = machines.get(machine ?? '') ?? [];
    for (const taken of Object.keys(recorder.actor(id)?.visits ?? {})) expect(known).toContain(taken);
  }

  // Seen over time: the ring holds the last events alone, and a busy machine makes few decisions among many ticks.
  const between = new Set<string>();
  for (const pair of ['stateMachine → signalBus', 'stateMachine → decisionEngine', 'decisionEngine → stateMachine'])
    await living.until(pair, () => {
      for (const { from, to } of recorder.events({ limit: 5_000 })) between.add(`${from} → ${to}`);
      return between.has(pair);
    });

  const before = recorder.actor('shadowEngine');
  bot.root.send({
    type: 'RESTART_CHILD',
    id: 'shadowEngine',
    scope: 'one',
    incident: 'INC-1',
    reason: 'to see',
    from: 'healingOperator',
  } as never);
  await living.until('it is back', () => living.status().components.shadow_engine.restarts === 1);
  const after = recorder.actor('shadowEngine');
  expect(after).toMatchObject({ status: 'active', incarnation: 2 });
  expect(after?.events).toBeGreaterThanOrEqual(before?.events ?? 0);
  expectToAgree(recorder, living);
  expect(new Set(recorder.actors().map(({ id }) => id)).size).toBe(recorder.actors().length);

  await living.stop();
  await flight.close();
  expect(recorder.actor('bot')).toMatchObject({ status: 'done', value: 'stopped' });
  const folder = join(living.root, 'run/flight');
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => flightLine.parse(JSON.parse(line))),
  );
  const steps = lines.filter((line) => 'n' in line && line.actor === 'shadowEngine');
  expect(steps.map((line) => 'n' in line && [line.incarnation, line.was === null, line.status])).toEqual(
    expect.arrayContaining([
      [1, false, 'done'],
      [2, true, 'active'],
    ]),
  );
  expect(failures).toEqual([]);
});
