import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type RunSettings, runSettings } from '../config/run-settings.ts';
import { parseDuration } from '../duration.ts';
import { exchangeUrl } from '../exchange-url.ts';
import { CONFIRMED_TO, liveWish } from '../live/wish.ts';
import { tell } from '../terminal.ts';
import type { RunFlags } from './run.ts';

/**
 * What was typed, for the process that is to run the bot. One that is started again runs for what is left of its time, and
 * not for all of it once more; and with the same file, in the same directory, whatever has come to stand there meanwhile.
 */
function argumentsFor(flags: RunFlags, { file, configuration: { dir, speed } }: RunSettings, upMs: number): string[] {
  const typed = process.argv.slice(process.argv.indexOf('run') + 1).filter((word) => word !== '--');
  const forMs = flags.for === undefined ? null : parseDuration(flags.for);
  const left = forMs === null || upMs === 0 || speed === 'max' ? null : Math.max(1, Math.round(forMs - upMs * speed));
  const same = [`--dir=${dir}`, `--speed=${speed}`, file === null ? '--no-config' : `--config=${file.name}`];
  return ['run', '--no-guardian', ...typed, ...same, ...(left === null ? [] : [`--for=${left}ms`])];
}

/**
 * `kintsugi run`: the bot below a guardian. At `--speed max` the bot runs alone: it is a computation with an end, on a time
 * line of its own, and a second start would be another one; who runs it waits for its exit code.
 * @returns the exit code. Throws {@link CliError} when the bot runs in this process.
 */
export async function guardedRun(flags: RunFlags): Promise<number> {
  const settings = runSettings(flags, process.env);
  if (flags.live) {
    liveWish(settings.configuration, exchangeUrl(process.env));
    // What a person confirms to the first bot below this guardian, the next ones need not ask.
    if (flags.guardian !== false) process.env[CONFIRMED_TO] = randomUUID();
  }
  const { speed } = settings.configuration;
  if (flags.guardian === false || speed === 'max') {
    if (process.env.NOTIFY_SOCKET) tell('systemd waits to hear from this service, and only a guardian would tell it');
    const { run } = await import('./run.ts');
    return run(flags);
  }
  const [{ guard }, { POLICY }] = await Promise.all([import('../guardian/guard.ts'), import('../guardian/policy.ts')]);
  const entry = process.argv[1] ?? '';
  const dir = resolve(settings.configuration.dir);
  return guard({
    dir,
    tellAfar: async (word) => {
      const { tellWhatIsLeft } = await import('../tell-what-is-left.ts');
      const { bot } = runSettings({ ...flags, config: settings.file?.name ?? false }, process.env);
      return tellWhatIsLeft(dir, bot.alerts, process.env, word);
    },
    policy: POLICY,
    program: (upMs) => ({ entry, args: argumentsFor(flags, settings, upMs) }),
  });
}
