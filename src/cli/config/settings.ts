/** Default, file, environment, command line: from all that was said, the settings that count, and where each comes from. */
import { dirname, resolve } from 'node:path';
import { FROM_ENVIRONMENT } from './alerts-section.ts';
import type { Path } from './catalogue.ts';
import { ConfigError, type Problem } from './config-error.ts';
import { type Environment, givenBy, unknownVariable } from './environment.ts';
import { givenByFlags, type SettingFlags } from './flags.ts';
import { readJsonc } from './jsonc.ts';
import { type ConfigFile, layersOf } from './layers.ts';
import { withNamesOfToday } from './old-names.ts';
import type { Origin } from './origin.ts';
import { problemsOf } from './problems.ts';
import { brokenRules } from './rules.ts';
import { type Configuration, configFile } from './schema.ts';

/** All that may say something. */
export interface Sources {
  /** A file: its text, and its name as a person knows it. */
  readonly file?: { readonly text: string; readonly name: string } | null;
  readonly environment?: Environment;
  readonly flags?: SettingFlags;
}

/** The settings that count. */
export interface Settled {
  readonly configuration: Configuration;
  origin(path: Path): Origin;
}

/** Reads the file. Throws {@link ConfigError} for one that is not JSON, or has a key twice. */
function opened({ text, name }: NonNullable<Sources['file']>): ConfigFile {
  const document = withNamesOfToday(readJsonc(text));
  const faults = document.faults.map(
    ({ line, column, says }): Problem => ({ at: { kind: 'file', file: name, line, column }, says }),
  );
  if (faults.length > 0) throw new ConfigError(faults);
  return { name, document };
}

/** Paths in a file begin where it stands, so that it means the same from wherever the bot is started. */
function fromItsFolder(
  configuration: Configuration,
  origin: Settled['origin'],
  file: ConfigFile | null,
): Configuration {
  const folder = file === null ? resolve() : resolve(dirname(file.name));
  if (folder === resolve()) return configuration;
  const from = (key: 'dir' | 'feed' | 'mirror', path: string): string =>
    origin([key]).kind === 'file' ? resolve(folder, path) : path;
  const { dir, mirror, feed } = configuration;
  const replayed = /^replay:(.*)$/.exec(feed)?.[1];
  return {
    ...configuration,
    dir: from('dir', dir),
    mirror: mirror === null ? null : from('mirror', mirror),
    feed: replayed === undefined ? feed : `replay:${from('feed', replayed)}`,
  };
}

/** Variables in which addresses of alerts stand: they may have any name. */
const namedIn = ({ alerts }: Configuration): readonly string[] =>
  alerts.webhooks.flatMap(({ url }) => FROM_ENVIRONMENT.exec(url)?.[1] ?? []);

/** As one reads: the file from its top, then what was said elsewhere. */
const byPlace = ({ at: one }: Problem, { at: other }: Problem): number => {
  const isIn = (at: Problem['at']) => typeof at !== 'string' && at.kind === 'file';
  if (!isIn(one) || !isIn(other)) return Number(isIn(other)) - Number(isIn(one));
  return one.line - other.line || one.column - other.column;
};

/** Takes everything together, and checks it. Throws {@link ConfigError} with all that is wrong. */
export function settle({ file = null, environment = {}, flags = {} }: Sources): Settled {
  const read = file === null ? null : opened(file);
  const surroundings = givenBy(environment);
  const typed = givenByFlags(flags);
  const layers = layersOf(read, [...surroundings.given, ...typed.given]);
  const parsed = configFile.safeParse(layers.value);
  const known = parsed.success ? namedIn(parsed.data) : [];
  const problems = [
    ...(parsed.success ? brokenRules(parsed.data, layers) : problemsOf(parsed.error, layers)),
    ...surroundings.unknown.filter((name) => !known.includes(name)).map(unknownVariable),
    ...typed.problems,
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.toSorted(byPlace));
  const { origin } = layers;
  const { $schema: _, ...configuration } = parsed.data;
  return { configuration: fromItsFolder(configuration, origin, read), origin };
}
