import type { InspectionEvent } from 'xstate';
import { says } from './exit.ts';

/**
 * An inspector that cannot hurt: XState calls inspectors in the path of every event, and one that throws wedges the actor
 * it looks at (research/xstate.md §0.5).
 */
export const guarded =
  (inspect: (event: InspectionEvent) => void, failed: (words: string) => void) =>
  (event: InspectionEvent): void => {
    try {
      inspect(event);
    } catch (error) {
      failed(`an inspector failed and was ignored: ${says(error)}`);
    }
  };
