/**
 * Histories of commands for a running thing and a simple model beside it (fast-check's model-based testing). A history that
 * fails is shrunk, and told with the line that plays it again.
 */
import { fc } from '../../fast-check.ts';
import { TIMES } from '../times.ts';

export interface Stage<Model, Real> {
  readonly model: Model;
  readonly real: Real;
  /** What must hold after the last command; the thing may be brought to rest first. */
  readonly atRest?: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface Histories<Model extends object, Real> {
  /** The file that runs it, for the line that plays it again. */
  readonly file: string;
  readonly commands: readonly fc.Arbitrary<Command<Model, Real>>[];
  readonly begin: () => Promise<Stage<Model, Real>>;
  /** What must hold after every command. */
  readonly laws: (model: Model, real: Real) => Promise<void>;
  /** How many histories in `npm test`. */
  readonly runs: number;
  /** How long one may be. */
  readonly most: number;
}

export interface Command<Model, Real> {
  readonly says: string;
  /** Whether it can be given now; always, where nothing is said. */
  readonly when?: (model: Readonly<Model>) => boolean;
  readonly run: (model: Model, real: Real) => Promise<void>;
}

/** An ended history is looked for something shorter so long, ms. */
const SHRINK_MS = 40_000;

const { MODEL_SEED, MODEL_PATH, MODEL_REPLAY } = process.env;

/** Runs histories until one breaks a law; throws with that one, in few commands. */
export async function holdOver<Model extends object, Real>(given: Histories<Model, Real>): Promise<void> {
  const { begin, laws, most } = given;
  const lawful = (command: Command<Model, Real>): fc.AsyncCommand<Model, Real> => ({
    check: (model) => command.when?.(model) ?? true,
    run: async (model, real) => {
      await command.run(model, real);
      await laws(model, real);
    },
    toString: () => command.says,
  });
  const histories = fc.commands(
    given.commands.map((arbitrary) => arbitrary.map(lawful)),
    { maxCommands: most, size: 'max', ...(MODEL_REPLAY ? { replayPath: MODEL_REPLAY } : {}) },
  );
  const property = fc.asyncProperty(histories, async (history) => {
    const stage = await begin();
    try {
      await fc.asyncModelRun(() => stage, history);
      await stage.atRest?.();
    } finally {
      await stage.end();
    }
  });
  const numRuns = Math.max(1, Math.round(given.runs * TIMES));
  const replay = {
    ...(MODEL_SEED ? { seed: Number(MODEL_SEED) } : {}),
    ...(MODEL_PATH ? { path: MODEL_PATH } : {}),
  };
  const found = await fc.check(property, { numRuns, ...replay, endOnFailure: true });
  if (!found.failed) return;
  const { seed, counterexamplePath } = found;
  const path = counterexamplePath ?? '';
  const shrunk = MODEL_PATH ? found : await fc.check(property, { seed, path, interruptAfterTimeLimit: SHRINK_MS });
  // A search for something shorter that took too long has still found what it has found.
  const told = shrunk.failed ? shrunk : found;
  throw new Error(`${fc.defaultReportMessage(told)}\n\n${playAgain(told, given.file)}`, { cause: told.errorInstance });
}

type Told = Pick<fc.RunDetails<readonly unknown[]>, 'seed' | 'counterexamplePath' | 'counterexample'>;

function playAgain({ seed, counterexamplePath, counterexample }: Told, file: string): string {
  const words = String(counterexample?.[0] ?? '');
  const commands = /replayPath="([^"]*)"/.exec(words)?.[1] ?? '';
  return `play it again: MODEL_SEED=${seed} MODEL_PATH=${counterexamplePath} MODEL_REPLAY='${commands}' npx vitest run test/model/commands/${file}`;
}
