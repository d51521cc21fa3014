/** A script as a file that people keep, pass on and run again. */
import { z } from 'zod';
import { FAULT_KINDS } from './fault-kinds.ts';
import { ACTORS } from './roster.ts';
import type { Script } from './script.ts';
import { MINDS_AT_MOST } from './world/restless.ts';

const whole = z.number().int().nonnegative();

const aim = z.strictObject({
  actor: z.enum(ACTORS),
  state: z.string(),
  strikes: z.enum(ACTORS).optional(),
  inTurn: z.boolean().optional(),
  laterMs: whole.optional(),
});

const fault = z.strictObject({
  at: whole,
  kind: z.enum(FAULT_KINDS),
  chance: z.number(),
  aim: aim.optional(),
});

const prompt = z.strictObject({
  at: whole,
  deed: z.discriminatedUnion('is', [
    z.strictObject({ is: z.literal('asked'), invariant: z.string() }),
    z.strictObject({ is: z.literal('resumed') }),
    z.strictObject({ is: z.literal('line-broken') }),
    z.strictObject({ is: z.literal('deleted'), path: z.string() }),
  ]),
  aim: aim.optional(),
});

const script = z.strictObject({
  seed: z.number().int(),
  faultyMs: whole,
  setting: z.strictObject({
    symbols: z.number().int().positive(),
    tickMs: z.number().int().positive(),
    speed: z.number().positive(),
    restless: z.boolean(),
    stops: z.boolean(),
    durability: z.enum(['synced', 'written']),
    mirror: z.boolean(),
    minds: z.number().int().positive().max(MINDS_AT_MOST).optional(),
    pastBars: whole.optional(),
  }),
  faults: z.array(fault).readonly(),
  prompts: z.array(prompt).readonly().optional(),
}) satisfies z.ZodType<Script>;

const scriptFile = z.strictObject({
  schema: z.literal(1),
  /** What it was kept for: the law that it breaks. */
  breaks: z.strictObject({ law: z.string(), says: z.string() }).nullable(),
  script,
});
export type ScriptFile = z.infer<typeof scriptFile>;

export const scriptText = (file: Omit<ScriptFile, 'schema'>): string =>
  `${JSON.stringify({ schema: 1, ...file }, null, 2)}\n`;

/** What is wrong with the text of a script, for people. */
export class ScriptFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScriptFileError';
  }
}

/** @param what it should be, for people. Throws {@link ScriptFileError}. */
export function parsedBy<T>(schema: z.ZodType<T>, what: string, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ScriptFileError(`it is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ScriptFileError(`it is no ${what}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}

/** Throws {@link ScriptFileError}. */
export const parseScript = (text: string): ScriptFile => parsedBy(scriptFile, 'script', text);
