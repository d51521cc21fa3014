import { type Command, Option } from 'commander';
import { DIR, JSON_FLAG } from './options.ts';

const QUARANTINE = `
Examples:
  kintsugi quarantine list
  kintsugi quarantine show 20260105                       the bytes, by the beginning of the id
  kintsugi quarantine restore 20260105

Exit codes: 0 done, 1 there is no such entry, or its bytes are not those that were set aside, 64 wrong usage,
75 a bot runs there.`;

/** The commands by which a person looks at records, and mends those of a bot that does not run. */
export function mending(kintsugi: Command, end: (code: number) => void): void {
  kintsugi
    .command('doctor')
    .description('Looks at every record in a directory and changes nothing. Works while a bot runs there, too.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi doctor && echo sound
  kintsugi doctor --dir left --json | jq '.findings[] | {file, line, reason, remedy}'

Exit codes: 0 sound, 1 findings (each with file, line, offset and reason), or no bot has run there, 64 wrong usage.`,
    )
    .action(async (options) => {
      const { doctor } = await import('../commands/doctor.ts');
      end(await doctor(options));
    });

  kintsugi
    .command('heal')
    .description(
      'Mends the records of a bot that does not run. What cannot be read goes to quarantine; nothing is deleted.',
    )
    .option(...DIR)
    .addOption(
      new Option('-n, --dry-run', 'say exactly what would be done, write nothing (not with --watch)').conflicts(
        'watch',
      ),
    )
    .option('-w, --watch', 'stay beside a bot that is not ours, and mend its logs in place while it appends')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi heal --dry-run                                 what would be done, and nothing is
  kintsugi heal
  kintsugi heal --watch --dir ../another-bot              beside a bot that does not mend itself, until Ctrl-C

Exit codes: 0 sound (now), 1 findings remain, or no bot has run there, 64 wrong usage, 75 a bot runs there and heals itself.`,
    )
    .action(async (options) => {
      if (options.watch) {
        const { watchOver } = await import('../commands/watch-over.ts');
        end(await watchOver(options));
        return;
      }
      const { heal } = await import('../commands/heal.ts');
      end(await heal(options));
    });

  const quarantine = kintsugi
    .command('quarantine')
    .description('What could not be read and was set aside: list it, see it, put it back.')
    .addHelpText('after', QUARANTINE);
  quarantine
    .command('list')
    .description('Every part that was set aside: where it stood, how long it is, why.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', QUARANTINE)
    .action(async (options) => {
      const { listQuarantine } = await import('../commands/quarantine.ts');
      end(await listQuarantine(options));
    });
  quarantine
    .command('show')
    .description('The bytes themselves, on stdout.')
    .argument('<id>', 'as the list has it; its beginning is enough')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', QUARANTINE)
    .action(async (id, options) => {
      const { showQuarantine } = await import('../commands/quarantine.ts');
      end(await showQuarantine(id, options));
    });
  quarantine
    .command('restore')
    .description('Puts bytes back where they stood; what stands there now is set aside. No bot may run there.')
    .argument('<id>', 'as the list has it; its beginning is enough')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText('after', QUARANTINE)
    .action(async (id, options) => {
      const { restoreQuarantine } = await import('../commands/quarantine.ts');
      end(await restoreQuarantine(id, options));
    });
}
