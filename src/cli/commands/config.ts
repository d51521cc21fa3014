import { SETTINGS } from '../config/catalogue.ts';
import { ConfigError, sayProblem } from '../config/config-error.ts';
import { readConfigFile, sayFile } from '../config/find-file.ts';
import { valueAt } from '../config/layers.ts';
import { sayOrigin } from '../config/origin.ts';
import { PUBLISHED_SCHEMA } from '../config/published-schema.ts';
import { referenceMarkdown, referenceText } from '../config/reference.ts';
import { type ConfigFlags, type RunSettings, runSettings } from '../config/run-settings.ts';
import { settle } from '../config/settings.ts';
import { shown } from '../config/shown.ts';
import { EXIT } from '../exit-codes.ts';
import { say, style, table, tell } from '../terminal.ts';

interface JsonFlag {
  readonly json?: boolean;
}

/** What counts, a setting each. A part that may be `null` stands for itself where it is, and else for what is in it. */
function effective({ configuration, origin }: RunSettings) {
  return SETTINGS.flatMap(({ key, path }) => {
    const value = valueAt(configuration, path);
    const isWhole = typeof value !== 'object' || value === null || Array.isArray(value);
    return value === undefined || !isWhole ? [] : [{ key, value: shown(value, path), from: origin(path) }];
  });
}

/** `kintsugi config show`. Throws `ConfigError`. */
export function showConfig(flags: ConfigFlags & JsonFlag): number {
  const settings = runSettings(flags, process.env);
  const name = settings.file?.name ?? null;
  const rows = effective(settings);
  if (flags.json) {
    const told = rows.map(({ key, value, from }) => ({ key, value, from: { ...from, says: sayOrigin(from) } }));
    say(JSON.stringify({ schema: 1, file: name, settings: told }, null, 2));
    return EXIT.done;
  }
  tell(name === null ? 'no file: kintsugi init writes one' : `settings from ${sayFile(name)}`);
  const cells = rows.map(({ key, value, from }) => {
    const row = [key, JSON.stringify(value), sayOrigin(from)];
    return from.kind === 'default' ? row.map((text) => style('dim', text)) : row;
  });
  say(table(cells));
  return EXIT.done;
}

/** `kintsugi config check`. @returns 78 where the file is wrong: that is what was asked, and no error. */
export function checkConfig(name: string, { json }: JsonFlag): number {
  try {
    settle({ file: readConfigFile(name) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(sayProblem);
    say(json ? JSON.stringify({ schema: 1, file: name, sound: false, problems }, null, 2) : problems.join('\n'));
    return EXIT.config;
  }
  say(json ? JSON.stringify({ schema: 1, file: name, sound: true, problems: [] }, null, 2) : `${name} is right`);
  return EXIT.done;
}

/** `kintsugi config keys`. */
export function listKeys({ markdown }: { readonly markdown?: boolean }): number {
  say(markdown ? referenceMarkdown() : referenceText().trimEnd());
  return EXIT.done;
}

/** `kintsugi config schema`. */
export function printSchema(): number {
  say(JSON.stringify(PUBLISHED_SCHEMA, null, 2));
  return EXIT.done;
}
