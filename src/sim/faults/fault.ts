import type { ActorId } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import type { FaultKind } from '../fault-kinds.ts';
import type { Host } from '../world/host.ts';
import type { Outside } from '../world/outside.ts';

/** Where a fault strikes. */
export interface Stage extends Pick<Outside, 'disk' | 'market' | 'exchange' | 'clock'> {
  readonly host: Host;
  /** Somebody else has destroyed bytes of this file. */
  readonly damaged: (path: string) => void;
  /** Sets the time of day of the machine forward, or back, ms. */
  readonly setClock: (ms: number) => void;
  /** Undone after some time, and at once when the faults are over. */
  readonly lasts: (ms: number, undo: () => void) => void;
}

/** One kind of fault, as data. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** What it strikes, in words. */
  readonly strikes: string;
  /** Every actor it can meet. */
  readonly meets: readonly ActorId[];
  /** @returns the actors it meets; nobody, where there was nothing to strike */
  readonly inflict: (stage: Stage, chance: Chance) => readonly ActorId[];
}

/** Chance that would rather have some things than others. */
export interface AimedChance extends Chance {
  /** Whether it likes one of those it is to pick from. */
  readonly likes: (one: unknown) => boolean;
}

/** One of these; of those that an aimed chance likes, where there are such. */
export function pick<T>(chance: Chance | AimedChance, from: readonly T[]): T {
  const liked = 'likes' in chance ? from.filter(chance.likes) : [];
  const among = liked.length > 0 ? liked : from;
  return among[Math.floor(chance.next() * among.length)] as T;
}

/** A whole number from `least` up to and without `below`. */
export const within = (chance: Chance, least: number, below: number): number =>
  least + Math.floor(chance.next() * (below - least));
