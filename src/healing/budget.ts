/** At most `most` in any `withinMs`: OTP's restart intensity and period, for remedies of every kind. */
export interface Intensity {
  readonly most: number;
  readonly withinMs: number;
}

/** DESIGN §6: 3 in 60 s. */
export const RESTART_INTENSITY: Intensity = { most: 3, withinMs: 60_000 };

/** Remedies that stop nobody may come more often. */
export const REMEDY_INTENSITY: Intensity = { most: 20, withinMs: 60_000 };

/** The uses that still count at `now`, oldest first. */
export const usesWithin = (uses: readonly number[], { withinMs }: Intensity, now: number): number[] =>
  uses.filter((at) => now - at < withinMs);

/** Is nothing left? */
export const isSpent = (uses: readonly number[], intensity: Intensity, now: number): boolean =>
  usesWithin(uses, intensity, now).length >= intensity.most;

/** What two healers count of one purse: both have what a process before them left, and two uses may be of the same instant. */
export function eitherUses(one: readonly number[], other: readonly number[]): number[] {
  const left = [...other];
  for (const at of one) {
    const place = left.indexOf(at);
    if (place >= 0) left.splice(place, 1);
  }
  return [...one, ...left].sort((a, b) => a - b);
}

/** What a healer allows itself. */
export interface Limits {
  readonly restarts: Intensity;
  /** EXPIRE and REPAIR. */
  readonly others: Intensity;
}

/** What a healer allows itself where nothing else is said. */
export const LIMITS: Limits = { restarts: RESTART_INTENSITY, others: REMEDY_INTENSITY };

/** The name under which the uses of an actor's remedies of a kind are counted. */
export const purseOf = (actor: string, remedy: string): string => `${actor} ${remedy}`;
