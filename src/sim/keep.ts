import type { Script } from './script.ts';
import { simulate } from './simulate.ts';
import type { Kept } from './simulators.ts';

/** Runs a script, and keeps what it decided and what it left. */
export async function simulateAndKeep(script: Script): Promise<Kept> {
  const decided: string[] = [];
  const disk: [string, Uint8Array][] = [];
  const outcome = await simulate(script, {
    decided: (line) => void decided.push(line),
    leaves: (path, bytes) => void disk.push([path, Uint8Array.from(bytes)]),
  });
  return { outcome, decided, disk };
}
