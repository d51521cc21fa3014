import { dirname, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { type Environment, variableOf } from './environment.ts';
import { findConfigFile, sayFile } from './find-file.ts';
import { readJsonc } from './jsonc.ts';
import { valueAt } from './layers.ts';
import { configFile } from './schema.ts';

const KEY = ['dir'] as const;

/**
 * The bot's directory as the settings have it, for commands that look at a bot and need nothing else of them: so what else is
 * wrong in the file does not keep anybody from looking. Throws {@link ConfigError} where the file does not tell.
 */
export function settledDirectory(environment: Environment): string {
  const said = environment[variableOf({ path: KEY })];
  if (said) return said;
  const file = findConfigFile(undefined, environment);
  const fallback = configFile.shape.dir.parse(undefined);
  if (file === null) return fallback;
  const { value, faults } = readJsonc(file.text);
  const [fault] = faults;
  if (fault) {
    const { line, column, says } = fault;
    const advice = 'Correct it, or say with --dir which directory is meant';
    throw new ConfigError([{ at: { kind: 'file', file: file.name, line, column }, says, advice }]);
  }
  const dir = valueAt(value, KEY);
  return typeof dir === 'string' && dir !== '' ? sayFile(resolve(dirname(file.name), dir)) : fallback;
}
