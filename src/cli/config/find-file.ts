import { relative, resolve, sep } from 'node:path';
import { readIfThere } from '../../adapters/read-only.ts';
import { ConfigError } from './config-error.ts';
import { CONFIG_VARIABLE, type Environment } from './environment.ts';

/** Taken where a command is called in its folder. */
export const DEFAULT_FILE = 'kintsugi.jsonc';

/** A configuration file that was read, by the name a person knows it by. */
export interface FoundFile {
  readonly name: string;
  readonly text: string;
}

function textOf(name: string): string | null {
  let bytes: Uint8Array | null;
  try {
    bytes = readIfThere(name);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ at: name, says: `it cannot be read (${code})`, advice: 'Check the path and its rights' }]);
  }
  try {
    return bytes === null ? null : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError([{ at: name, says: 'it is not text in UTF-8', advice: 'Save it as UTF-8' }]);
  }
}

/** Reads a file that somebody named. Throws {@link ConfigError} where it is not there. */
export function readConfigFile(name: string, namedBy = 'it was asked for'): FoundFile {
  const text = textOf(name);
  if (text === null)
    throw new ConfigError([{ at: name, says: `there is no such file (${namedBy})`, advice: 'Check the path' }]);
  return { name, text };
}

/**
 * The configuration file: the one that was named, or `kintsugi.jsonc` of the folder one is in; `null` where there is none.
 * @param named by `--config`; `false`: by `--no-config`, none
 */
export function findConfigFile(named: string | false | undefined, environment: Environment): FoundFile | null {
  if (named === false) return null;
  if (named !== undefined) return readConfigFile(named, '--config');
  const byVariable = environment[CONFIG_VARIABLE];
  if (byVariable) return readConfigFile(byVariable, CONFIG_VARIABLE);
  const text = textOf(DEFAULT_FILE);
  return text === null ? null : { name: DEFAULT_FILE, text };
}

/** The file as it is told of: below the folder one is in it begins with `./`. */
export function sayFile(name: string): string {
  const short = relative(resolve(), resolve(name));
  return short === '..' || short.startsWith(`..${sep}`) ? resolve(name) : `./${short}`;
}
