/** What `kintsugi sim --fleet` was asked for, as far as the words tell. */
import { resolve } from 'node:path';
import { FLEET_FAULT_KINDS, type FleetFaultKind } from '../../sim/fleet/fleet-script.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { nearest } from '../nearest.ts';
import { type SimFlags, whole } from './wish.ts';

export interface FleetWish {
  readonly what:
    | { readonly is: 'seeds'; readonly from: number; readonly count: number; readonly kinds: readonly FleetFaultKind[] }
    | { readonly is: 'script'; readonly file: string };
  /** Where all that was decided goes; `-` is stdout. */
  readonly trace: string | null;
  readonly shrinkRuns: number;
  readonly keepGoing: boolean;
  readonly json: boolean;
}

const DEFAULT_SEEDS = 100;
const DEFAULT_SHRINK_RUNS = 100;
/** What is said of a whole bot, and of a fleet means nothing. */
const NOT_OF_A_FLEET = ['hours', 'every', 'meet', 'out', 'workers'] as const satisfies readonly (keyof SimFlags)[];

const usage = (message: string): CliError => new CliError(message, EXIT.usage);

const isKind = (word: string): word is FleetFaultKind => (FLEET_FAULT_KINDS as readonly string[]).includes(word);

function kindsOf(spec: string | undefined): readonly FleetFaultKind[] {
  if (spec === undefined) return FLEET_FAULT_KINDS;
  const words = spec.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !isKind(word));
  if (unknown === undefined) return words.filter(isKind);
  const meant = nearest(unknown, FLEET_FAULT_KINDS);
  const advice = meant === null ? `There are: ${FLEET_FAULT_KINDS.join(', ')}` : `Did you mean ${meant}?`;
  throw usage(`--faults ${spec}: a fleet has no fault of the kind ${unknown}. ${advice}`);
}

/** Throws {@link CliError}. */
export function fleetWish(flags: SimFlags): FleetWish {
  const { seed, seeds, from, script, faults } = flags;
  const foreign = NOT_OF_A_FLEET.find((name) => flags[name] !== undefined);
  if (foreign !== undefined) throw usage(`--${foreign} with --fleet: the fleet's simulator has no such setting`);
  if (seed !== undefined && (seeds ?? from) !== undefined)
    throw usage('--seed with --seeds or --from: one seed is replayed, or many are run. Leave one of them away');
  if (script !== undefined && (seed ?? seeds ?? from ?? faults) !== undefined)
    throw usage('--script: a script says all of it itself. Leave the seeds and faults away');
  const isReplay = seed !== undefined || script !== undefined;
  if (flags.trace !== undefined && !isReplay)
    throw usage('--trace: it is of one seed or one script; say --seed or --script, too');
  if (flags.trace === '-' && flags.json) throw usage('--trace - with --json: only one of them can have stdout');
  return {
    what:
      script !== undefined
        ? { is: 'script', file: resolve(script) }
        : {
            is: 'seeds',
            from: whole(seed === undefined ? 'from' : 'seed', seed ?? from ?? '1', 0),
            count: seed === undefined ? whole('seeds', seeds ?? `${DEFAULT_SEEDS}`, 1) : 1,
            kinds: kindsOf(faults),
          },
    trace: flags.trace === undefined || flags.trace === '-' ? (flags.trace ?? null) : resolve(flags.trace),
    shrinkRuns: whole('shrink', flags.shrink ?? `${isReplay ? 0 : DEFAULT_SHRINK_RUNS}`, 0),
    keepGoing: flags.keepGoing ?? false,
    json: flags.json ?? false,
  };
}
