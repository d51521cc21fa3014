/** What a bot and the guardian above it say to each other. */

/** The bot, every second: its event loop turns. */
export interface Beat {
  /** All components are up, or have been. */
  readonly ready: boolean;
  /** It is stopping, whoever wanted it: its end will be meant, and its healer sweeps no more. */
  readonly leaving: boolean;
  /** When the healer last swept, on the bot's own time line, ms; `null` before its first sweep. */
  readonly sweptAt: number | null;
  /** How often it sweeps, ms of real time. */
  readonly sweepEveryMs: number;
}

/** The guardian: somebody wants the bot to stop. `presses` counts how often they said so. */
export interface Ask {
  readonly signal: string;
  readonly presses: number;
}

const fieldsOf = (message: unknown): Readonly<Record<string, unknown>> =>
  typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : {};

/** A message as a beat; `null` for what is none. */
export function beatIn(message: unknown): Beat | null {
  const { ready, leaving, sweptAt, sweepEveryMs } = fieldsOf(message);
  if (typeof ready !== 'boolean' || typeof sweepEveryMs !== 'number') return null;
  return { ready, leaving: leaving === true, sweepEveryMs, sweptAt: typeof sweptAt === 'number' ? sweptAt : null };
}

/** A message as a wish to stop; `null` for what is none. */
export function askIn(message: unknown): Ask | null {
  const { signal, presses } = fieldsOf(message);
  return typeof signal === 'string' && typeof presses === 'number' ? { signal, presses } : null;
}
