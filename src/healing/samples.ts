/**
 * What was found of an invariant lately, one letter a look: `1` it held, `0` it did not, `?` nobody knows. Hysteresis over it, as
 * Nagios has it for flapping (its manual, "Detection and Handling of State Flapping") and Kubernetes for probes.
 */
export type Samples = string;

/** So many looks are remembered. */
export const LOOKS = 21;
/** Changes from look to look, as a part of all: at the first it begins to flap, below the second it has come to rest. */
const FLAPS_FROM = 0.3;
const RESTS_BELOW = 0.2;

/** What is well, as nearly everything is at every look. */
const STEADY: Samples = '1'.repeat(LOOKS);

export const withSample = (samples: Samples, holds: boolean | null): Samples =>
  holds === true && samples === STEADY ? STEADY : (samples + (holds === null ? '?' : holds ? '1' : '0')).slice(-LOOKS);

/** How often it changed between holding and not, as a part of all looks. */
export function changing(samples: Samples): number {
  const known = samples.replaceAll('?', '');
  let changes = 0;
  for (let i = 1; i < known.length; i++) if (known[i] !== known[i - 1]) changes++;
  return changes / (LOOKS - 1);
}

export const isFlapping = (samples: Samples, was: boolean): boolean =>
  samples === STEADY
    ? false
    : was
      ? changing(samples) >= RESTS_BELOW
      : samples.length === LOOKS && changing(samples) >= FLAPS_FROM;

/** What was found lately of all that is judged, by id. */
export interface History {
  readonly samples: ReadonlyMap<string, Samples>;
  /** What breaks and holds in turns: nothing is done about it until it has come to rest. */
  readonly flapping: ReadonlySet<string>;
  /** All has held at every look that is remembered: a look at which all holds leaves it as it is. */
  readonly isSteady: boolean;
}

/** The history after another look at all there is. */
export function noted(before: History, findings: ReadonlyMap<string, { readonly holds: boolean | null }>): History {
  const samples = new Map<string, Samples>();
  const flapping = new Set<string>();
  let isSteady = true;
  for (const [id, { holds }] of findings) {
    const seen = withSample(before.samples.get(id) ?? '', holds);
    samples.set(id, seen);
    if (isFlapping(seen, before.flapping.has(id))) flapping.add(id);
    if (seen !== STEADY) isSteady = false;
  }
  return { samples, flapping, isSteady };
}

/** Two failures of the last three looks: one alone may be noise. */
export const isConvicted = (samples: Samples): boolean =>
  [...samples.slice(-3)].filter((look) => look === '0').length >= 2;

/** Three clean looks in a row. */
export const isClean = (samples: Samples): boolean => samples.endsWith('111');
