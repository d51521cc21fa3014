import type { AnyStateMachine } from 'xstate';
import { LIMITS } from '../healing/budget.ts';
import type { Invariant } from '../healing/invariant.ts';
import type { Policy } from '../healing/round.ts';
import { architectureHealing } from '../machines/architecture-healing.ts';
import { provided } from '../machines/compile/provided.ts';
import { lifeEffects } from './effects.ts';
import { type HealingHabitat, healerLoop } from './healer-loop.ts';

/** The actors whose incidents `architectureHealing` takes; the operator takes all others. */
export const ARCHITECTURE: ReadonlySet<string> = new Set([
  'signalBus',
  'stateMachine',
  'shadowEngine',
  'decisionTracker',
  'pipelineMonitor',
  'healingOperator',
]);

/** The invariants a healer must judge to act on some: these, and all they depend on. */
export function withUpstream(all: readonly Invariant[], acts: (invariant: Invariant) => boolean): readonly Invariant[] {
  const byId = new Map(all.map((invariant) => [invariant.id, invariant]));
  const wanted = new Set<string>();
  const want = (invariant: Invariant): void => {
    if (wanted.has(invariant.id)) return;
    wanted.add(invariant.id);
    for (const id of invariant.dependsOn) {
      const upstream = byId.get(id);
      if (upstream) want(upstream);
    }
  };
  for (const invariant of all) if (acts(invariant)) want(invariant);
  return all.filter(({ id }) => wanted.has(id));
}

/** How a healer heals: OTP's intensity for restarts, twenty a minute for the rest, five incidents in ten minutes recur. */
export const policyFor = (
  { world, board, mode, affects, newIncidentId }: HealingHabitat,
  invariants: readonly Invariant[],
  acts: (invariant: Invariant) => boolean,
  name: string,
): Policy => {
  const chance = world.chance.fork(name);
  return {
    invariants,
    acts,
    newId: newIncidentId,
    chance: () => chance.next(),
    ...LIMITS,
    recurring: { most: 5, withinMs: 600_000 },
    retryFailedMs: 300_000,
    answerWithinMs: 5_000,
    atOnce: 4,
    // Longer than a start may take, and than a look at the files is good for.
    blindAfterMs: Math.max(180_000, world.pace.lookMs * 10),
    sampling: { everyMs: world.pace.checkMs, lateAfterMs: Math.max(5_000, world.pace.checkMs * 5) },
    mode,
    affects,
    elsewhere: () => board.openBeside(name),
  };
};

/** The healer of the architecture, a child of the operator. */
export function architectureHealingActor(habitat: HealingHabitat): AnyStateMachine {
  const { world, board } = habitat;
  const acts = ({ actor }: Invariant) => ARCHITECTURE.has(actor);
  const life = lifeEffects('architectureHealing', habitat, {
    open: async () => undefined,
    files: [],
    repair: async (target) => {
      throw new Error(`architectureHealing owns nothing to repair (${target})`);
    },
    close: async () => undefined,
  });
  const policy = policyFor(habitat, withUpstream(habitat.invariants, acts), acts, 'architectureHealing');
  return provided(architectureHealing, {
    actors: {
      ...life.actors,
      loop: healerLoop(habitat, {
        id: 'architectureHealing',
        policy,
        from: () => board.round('architectureHealing'),
        afterRound: () => undefined,
      }),
    },
    actions: {
      ...life.actions,
      tellHealed: (_, { components }) =>
        world.log.info(`🔧 [HEALING] Architecture components healed: ${components.join(', ')}`),
    },
  });
}
