/**
 * The lines of the flight recorder: `run/flight/steps-<n>.ndjson`, one JSON object a line. A reader skips what does not parse
 * (a torn tail after a kill) and fields it does not know.
 */
import { z } from 'zod';

export const FLIGHT_FOLDER = 'run/flight';
/** Numbers begin anywhere: the highest is the newest, and goes on where the one before it ends. Two are kept. */
export const flightFile = (n: number): string => `${FLIGHT_FOLDER}/steps-${n}.ndjson`;
/** @returns the number of a segment by the name of its file, `null` for another's */
export function flightNumber(name: string): number | null {
  const [, n] = /(?:^|\/)steps-(\d{1,15})\.ndjson$/.exec(name) ?? [];
  return n === undefined ? null : Number(n);
}

const status = z.enum(['active', 'done', 'error', 'stopped']);
/** Strings, numbers, booleans and null at depth 1; what is nested is short JSON, in a string, or left out. */
const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** All actors, as they are: the first line of a segment, and wherever lines were lost. It replaces all that was known. */
const keyframeLine = z.object({
  keyframe: z.literal(true),
  /** ms on the bot's clock. */
  at: z.number(),
  actors: z.array(
    z.object({
      id: z.string(),
      machine: z.string().nullable(),
      value: z.unknown(),
      status,
      incarnation: z.number(),
      /** When its state value last changed, ms. */
      since: z.number(),
      context: z.record(z.string(), plain),
    }),
  ),
});

/**
 * An actor was born (`was` is null), came to another state, or ended (`status` is no longer `active`). Of steps made faster
 * than they can be written the last of an actor stands for all: `n` has gaps then, and `was` is what was written before.
 */
const stepLine = z.object({
  /** Grows by one a step, over segments and incarnations of the process not: it begins anew with each. */
  n: z.number(),
  at: z.number(),
  actor: z.string(),
  /** Id of its machine: an actor may be born after the keyframe. */
  machine: z.string().nullable(),
  /** Type of the event. */
  event: z.string(),
  from: z.string().nullable(),
  was: z.unknown(),
  value: z.unknown(),
  status,
  incarnation: z.number(),
  taken: z.array(z.string()).readonly(),
  /** Plain values of the context that changed: before and after; `null` also for one that was not there. */
  context: z.record(z.string(), z.tuple([plain, plain])),
});

export const flightLine = z.union([keyframeLine, stepLine]);
export type KeyframeLine = z.infer<typeof keyframeLine>;
export type StepLine = z.infer<typeof stepLine>;
export type FlightLine = z.infer<typeof flightLine>;
export type PlainValue = z.infer<typeof plain>;
