import type { Command } from 'commander';
import { JSON_FLAG } from './options.ts';

/** The command by which a person sees that the bot keeps its promises, and does not have to believe it. */
export function proving(kintsugi: Command, end: (code: number) => void): void {
  kintsugi
    .command('sim')
    .description(
      'Runs the whole bot against a simulated world full of faults, seed after seed, and checks every promise.',
    )
    .option('--fleet', 'a fleet of workers over a simulated store, instead of one bot on a disk')
    .option('--seeds <n>', 'how many seeds (default: 100)')
    .option('--from <seed>', 'the first of them (default: 1)')
    .option('--hours <h>', "how long there are faults, hours of the bot's time (default: 2)")
    .option('--faults <spec>', 'which: crash=5,disk-full (kinds, with weights where you like), or none (default: all)')
    .option('--every <time>', 'a fault in so long, on average (default: each seed draws its own)')
    .option('--meet', 'for every state of every component a fault waits, too, in each seed of another kind')
    .option('--seed <s>', 'run this one again, exactly')
    .option('--script <file>', 'run the script of a file, as a failing run writes it')
    .option(
      '--shrink <runs>',
      'what may be spent on cutting a failing script down (default: 300; with --seed, --script: 0)',
    )
    .option('--twice', 'every seed once more in another process: the traces must be equal (default: the first seed)')
    .option('--no-twice', 'not even the first seed')
    .option('--keep-going', 'run all seeds, though one has failed')
    .option('--out <dir>', 'write the simulated disk as it was left, of the seed that failed, else of the last')
    .option('--trace <file>', 'write all that the seed decided, a line each; -: to stdout')
    .option('--workers <n>', 'threads (default: as many as there are processors)')
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      `
Examples:
  kintsugi sim                                            100 seeds with 2 hours of faults each
  kintsugi sim --seeds 2000 --hours 12                    three simulated years
  kintsugi sim --seed 114 --hours 2                       exactly what seed 114 was
  kintsugi sim --seed 114 --out left && kintsugi inspect --dir left
                                                          what it left, in the inspector; doctor and verify read it, too
  kintsugi sim --faults crash=5,disk-full --every 30s
  kintsugi sim --script kintsugi-sim-114.json             a failing script that was cut down
  kintsugi sim --fleet --seeds 500                        leases, fences and takeovers of a fleet

A seed decides all: the market, how the bot is set up, which faults there are, when, and what they do. The first seed that fails is
told with the law it broke and the command that runs it again; then its script is cut down to the fewest faults that break the same
law, and written to a file. docs/simulation.md tells what is simulated, what is checked, and what it does not prove. A fleet's seeds are others, with faults of
their own; --hours, --every, --meet, --out and --workers are not for it.

Exit codes: 0 no law was broken, 1 one was (or a kind of fault never fired in 50 seeds and more, or a seed was not the same in
another process), 64 wrong usage, 130 Ctrl-C, with what was seen so far.`,
    )
    .action(async (options) => {
      const { sim } = await import('../commands/sim.ts');
      end(await sim(options));
    });
}
