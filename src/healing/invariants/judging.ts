/** What the invariants of all components share: looking into snapshots, and the ones every component has. */
import { MINUTE_MS, silenceOf } from '../../machines/arrivals.ts';
import type { LifeContext } from '../../machines/life.ts';
import type { ActorId, Component, FileEvidence } from '../../machines/messages.ts';
import type { Finding, Invariant, Remedy, Severity, View } from '../invariant.ts';
import { broken, holds, unknown } from '../vital.ts';

export { broken, type Figures, holds, mailDrains, unknown } from '../vital.ts';

/** A component's context while it runs; `null` while it does not (then its `alive` invariant speaks for it). */
export function running<Context extends LifeContext>(view: View, actor: ActorId): Context | null {
  const sight = view.sight(actor);
  if (sight?.status !== 'active' || !sight.snapshot.hasTag('open')) return null;
  return sight.snapshot.context as Context;
}

/** An invariant about the context of one running component. */
export function about<Context extends LifeContext>(
  actor: ActorId,
  judge: (context: Context, view: View) => Finding,
): Invariant['holds'] {
  return (view) => {
    const context = running<Context>(view, actor);
    return context ? judge(context, view) : unknown(view.now, `${actor} does not run`);
  };
}

/** Evidence about files older than this is no evidence, in looks. */
const LOOKS_KEPT = 5;

export interface Times {
  /** Length of a bar, ms. */
  readonly barMs: number;
  /** Prices are a recording: its gaps are facts, and no restart fills them. */
  readonly recorded: boolean;
  /** How often components look at their files, ms. */
  readonly lookMs: number;
  readonly checkMs: number;
  readonly sweepMs: number;
}

/**
 * What nothing is known of before the first bar after a start: said of bars longer than a minute, for which the limits of all others
 * are too short.
 */
export const fromFirstBar = ({ barMs }: Times): Pick<Invariant, 'knownWithinMs'> =>
  barMs > MINUTE_MS ? { knownWithinMs: silenceOf({ intervalMs: barMs }) } : {};

export interface Subject {
  readonly component: Component;
  readonly actor: ActorId;
}

interface FileRule {
  readonly path: string;
  /** What the component is asked to repair. */
  readonly target: string;
  readonly severity?: Severity;
  readonly dependsOn?: readonly string[];
  readonly id?: string;
  /**
   * Its content is its owner's to judge and to mend. That of all other files is `fileIntegrity`'s: one actuator per
   * variable, or two healers would mend the same line.
   */
  readonly content: 'its owner judges it' | 'file integrity judges it';
}

const soundness = (file: FileEvidence, { path, content }: FileRule): Finding => {
  const figures = { path, bad_lines: file.badLines, exists: file.exists, writable: file.writable };
  const readable = file.badLines === 0 || content === 'file integrity judges it';
  const sound = file.exists && file.writable && readable && !file.cutOff;
  return sound ? holds(file.checkedAt, `${path} is sound`, figures) : broken(file.checkedAt, file.says, figures);
};

/** A file that must be there and writable, and may have to verify; mended by its owner. */
export function fileIsSound({ component, actor }: Subject, rule: FileRule, { lookMs }: Times): Invariant {
  return {
    id: rule.id ?? `${component}/${rule.path.slice(rule.path.lastIndexOf('/') + 1)}-is-sound`,
    component,
    actor,
    severity: rule.severity ?? 'high',
    dependsOn: [`${component}/alive`, ...(rule.dependsOn ?? [])],
    patienceMs: 0,
    proofWithinMs: Math.max(5_000, lookMs * 2),
    holds: about(actor, ({ life }, view) => {
      const file = life.files[rule.path];
      if (!file) return unknown(view.now, `nobody has looked at ${rule.path} yet`);
      const age = view.now - file.checkedAt;
      if (age > lookMs * LOOKS_KEPT)
        return unknown(file.checkedAt, `the last look at ${rule.path} is ${age} ms old`, { age_ms: age });
      return soundness(file, rule);
    }),
    remedies: [{ type: 'REPAIR', target: rule.target }],
  };
}

/** Starting, stopping and reviving end; what takes longer hangs. Longer than the supervisor waits for a start, ms. */
const IN_BETWEEN_MS = 150_000;

/** The actor runs: it has not ended, and it could open. */
export function isAlive({ component, actor }: Subject, revive: readonly Remedy[] = []): Invariant {
  return {
    id: `${component}/alive`,
    component,
    actor,
    severity: 'critical',
    dependsOn: [],
    patienceMs: 0,
    proofWithinMs: 5_000,
    holds: (view) => {
      const sight = view.sight(actor);
      if (!sight) return unknown(view.now, `${actor} was not started yet`);
      if (sight.status !== 'active') {
        const why = sight.error instanceof Error ? `: ${sight.error.message}` : '';
        return broken(view.now, `${actor} is ${sight.status}${why}`, { status: sight.status });
      }
      if (sight.snapshot.hasTag('open')) return holds(view.now, `${actor} runs`, { state: 'running' });
      if (sight.snapshot.matches('failed')) {
        const { life } = sight.snapshot.context as LifeContext;
        const state = JSON.stringify(sight.snapshot.value);
        return broken(view.now, `${actor} could not open: ${life.fault}`, { state });
      }
      const state = JSON.stringify(sight.snapshot.value);
      const forMs = view.now - sight.since;
      const says = `${actor} has been ${state} for ${forMs} ms`;
      return forMs < IN_BETWEEN_MS ? unknown(view.now, says, { state }) : broken(view.now, says, { state });
    },
    remedies: [...revive, { type: 'RESTART' }],
  };
}
