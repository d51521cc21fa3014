/** The one source of chance, seeded: the same seed gives the same sequence. */
export interface Chance {
  /** Uniform in [0, 1). */
  next(): number;
  /** Normal with mean 0 and deviation 1. */
  gaussian(): number;
  /** `digits` lower-case hexadecimal digits. */
  hex(digits: number): string;
  /** A version 4 UUID (RFC 9562) drawn from this generator. */
  uuid(): string;
  /** An independent generator, derived from this seed and a name: draws on one never disturb the other. */
  fork(name: string): Chance;
}
