import type { AnyActorRef, InspectionEvent } from 'xstate';

/** XState's inspection events as they are, for bridges to other inspectors. Costs nothing while nobody has subscribed. */
export interface InspectionTap {
  /** An observer that throws is left out from then on. @returns ends it */
  subscribe(observer: (event: InspectionEvent) => void): () => void;
  /** Every actor that lives, parents before their children. */
  living(): readonly AnyActorRef[];
}
