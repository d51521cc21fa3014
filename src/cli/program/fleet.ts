import type { Command } from 'commander';
import { JSON_FLAG, settingOptions } from './options.ts';

const STORE = ['--store <url>', 'the database of the fleet, postgres://USER@HOST/DATABASE'] as const;

const STORE_HELP = `
Examples:
  kintsugi store init --store postgres://owner@db/kintsugi --role worker
  kintsugi store hold --store postgres://worker@db/kintsugi --reason "the exchange is being upgraded"
  kintsugi store release --store postgres://worker@db/kintsugi
  kintsugi store forget --store postgres://worker@db/kintsugi --partition default/0of1

Exit codes: 0 done, 1 the store could not be reached, or refused it, 64 wrong usage.`;

/** The commands of more than one machine. */
export function fleet(kintsugi: Command, end: (code: number) => void): void {
  settingOptions(kintsugi.command('worker'))
    .description(
      'Runs bots for its share of the partitions in a PostgreSQL that many workers share, and takes over from those that die.',
    )
    .option(...STORE)
    .option(
      '--partitions <n>',
      'into how many parts the symbols are put; the same for all workers, for ever (default: 12)',
    )
    .option('--lease <seconds>', 'for so long a partition is a worker’s after it last said that it lives (default: 10)')
    .option('--name <name>', 'what it is called (default: host and process)')
    .option('--live', 'real orders, by keys from the environment, after you have confirmed it (docs/fleet.md)')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi store init --store postgres://owner@db/kintsugi --role worker
  kintsugi worker --store postgres://worker@db/kintsugi
  kintsugi status --store postgres://worker@db/kintsugi

The directory has only what concerns this process; records are in the store. Its page shows all of the fleet and, behind each
partition, its bot. docs/fleet.md tells how it is kept safe.

Exit codes: 0 it ran and gave everything back, 1 it could not, 64 wrong usage, 75 another bot trades
the account, 77 refused or not confirmed, 78 wrong configuration.`,
    )
    .action(async (options) => {
      const { worker } = await import('../commands/worker.ts');
      end(await worker(options));
    });

  const store = kintsugi
    .command('store')
    .description('The database of a fleet: prepare it, hold everybody, let them go, take an empty partition away.')
    .addHelpText('after', STORE_HELP);
  store
    .command('init')
    .description('Makes the tables, or brings them to this version. As a role that may create a schema.')
    .option(...STORE)
    .option('--role <name>', 'a role that may then work with it: read, and write through the fence alone')
    .addHelpText('after', STORE_HELP)
    .action(async (options) => {
      const { initStore } = await import('../commands/store.ts');
      end(await initStore(options));
    });
  store
    .command('hold')
    .description('One switch for all: no worker enters any more; exits go on.')
    .option(...STORE)
    .requiredOption('--reason <text>', 'why')
    .addHelpText('after', STORE_HELP)
    .action(async (options) => {
      const { holdStore } = await import('../commands/store.ts');
      end(await holdStore(options));
    });
  store
    .command('release')
    .description('Takes a hold back.')
    .option(...STORE)
    .addHelpText('after', STORE_HELP)
    .action(async (options) => {
      const { releaseStore } = await import('../commands/store.ts');
      end(await releaseStore(options));
    });

  store
    .command('forget')
    .description('Takes a partition away that nobody has: an empty one, or a part that an interrupted migrate left.')
    .option(...STORE)
    .requiredOption('--partition <name>', 'which, as kintsugi status --store names it')
    .addHelpText('after', STORE_HELP)
    .action(async (options) => {
      const { forgetPartition } = await import('../commands/store.ts');
      end(await forgetPartition(options));
    });

  kintsugi
    .command('migrate')
    .description(
      'Copies the records of a bot that does not run from its directory into a store, or back, and proves that they are the same.',
    )
    .requiredOption('--from <dir or url>', 'where they are')
    .requiredOption('--to <dir or url>', 'where they are not yet')
    .option('--partition <name>', 'which partition of the store', 'default/0of1')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi migrate --from ./bot --to postgres://worker@db/kintsugi
  kintsugi worker --store postgres://worker@db/kintsugi --partitions 1
  kintsugi migrate --from postgres://worker@db/kintsugi --to ./back

Until all is in the store, no worker runs what is there; one that was interrupted is begun anew by saying the same once more.

A directory is one partition: its log has all symbols in one order. A fleet of more partitions begins with none.
A log that does not verify is not moved: kintsugi heal mends it first.

Exit codes: 0 moved, 1 not moved (why is said), 64 wrong usage, 75 a bot or a worker has it.`,
    )
    .action(async (options) => {
      const { migrate } = await import('../commands/migrate.ts');
      end(await migrate(options));
    });
}
