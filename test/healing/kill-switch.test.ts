import { expect, it } from 'vitest';
import { afterTime, type KillSwitch, killSwitchOff, QUIET_HOUR_MS, trip } from '../../src/healing/kill-switch.ts';

const EVERY_MS = 60_000;

/** Looks as often as it should, from one time to another; all is quiet. */
function quietly(kill: KillSwitch, from: number, to: number): KillSwitch {
  let after = kill;
  for (let now = from; now <= to; now += EVERY_MS) after = afterTime(after, false, now, EVERY_MS);
  return after;
}

it('goes off after a quiet hour, not before', () => {
  const on = trip(killSwitchOff, 'broken', 0);
  expect(quietly(on, 0, QUIET_HOUR_MS - 1).active).toBe(true);
  expect(quietly(on, 0, QUIET_HOUR_MS).active).toBe(false);
});

it('that a person put on is taken off by no quiet hour', () => {
  expect(quietly(trip(killSwitchOff, 'by hand', 0, [], true), 0, 10 * QUIET_HOUR_MS).active).toBe(true);
  const both = trip(trip(killSwitchOff, 'broken', 0, ['a/b']), 'by hand', 1, [], true);
  expect(quietly(both, 0, 10 * QUIET_HOUR_MS)).toMatchObject({ active: true, reason: 'broken', by: ['a/b'] });
});

it('stays on over hours in which nobody looked: what was quiet before them counts, and they do not', () => {
  const asleep = 7 * QUIET_HOUR_MS;
  const half = quietly(trip(killSwitchOff, 'broken', 0), 0, QUIET_HOUR_MS / 2);
  const woken = afterTime(half, false, asleep, EVERY_MS);
  expect(woken.active).toBe(true);
  const rest = asleep + QUIET_HOUR_MS / 2;
  expect(quietly(woken, asleep + EVERY_MS, rest - EVERY_MS).active).toBe(true);
  expect(quietly(woken, asleep + EVERY_MS, rest).active).toBe(false);
});

it('begins its hour anew with trouble', () => {
  const troubled = afterTime(quietly(trip(killSwitchOff, 'broken', 0), 0, 3_000_000), true, 3_060_000, EVERY_MS);
  expect(quietly(troubled, 3_060_000, 3_060_000 + QUIET_HOUR_MS - 1).active).toBe(true);
  expect(quietly(troubled, 3_060_000, 3_060_000 + QUIET_HOUR_MS).active).toBe(false);
});
