import { relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeNewFile } from '../../adapters/write-new-file.ts';
import { settle } from '../config/settings.ts';
import { templateOf } from '../config/template.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { tell } from '../terminal.ts';

/** `kintsugi init` as commander hands it over. */
export interface InitFlags {
  readonly force?: boolean;
  readonly set?: readonly string[];
}

/** The schema that came with this program: the same from `src` and from `dist`. */
const SCHEMA_FILE = fileURLToPath(new URL('../../../docs/config.schema.json', import.meta.url));

/** The schema as an editor finds it from a file: beside it where it is below it, else by its whole address. */
function schemaFor(file: string): string {
  const from = relative(resolve(file, '..'), SCHEMA_FILE);
  return from.startsWith('..') ? pathToFileURL(SCHEMA_FILE).href : `./${from.replaceAll(sep, '/')}`;
}

/** `kintsugi init`: writes a configuration file with comments. Throws {@link CliError}, `ConfigError` for a wrong `--set`. */
export function init(file: string, { force = false, set = [] }: InitFlags): number {
  const said = settle({ flags: { set } });
  const text = templateOf(schemaFor(file), said.configuration);
  let isWritten: boolean;
  try {
    isWritten = writeNewFile(file, text, { replace: force });
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new CliError(`${file} cannot be written (${code}). Name another place: kintsugi init FILE`);
  }
  if (!isWritten) throw new CliError(`${file} is there already, and stays as it is. Name another, or use --force`);
  tell(`${file} is written: every setting with its default, commented out. kintsugi config show tells which count`);
  return EXIT.done;
}
