/** A fleet's script as a file that people keep, pass on and run again. */
import { z } from 'zod';
import { parsedBy } from '../script-file.ts';
import { FLEET_FAULT_KINDS, type FleetScript } from './fleet-script.ts';

const whole = z.number().int().nonnegative();

const script = z.strictObject({
  seed: whole,
  setting: z.strictObject({
    workers: z.number().int().min(1).max(26),
    partitions: z.number().int().min(1).max(64),
    leaseMs: z.number().positive(),
    latencyMs: z.number().positive(),
    drift: z.number().min(0).max(0.5),
    slotMs: z.number().positive(),
  }),
  faultyMs: whole,
  faults: z.array(z.strictObject({ at: whole, kind: z.enum(FLEET_FAULT_KINDS), chance: z.number() })).readonly(),
}) satisfies z.ZodType<FleetScript>;

const scriptFile = z.strictObject({ schema: z.literal(1), fleet: script, breaks: z.string().nullable() });

/** @param breaks the law it was kept for */
export const fleetScriptText = (fleet: FleetScript, breaks: string | null): string =>
  `${JSON.stringify({ schema: 1, breaks, fleet }, null, 2)}\n`;

/** Throws `ScriptFileError`. */
export const parseFleetScript = (text: string): FleetScript => parsedBy(scriptFile, 'script of a fleet', text).fleet;
