import type { Command } from 'commander';
import { nearest } from '../nearest.ts';
import { collected, JSON_FLAG, settingOptions } from './options.ts';

/** The commands by which a person decides what the bot may do, and sees what was decided. */
export function configuring(kintsugi: Command, end: (code: number) => void): void {
  kintsugi
    .command('init')
    .description('Writes a file with every setting, its default, and what it is for.')
    .argument('[file]', 'where', 'kintsugi.jsonc')
    .option('--force', 'also where one is, which is lost')
    .option('--set <key=value>', 'a setting that is not to have its default', collected)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi init
  kintsugi init live.jsonc --set leverage=2 --set guards.risk.maxDailyLoss=0.01

kintsugi run takes kintsugi.jsonc where it is called, and any other by --config.

Exit codes: 0 written, 1 something is there already, or it cannot be written, 64 wrong usage.`,
    )
    .action(async (file, options) => {
      const { init } = await import('../commands/init.ts');
      end(init(file, options));
    });

  const config = kintsugi
    .command('config')
    .description('The settings: which count and why (show), whether a file is right (check), which there are (keys).')
    .addHelpText(
      'after',
      `
Default, file, environment, command line: the later goes before. guards.risk.maxDailyLoss is KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS
in the environment and --set guards.risk.maxDailyLoss=0.02 on the command line. kintsugi config keys lists every setting.

Examples:
  kintsugi config show                                    what a run from here would have
  kintsugi config check live.jsonc
  kintsugi config keys

Exit codes: 0 told, or right, 64 wrong usage, 78 wrong configuration.`,
    );
  settingOptions(config.command('show', { isDefault: true }))
    .description(
      'Every setting as a run with these options would have it, and where it comes from. Secrets are left out.',
    )
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi config show
  kintsugi config show --set leverage=2 --json

Exit codes: 0 told, 64 wrong usage, 78 wrong configuration.`,
    )
    // It is what config does by itself: a command that is not known comes here as a word too many.
    .allowExcessArguments()
    .action(async (options, { args: [word] }: Command) => {
      if (word !== undefined) {
        const near = nearest(
          word,
          config.commands.map((one) => one.name()),
        );
        config.error(
          config.args[0] === 'show'
            ? `error: too many arguments for 'show': ${word}`
            : `error: unknown command '${word}'${near === null ? '' : `\n(Did you mean ${near}?)`}`,
        );
      }
      const { showConfig } = await import('../commands/config.ts');
      end(showConfig(options));
    });
  config
    .command('check')
    .description('Whether a file is right, all by itself: not what the environment and the command line add to it.')
    .argument('[file]', 'which', 'kintsugi.jsonc')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi config check
  kintsugi config check live.jsonc --json

Exit codes: 0 it is right, 64 wrong usage, 78 it is not; every problem is named with line and column.`,
    )
    .action(async (file, options) => {
      const { checkConfig } = await import('../commands/config.ts');
      end(checkConfig(file, options));
    });
  config
    .command('keys')
    .description('Every setting there is: what it is for, what is allowed, its default, its variable.')
    .option('--markdown', 'as docs/settings.md has it')
    .addHelpText('after', '\nExample:\n  kintsugi config keys | grep -i loss\n\nExit codes: 0 told, 64 wrong usage.')
    .action(async (options) => {
      const { listKeys } = await import('../commands/config.ts');
      end(listKeys(options));
    });
  config
    .command('schema')
    .description('The JSON schema of the file, for editors; docs/config.schema.json is this.')
    .addHelpText(
      'after',
      '\nExample:\n  kintsugi config schema > kintsugi.schema.json\n\nExit codes: 0 told, 64 wrong usage.',
    )
    .action(async () => {
      const { printSchema } = await import('../commands/config.ts');
      end(printSchema());
    });
}
