/** Simulations that are made up: what drives the simulator is tested by what it does with them. */
import type { FaultKind } from '../../src/sim/fault-kinds.ts';
import type { Meeting, Outcome } from '../../src/sim/outcome.ts';
import type { Script, ScriptedFault } from '../../src/sim/script.ts';

export const fault = (at: number, kind: FaultKind): ScriptedFault => ({ at, kind, chance: at });

export const script = (seed: number, faults: readonly ScriptedFault[] = []): Script => ({
  seed,
  faultyMs: 7_200_000,
  setting: { symbols: 3, tickMs: 15_000, speed: 20, restless: false, stops: true, durability: 'written', mirror: true },
  faults,
});

export const meeting = (
  fault: FaultKind,
  component: string,
  state = 'running.idle',
  verdict: Meeting['verdict'] = 'safe',
): Meeting => ({ fault, component, state, verdict });

export const outcome = (seed: number, more: Partial<Outcome> = {}): Outcome => ({
  seed,
  wrong: [],
  faults: {},
  meetings: [],
  lives: 1,
  incidents: 0,
  signals: 0,
  fills: 0,
  simulatedMs: 7_200_000,
  trace: `trace of ${seed}`,
  ...more,
});
