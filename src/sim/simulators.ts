import { besideModule, WorkerClient, WorkerFault } from '../adapters/worker-client.ts';
import type { Outcome } from './outcome.ts';
import type { Script } from './script.ts';

/** What a run was asked to keep of itself, beside its outcome. */
export interface Kept {
  readonly outcome: Outcome;
  /** Everything that was decided, in order, a line each: what the trace is the hash of. */
  readonly decided: readonly string[];
  /** The simulated disk as it was left, by path below the bot's directory. */
  readonly disk: readonly (readonly [path: string, bytes: Uint8Array])[];
}

/** What a simulator is asked. */
export interface SimulatorQuestions {
  simulate(script: Script): Promise<Outcome>;
  keep(script: Script): Promise<Kept>;
}

/** A thread that runs one script at a time. Rejects with an error that names the seed. */
export type Simulator = SimulatorQuestions;

export interface SimulatorsOptions {
  /** Of one script, ms of real time; what takes longer hangs. */
  readonly scriptWithinMs?: number;
  readonly memoryMb?: number;
  /** The module of the threads. */
  readonly entry?: URL;
}

/** A long script takes a minute on a busy machine. */
const SCRIPT_WITHIN_MS = 20 * 60_000;
const MEMORY_MB = 2_048;
/** A life leaves little behind of what it makes: with this a script takes nine tenths of the time. */
const YOUNG_MB = 192;

export interface Simulators {
  readonly all: readonly Simulator[];
  /** Ends their threads; what is still asked is refused. */
  close(): Promise<void>;
}

/** Threads that simulate; each starts with its first script. */
export function openSimulators(count: number, options: SimulatorsOptions = {}): Simulators {
  const clients = Array.from(
    { length: count },
    (_, i) =>
      new WorkerClient({
        entry: options.entry ?? besideModule('./worker', import.meta.url),
        data: null,
        name: `simulator ${i + 1}`,
        answerWithinMs: options.scriptWithinMs ?? SCRIPT_WITHIN_MS,
        whenLate: 'it hangs, or the machine has too much else to do',
        memoryMb: options.memoryMb ?? MEMORY_MB,
        youngMb: YOUNG_MB,
      }),
  );
  const asked = async (client: WorkerClient, ask: keyof SimulatorQuestions, script: Script): Promise<unknown> => {
    try {
      return await client.ask(ask, script);
    } catch (error) {
      if (error instanceof WorkerFault) throw new WorkerFault(`seed ${script.seed}: ${error.message}`);
      throw error;
    }
  };
  return {
    all: clients.map((client) => ({
      simulate: (script) => asked(client, 'simulate', script) as Promise<Outcome>,
      keep: (script) => asked(client, 'keep', script) as Promise<Kept>,
    })),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
