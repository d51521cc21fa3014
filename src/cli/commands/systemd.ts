import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { exchangeUrl } from '../exchange-url.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { POLICY } from '../guardian/policy.ts';
import { unitFile } from '../guardian/unit.ts';
import { liveWish } from '../live/wish.ts';
import { say, tell } from '../terminal.ts';
import { type RunFlags, wantedBy } from './run.ts';

const asTyped = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The unit has no working directory: its paths are absolute. */
function absolute(name: string, value: string): string {
  if (name === 'dir' || name === 'mirror') return resolve(value);
  return name === 'feed' && value.startsWith('replay:') ? `replay:${resolve(value.slice('replay:'.length))}` : value;
}

const setting = (word: string): string => {
  const [key = '', ...value] = word.split('=');
  return `--set=${key}=${absolute(key, value.join('='))}`;
};

const typedIn = (flags: RunFlags): string[] =>
  Object.entries(flags).flatMap(([name, value]: [string, unknown]) => {
    // It is there unless it was switched off.
    if (name === 'http') return value === false ? ['--no-http'] : [];
    if (name === 'set') return flags.set?.map(setting) ?? [];
    const isElsewhere = name === 'guardian' || name === 'config' || name === 'dir';
    if (isElsewhere || value === undefined || value === false) return [];
    return [value === true ? asTyped(name) : `${asTyped(name)}=${absolute(name, String(value))}`];
  });

/** The directory may be written to by the unit alone, and the file is not looked for: both are named. */
const argumentsOf = (flags: RunFlags, dir: string, file: string | null): string[] => [
  `--dir=${dir}`,
  ...typedIn(flags),
  file === null ? '--no-config' : `--config=${resolve(file)}`,
];

/** `kintsugi systemd`: prints the unit. Throws {@link CliError} where `run` would refuse the options, too. */
export function systemdUnit(flags: RunFlags): number {
  const { dir, speed, config, file, variables, real } = wantedBy(flags);
  const live = flags.live ? liveWish(real, exchangeUrl(process.env)) : null;
  if (flags.guardian === false || speed === 'max') {
    const what = flags.guardian === false ? '--no-guardian' : '--speed max';
    throw new CliError(`${what}: without a guardian nobody answers systemd. Leave it out`, EXIT.usage);
  }
  const unit = unitFile({
    node: process.execPath,
    script: resolve(process.argv[1] ?? ''),
    args: ['run', ...argumentsOf(flags, dir, file)],
    dir,
    writes: config.mirror === null ? [] : [resolve(config.mirror)],
    user: userInfo().username,
    finalCodes: [...POLICY.finalCodes, EXIT.crashLoop].filter((code) => code !== EXIT.done).sort((a, b) => a - b),
    live,
  });
  if (variables.length > 0)
    tell(`${variables.join(', ')}: set here, and not in the unit. Put it into the file with settings, or use --set`);
  say(unit.trimEnd());
  return EXIT.done;
}
