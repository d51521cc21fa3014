/** What happens to a simulated fleet, all of it, before it begins; and how a seed makes it. */
import { seededChance } from '../../adapters/seeded-chance.ts';
import type { Chance } from '../../ports/chance.ts';

export const FLEET_FAULT_KINDS = [
  'store-slow',
  'store-down',
  'store-clock-stepped',
  'commits-lost',
  'commits-late',
  'commits-unanswered',
  'worker-killed',
  'worker-frozen',
  'worker-cut',
  'worker-stopped',
  'frozen-while-sending',
  'clock-jumped',
  'orders-lost',
  'orders-unanswered',
  'exchange-silent',
  'fleet-held',
] as const;
export type FleetFaultKind = (typeof FLEET_FAULT_KINDS)[number];

export interface FleetFault {
  /** After the start, ms. */
  readonly at: number;
  readonly kind: FleetFaultKind;
  /** Seed of its own chance: it does the same whether others are there or not. */
  readonly chance: number;
}

export interface FleetSetting {
  readonly workers: number;
  readonly partitions: number;
  readonly leaseMs: number;
  /** One way between a worker and the store, ms. */
  readonly latencyMs: number;
  /** How far clocks of workers run apart, as a fraction. */
  readonly drift: number;
  /** A bot has an idea about each symbol so often, ms. */
  readonly slotMs: number;
}

export interface FleetScript {
  readonly seed: number;
  readonly setting: FleetSetting;
  /** For so long there are faults, ms. */
  readonly faultyMs: number;
  readonly faults: readonly FleetFault[];
}

const FAULTY_LEASES = 10;
const WORKERS = [2, 3, 3, 4] as const;
const PARTITIONS = [2, 3, 3, 4] as const;
const LEASES_MS = [1_000, 1_500, 2_000] as const;
const LATENCIES_MS = [1, 3, 15] as const;
/** A fifth of the lease is left unused: clocks may be off by no more than that, and by less where the database's own is set. */
const DRIFTS = [0, 0.001, 0.05] as const;
/** Between two faults, on average, leases. */
const DENSITIES = [0.5, 1, 2, 4] as const;
/** A kind is in the mix of a seed with this chance. */
const IN_THE_MIX = 0.5;

const pick = <T>(chance: Chance, from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;

/** The script of a seed: the same on every machine. */
export function drawFleetScript(seed: number, kinds: readonly FleetFaultKind[] = FLEET_FAULT_KINDS): FleetScript {
  const chance = seededChance(seed).fork('fleet');
  const leaseMs = pick(chance, LEASES_MS);
  const setting = {
    workers: pick(chance, WORKERS),
    partitions: pick(chance, PARTITIONS),
    leaseMs,
    latencyMs: pick(chance, LATENCIES_MS),
    drift: pick(chance, DRIFTS),
    slotMs: leaseMs / 2,
  };
  const faultyMs = FAULTY_LEASES * leaseMs;
  const mixing = chance.fork('mix');
  const drawn = kinds.filter(() => mixing.next() < IN_THE_MIX);
  const mix = drawn.length > 0 ? drawn : kinds;
  const everyMs = pick(mixing, DENSITIES) * leaseMs;
  const faults: FleetFault[] = [];
  for (let at = leaseMs; mix.length > 0; ) {
    at += Math.ceil(-Math.log(1 - mixing.next()) * everyMs);
    if (at >= faultyMs) break;
    faults.push({ at, kind: pick(mixing, mix), chance: Math.floor(mixing.next() * 2 ** 32) });
  }
  return { seed, setting, faultyMs, faults };
}
