import { type Command, Option } from 'commander';
import { DIR, JSON_FLAG } from './options.ts';

/** The commands by which a person understands what happened, and says that it may go on. */
export function understanding(kintsugi: Command, end: (code: number) => void): void {
  kintsugi
    .command('incidents')
    .description('What broke, what was done about it, and what proved it healed.')
    .option(...DIR)
    .option('-f, --follow', 'go on as the ledger grows, a line a record, until Ctrl-C')
    .addOption(
      new Option('--stats', 'how fast it was detected (MTTD) and healed (MTTR), per component').conflicts('follow'),
    )
    .option('--component <name>', 'only those of one component')
    .option('--since <time>', 'only those of which there was news lately: 90s, 30m, 2h, 1d (back from the bot’s time)')
    .option('--json', 'one JSON document on stdout, for machines; with --follow one a line')
    .addHelpText(
      'after',
      `
Examples:
  kintsugi incidents --since 2h
  kintsugi incidents --component signal_bus --stats
  kintsugi incidents --follow --json | jq .incident_id

Exit codes: 0 told (there may be none; Ctrl-C too), 1 it cannot be read, 64 wrong usage.`,
    )
    .action(async (options) => {
      const { incidents } = await import('../commands/incidents.ts');
      end(await incidents(options));
    });

  kintsugi
    .command('explain')
    .description('Tells an incident, a component or an invariant: what broke, why, what was tried, what to do next.')
    .argument('<name>', 'an incident (the beginning of its id is enough), a component or an invariant')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi explain signal_bus
  kintsugi explain signal_bus/log-verifies
  kintsugi explain INC-7                                  as kintsugi incidents has it

Exit codes: 0 told, 1 nothing is called so (the nearest names are shown), 64 wrong usage.`,
    )
    .action(async (name, options) => {
      const { explain } = await import('../commands/explain.ts');
      end(await explain(name, options));
    });

  kintsugi
    .command('report')
    .description(
      'What the guards are worth: what the signals they blocked would have come to, and whether that is skill.',
    )
    .option(...DIR)
    .option('--html <file>', 'write a page with charts, which needs nothing else')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi report                                         tables for people
  kintsugi report --dir finished --html report.html
  kintsugi report --json | jq '.guards[] | {guard, verdict: .verdict.word}'

Verdicts are saves, costs, or no evidence; where there is too little to tell it says so: not enough data. It reads the records of
a finished bot or of one that runs, and changes nothing, no parameter either. docs/report.md tells how to read it.

Exit codes: 0 told, 1 there is no such directory, no decisions in it, or it cannot be read or written, 64 wrong usage.`,
    )
    .action(async (options) => {
      const { report } = await import('../commands/report.ts');
      end(await report(options));
    });

  kintsugi
    .command('invariants')
    .description('All that must hold: what it depends on, what is done when it breaks, and what is found of it now.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi invariants
  kintsugi invariants --json | jq '.invariants[] | select(.holds == false) | .id'

Exit codes: 0 told, 1 there is no such directory, 64 wrong usage.`,
    )
    .action(async (options) => {
      const { invariants } = await import('../commands/invariants.ts');
      end(await invariants(options));
    });

  kintsugi
    .command('verify')
    .description('Checks the incident ledger offline: its hash chain, its proofs, budgets, transitions and times.')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi verify
  kintsugi verify --json | jq -r .head.hash               kept elsewhere, it proves later that nothing before it was changed

Exit codes: 0 sound, or every break accounted for, 1 findings (each with file, line and reason), or no bot has run there,
64 wrong usage.`,
    )
    .action(async (options) => {
      const { verify } = await import('../commands/verify.ts');
      end(verify(options));
    });

  kintsugi
    .command('pause')
    .description(
      'Puts the kill switch on by hand: no entries until somebody resumes; exits go on. Recorded like resume.',
    )
    .requiredOption('--reason <text>', 'why no entries may be made; it is kept in the ledger')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Example:
  kintsugi pause --reason "the exchange is being upgraded"

Exit codes: 0 paused, 1 refused, or it was paused already, or no bot has run there, 64 wrong usage, 75 something else works
on the directory.`,
    )
    .action(async (options) => {
      const { pause } = await import('../commands/pause.ts');
      end(await pause(options));
    });

  kintsugi
    .command('resume')
    .description('Takes the kill switch off, so that entries are made again. Who asked, and why, is recorded.')
    .requiredOption('--reason <text>', 'why it may go on; it is kept in the ledger')
    .option('--force', 'also while an invariant that tripped it does not hold')
    .option(...DIR)
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi resume --reason "the disk was replaced"
  kintsugi resume --force --reason "the feed is known to be late"

Exit codes: 0 resumed, 1 refused, or it was off already, or no bot has run there, 64 wrong usage, 75 something else works on
the directory.`,
    )
    .action(async (options) => {
      const { resume } = await import('../commands/resume.ts');
      end(await resume(options));
    });
}
