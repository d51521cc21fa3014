/** A seed becomes a script: how the bot is set up, and every fault it will meet. Pure. */
import { seededChance } from '../adapters/seeded-chance.ts';
import type { Chance } from '../ports/chance.ts';
import { drawMeetings } from './draw-meetings.ts';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';
import { aimsOf } from './meetable.ts';
import { isForTrade, quietUntil, settingToMeet } from './provocations.ts';
import type { Aim, Script, ScriptedFault, Setting } from './script.ts';

const HOUR_MS = 3_600_000;
/** Between two faults, on average, ms: where nothing is said, each seed draws one of these. */
const DENSITIES: readonly number[] = [60_000, 120_000, 300_000, 600_000];
const SPEEDS: readonly number[] = [40, 60];
const RESTLESS = 0.7;
const TICKS: readonly number[] = [15_000, 30_000, 60_000];
/** A kind is in the mix of a seed with this chance. */
const IN_THE_MIX = 0.6;
/** A fault waits for a certain state of a certain actor with this chance. */
const AIMED = 0.4;

export interface Drawing {
  /** Simulated hours with faults. */
  readonly hours: number;
  /** Which kinds there may be; all of them where it is left out. A seed mixes its own from these. */
  readonly kinds?: readonly FaultKind[];
  /** Time between two faults, on average, ms; each seed draws its own where it is left out. */
  readonly everyMs?: number;
  /** Faults of these kinds wait for one of these moments, each of them; the others as chance has it. */
  readonly aims?: Aims;
  /** Further, for every state of every component a fault waits, in each seed of another kind. */
  readonly meet?: boolean;
}
export type Aims = Readonly<Partial<Record<FaultKind, readonly Aim[]>>>;

const pick = <T>(chance: Chance, from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;

function drawSetting(chance: Chance): Setting {
  return {
    symbols: 1 + Math.floor(chance.next() * 3),
    tickMs: pick(chance, TICKS),
    speed: pick(chance, SPEEDS),
    restless: chance.next() < RESTLESS,
    stops: chance.next() < 0.5,
    durability: 'synced',
    mirror: false,
  };
}

/** Arrivals of a Poisson process, each fault with a chance of its own. */
function drawFaults(
  chance: Chance,
  kinds: readonly FaultKind[],
  {
    faultyMs,
    everyMs,
    aims = {},
  }: { readonly faultyMs: number; readonly everyMs: number; readonly aims?: Aims | undefined },
): ScriptedFault[] {
  const faults: ScriptedFault[] = [];
  const aiming = chance.fork('aims');
  for (let at = 0; kinds.length > 0; ) {
    at += Math.ceil(-Math.log(1 - chance.next()) * everyMs);
    if (at >= faultyMs) break;
    const kind = pick(chance, kinds);
    const fault = { at, kind, chance: Math.floor(chance.next() * 2 ** 32) };
    const wanted = aims[kind];
    const isAimed = wanted !== undefined || aiming.next() < AIMED;
    faults.push(isAimed ? { ...fault, aim: pick(aiming, wanted ?? aimsOf(kind)) } : fault);
  }
  return faults;
}

/** The script of a seed: the same on every machine. */
export function drawScript(seed: number, { hours, kinds, everyMs, aims, meet = false }: Drawing): Script {
  const chance = seededChance(seed).fork('script');
  const faultyMs = Math.round(hours * HOUR_MS);
  const setting = drawSetting(chance.fork('setting'));
  const mixing = chance.fork('mix');
  const mix = (kinds ?? FAULT_KINDS).filter(() => mixing.next() < IN_THE_MIX);
  const density = pick(mixing, DENSITIES);
  // Of a few kinds that were asked for, none may come out: then all of them are met.
  const mixed = mix.length > 0 ? mix : (kinds ?? FAULT_KINDS);
  const faults = drawFaults(chance.fork('faults'), mixed, { faultyMs, everyMs: everyMs ?? density, aims });
  if (!meet) return { seed, faultyMs, setting, faults };
  const meetings = drawMeetings(seed, chance.fork('meetings'), kinds ?? FAULT_KINDS, faultyMs);
  const byTime = (a: { readonly at: number }, b: { readonly at: number }): number => a.at - b.at;
  return {
    seed,
    faultyMs,
    setting: settingToMeet(seed, setting),
    faults: [...faults.filter(({ at }) => !isForTrade(seed) && at >= quietUntil(seed)), ...meetings.faults].sort(
      byTime,
    ),
    prompts: meetings.prompts.toSorted(byTime),
  };
}
