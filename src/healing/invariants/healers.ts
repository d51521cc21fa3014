/** The healer is watched as well: it proves progress like any component. Each healer is judged by the other. */
import { CONVICTED_AT, phi } from '../../machines/beats.ts';
import type { HealerContext } from '../../machines/healer.ts';
import type { ActorId, Component } from '../../machines/messages.ts';
import type { Invariant } from '../invariant.ts';
import { broken, fileIsSound, holds, isAlive, running, type Times, unknown } from './judging.ts';

/** One that was irregular is trusted for longer, and for so many sweeps at most: whoever was wedged for hours before would be for hours again. */
const SWEEPS_AT_MOST = 6;

function healer(actor: ActorId, { sweepMs }: Times): readonly Invariant[] {
  // Not one of the thirteen, so it stands in no component's status; its incidents are told like all others.
  const subject = { component: actor as unknown as Component, actor };
  return [
    isAlive(subject),
    {
      id: `${actor}/sweeps`,
      ...subject,
      severity: 'critical',
      dependsOn: [`${actor}/alive`],
      patienceMs: 0,
      timed: true,
      proofWithinMs: sweepMs * 2,
      holds: (view) => {
        const context = running<HealerContext>(view, actor);
        if (context === null) return unknown(view.now, `${actor} does not run`);
        const age = view.now - (context.lastSweepAt ?? view.sight(actor)?.since ?? view.now);
        const suspicion = context.sweeps === null ? null : phi(context.sweeps, view.now);
        const limit = sweepMs * 3;
        const figures = {
          age_ms: age,
          limit_ms: limit,
          phi: suspicion === null ? null : Math.round(suspicion * 10) / 10,
        };
        const isSuspect = suspicion === null ? age > limit : suspicion >= CONVICTED_AT;
        const silent = isSuspect || age > sweepMs * SWEEPS_AT_MOST;
        if (silent) return broken(view.now, `it has not swept for ${age} ms`, figures);
        return context.lastSweepAt === null
          ? holds(view.now, 'its first sweep is still to come', figures)
          : holds(view.now, `it swept ${age} ms ago`, figures);
      },
      remedies: [{ type: 'RESTART' }],
    },
  ];
}

/** The healers, and the files they own. */
export function healerInvariants(times: Times): readonly Invariant[] {
  const operator = { component: 'healingOperator' as unknown as Component, actor: 'healingOperator' as const };
  const owned = { content: 'its owner judges it', severity: 'critical' } as const;
  return [
    ...healer('healingOperator', times),
    fileIsSound(operator, { path: 'logs/healing.jsonl', target: 'ledger', ...owned }, times),
    fileIsSound(operator, { path: 'feature_store/healing_escalation_state.json', target: 'state', ...owned }, times),
    ...healer('architectureHealing', times),
  ];
}
