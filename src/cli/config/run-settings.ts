/** The settings of a run, from all that is said to the command. */
import { type BotConfig, botConfig } from '../config.ts';
import { SETTINGS } from './catalogue.ts';
import type { Environment } from './environment.ts';
import { type FoundFile, findConfigFile, sayFile } from './find-file.ts';
import type { SettingFlags } from './flags.ts';
import { type Settled, settle } from './settings.ts';

/** The options of a command that knows settings. */
export interface ConfigFlags extends SettingFlags {
  /** `false`: by `--no-config`. */
  readonly config?: string | false;
}

export interface RunSettings extends Settled {
  /** `null`: there is none. */
  readonly file: FoundFile | null;
  readonly bot: BotConfig;
}

/** Throws `ConfigError`. */
export function runSettings(flags: ConfigFlags, environment: Environment): RunSettings {
  const file = findConfigFile(flags.config, environment);
  const settled = settle({ file, environment, flags });
  return { ...settled, file, bot: botConfig(settled.configuration) };
}

/** Whether a setting stands on the command line: what was typed for this once counts for more than what always stands. */
export const isTyped = ({ origin }: Settled, ...path: readonly string[]): boolean => origin(path).kind === 'flag';

/** The variables of the environment that count. */
export function variablesIn({ origin }: Settled): readonly string[] {
  const names = SETTINGS.flatMap(({ path }) => {
    const from = origin(path);
    return from.kind === 'environment' ? [from.name] : [];
  });
  return [...new Set(names)];
}

/** Where settings come from that were not typed just now, to follow other words; empty where there are none. */
export function saySources(file: string | null, variables: readonly string[]): string {
  const sources = [...(file === null ? [] : [sayFile(file)]), ...variables];
  return sources.length === 0 ? '' : `; settings from ${sources.join(', ')}`;
}
