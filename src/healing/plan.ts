import type { Intensity } from './budget.ts';
import type { Incident } from './incident.ts';
import type { Remedy } from './invariant.ts';
import { proofMs } from './proof.ts';

/** What a remedy is going to do, said before it is sent and kept with the attempt: prediction and deed can be compared. */
export interface Plan {
  /** `INC-…#n`, n counted from 1. */
  readonly id: string;
  readonly does: string;
  /** What was looked at before, and held. */
  readonly preconditions: readonly string[];
  /** Actors that stop, pause or change by it; the one it is sent to comes first. */
  readonly affects: readonly string[];
  /** How it is undone. */
  readonly undo: string;
  readonly expects: string;
}

const doing = (remedy: Remedy, to: string): string => {
  if (remedy.type === 'EXPIRE')
    return `ask ${to} to expire what has not moved for ${Math.round(remedy.olderThanMs / 60_000)} min`;
  if (remedy.type === 'REPAIR') return `ask ${to} to repair its ${remedy.target}`;
  const alone = `stop ${to} and start it anew from its durable state`;
  return remedy.scope === 'rest' ? `${alone}, and in order all that depend on it` : alone;
};

const UNDO: Readonly<Record<Remedy['type'], string>> = {
  EXPIRE: 'it cannot be undone: expired is final',
  REPAIR: 'what it replaces is in quarantine/ first: kintsugi quarantine restore puts it back',
  RESTART: 'nothing is lost that had to be undone: the mail is kept, the state comes from the disk',
};

/** @param used uses of the budget before this one */
export function planOf(
  incident: Pick<Incident, 'id' | 'invariant' | 'attempts' | 'heldMs' | 'relapse'>,
  remedy: Remedy,
  { to, affects, used, budget }: { to: string; affects: readonly string[]; used: number; budget: Intensity },
): Plan {
  const { id, invariant, attempts } = incident;
  const lastsMs = proofMs(incident);
  const lasting = lastsMs > 0 ? `, and for ${lastsMs} ms without a break` : '';
  return {
    id: `${id}#${attempts.length + 1}`,
    does: doing(remedy, to),
    preconditions: [
      `no other remedy of ${to} is under way`,
      `${used} of ${budget.most} ${remedy.type} in ${budget.withinMs / 1_000} s for ${to} are used`,
    ],
    affects,
    undo: UNDO[remedy.type],
    expects: `${invariant.id} holds on evidence taken after the answer, within ${invariant.proofWithinMs} ms of it${lasting}`,
  };
}
