import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { CliError, EXIT } from '../exit-codes.ts';
import { unitFile } from '../guardian/unit.ts';
import { say } from '../terminal.ts';
import { type RunFlags, wantedBy } from './run.ts';

const asTyped = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The unit has no working directory: its paths are absolute. */
function absolute(name: string, value: string): string {
  if (name === 'dir' || name === 'config') return resolve(value);
  return name === 'feed' && value.startsWith('replay:') ? `replay:${resolve(value.slice('replay:'.length))}` : value;
}

const argumentsOf = (flags: RunFlags): string[] =>
  Object.entries(flags).flatMap(([name, value]: [string, unknown]) => {
    // It is there unless it was switched off.
    if (name === 'http') return value === false ? ['--no-http'] : [];
    if (name === 'guardian' || value === undefined || value === false) return [];
    return [value === true ? asTyped(name) : `${asTyped(name)}=${absolute(name, String(value))}`];
  });

/** `kintsugi systemd`: prints the unit. Throws {@link CliError} where `run` would refuse the options, too. */
export function systemdUnit(flags: RunFlags): number {
  const { dir, speed, config } = wantedBy(flags);
  if (flags.guardian === false || speed === 'max') {
    const what = flags.guardian === false ? '--no-guardian' : '--speed max';
    throw new CliError(`${what}: without a guardian nobody answers systemd. Leave it out`, EXIT.usage);
  }
  const unit = unitFile({
    node: process.execPath,
    script: resolve(process.argv[1] ?? ''),
    args: ['run', ...argumentsOf(flags)],
    dir,
    writes: config.mirror === null ? [] : [resolve(config.mirror)],
    user: userInfo().username,
    finalCodes: [EXIT.usage, EXIT.crashLoop, EXIT.ownedElsewhere, EXIT.config],
  });
  say(unit.trimEnd());
  return EXIT.done;
}
