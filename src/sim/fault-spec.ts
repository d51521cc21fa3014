/** Which faults there are to be, as a person writes it: `crash=5,disk-full`, or `none`. */
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';

/** A kind that is drawn so many times as often as one of weight 1. */
const HEAVIEST = 100;

/** What is wrong with a spec. The message is for people; `unknown` is the word that names no kind, where that is it. */
export class FaultSpecError extends Error {
  readonly unknown: string | null;
  constructor(message: string, unknown: string | null = null) {
    super(message);
    this.name = 'FaultSpecError';
    this.unknown = unknown;
  }
}

/**
 * @param spec kinds, separated by commas, each with its weight (a whole number from 1 to 100, 1 where it is left out); or `none`
 * @returns each kind as often as it weighs, so that whoever draws one evenly draws it by its weight; empty for `none`.
 * Throws {@link FaultSpecError}.
 */
export function parseFaults(spec: string): readonly FaultKind[] {
  if (spec.trim() === 'none') return [];
  const seen = new Set<string>();
  return spec.split(',').flatMap((part) => {
    const [name = '', written, ...rest] = part.split('=').map((word) => word.trim());
    if (name === '') throw new FaultSpecError('a kind of fault is missing: write kinds, separated by commas, or none');
    const kind = FAULT_KINDS.find((known) => known === name);
    if (kind === undefined) throw new FaultSpecError(`${name}: there is no such kind of fault`, name);
    if (seen.has(name)) throw new FaultSpecError(`${name}: it is there twice; give it one weight`);
    seen.add(name);
    const weight = written === undefined ? 1 : Number(written);
    if (rest.length > 0 || written === '' || !Number.isInteger(weight) || weight < 1 || weight > HEAVIEST)
      throw new FaultSpecError(`${part.trim()}: a weight is a whole number from 1 to ${HEAVIEST}, as in ${name}=5`);
    return Array.from({ length: weight }, () => kind);
  });
}
