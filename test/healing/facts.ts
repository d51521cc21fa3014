import type { Finding, Invariant, View } from '../../src/healing/invariant.ts';
import type { Impulse, Policy, Round } from '../../src/healing/round.ts';

/** A world of named facts: each invariant `x` holds while fact `x` is true; `null` is unknown. */
export const world = () => {
  const facts = new Map<string, boolean | null>();
  const taken = new Map<string, number>();
  let now = 1_000;
  const view: View = {
    get now() {
      return now;
    },
    sight: () => undefined,
    mail: () => ({ accepted: 0, processed: 0, held: 0, unprocessedSince: null }),
  };
  const invariant = (id: string, more: Partial<Invariant> = {}): Invariant => ({
    id,
    component: id.split('/')[0] ?? id,
    actor: id.split('/')[0] ?? id,
    severity: 'critical',
    dependsOn: [],
    patienceMs: 0,
    proofWithinMs: 2_000,
    holds: (): Finding => ({
      holds: facts.get(id) ?? null,
      says: `${id} is ${facts.get(id)}`,
      figures: {},
      takenAt: taken.get(id) ?? now,
    }),
    remedies: [{ type: 'REPAIR', target: 'it' }],
    ...more,
  });
  let ids = 0;
  const policy = (invariants: readonly Invariant[], more: Partial<Policy> = {}): Policy => ({
    invariants,
    acts: () => true,
    newId: () => `INC-${++ids}`,
    chance: () => 0.5,
    restarts: { most: 3, withinMs: 60_000 },
    others: { most: 20, withinMs: 60_000 },
    recurring: { most: 100, withinMs: 600_000 },
    retryFailedMs: 300_000,
    answerWithinMs: 5_000,
    ...more,
  });
  return {
    facts,
    taken,
    view,
    invariant,
    policy,
    pass: (ms: number) => {
      now += ms;
    },
    seen: (): Impulse => ({ type: 'seen', view }),
    done: (incident: string): Impulse => ({
      type: 'answered',
      view,
      incident,
      at: now,
      done: { says: 'I did it', figures: {} },
      failed: null,
    }),
    refused: (incident: string): Impulse => ({ type: 'answered', view, incident, at: now, done: null, failed: 'no' }),
  };
};

/** The remedies a round sends. */
export const sent = (round: Round) =>
  round.commands.flatMap((command) => (command.do === 'remedy' ? [`${command.remedy.type} ${command.to}`] : []));
/** The lines of the ledger a round writes. */
export const recorded = (round: Round) =>
  round.commands.flatMap((command) => (command.do === 'record' ? [`${command.what} ${command.incident.phase}`] : []));
