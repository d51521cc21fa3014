/** How a supervised app is, for who asks. */
import type { AnyActorRef } from 'xstate';
import type { Budget, HealingBoard } from './board.ts';
import type { Limits } from './budget.ts';
import { type Health, worst } from './health.ts';
import type { Invariant } from './invariant.ts';
import type { Mailboxes } from './mailbox.ts';
import { restful } from './round.ts';
import {
  type CatalogueEntry,
  type ComponentStatus,
  catalogueEntry,
  type OpenIncident,
  openIncidentOf,
} from './status.ts';
import type { Tree } from './tree.ts';

export interface ActorStatus extends ComponentStatus {
  /** How its last incarnation ended, in words. */
  readonly last_end: string | null;
}

export interface AppStatus {
  /** The worst of all that is judged. */
  readonly status: Health;
  readonly actors: Readonly<Record<string, ActorStatus>>;
  /** What is judged beside the actors: the groups, and what else invariants name as their component. */
  readonly beside: Readonly<Record<string, Pick<ComponentStatus, 'status' | 'critical'>>>;
  /** Incidents so far, by how they ended. */
  readonly incidents: {
    readonly total: number;
    readonly healed: number;
    readonly failed: number;
    readonly cleared: number;
  };
  readonly dead_letters: number;
  /** What `log` threw last; `null`: nothing. */
  readonly log_failed: string | null;
}

/** What the healing of an app knows besides its status: for who shows it. Times are ms on the app's clock. */
export interface Insight {
  readonly at: number;
  readonly startedAt: number;
  /** When every invariant had been judged for the first time; `null`: not yet. */
  readonly judgedSince: number | null;
  readonly isRunning: boolean;
  readonly sweep: { readonly last_at: number | null; readonly every_ms: number };
  readonly invariants: readonly CatalogueEntry[];
  readonly open: readonly OpenIncident[];
  /** Of each actor's remedies. */
  readonly budgets: Readonly<Record<string, readonly Budget[]>>;
}

interface Known {
  readonly healer: string;
  readonly root: AnyActorRef;
  readonly tree: Tree;
  readonly board: HealingBoard;
  readonly mailboxes: Mailboxes;
  readonly invariants: readonly Invariant[];
  readonly limits: Limits;
  readonly sweepMs: number;
  readonly now: () => number;
  readonly logFailed: () => string | null;
}

const SWEEPS_MISSED = 3;

export function statusOf({
  healer,
  root,
  tree,
  board,
  mailboxes,
  invariants,
  sweepMs,
  now,
  logFailed,
}: Known): AppStatus {
  // Before its first round a healer is not late yet.
  const judgedAt = Math.max(board.round(healer).now, board.startedAt);
  const alive = root.getSnapshot().status === 'active' && now() - judgedAt <= sweepMs * SWEEPS_MISSED;
  const asked = (id: string, isJudged: boolean) => ({ now: now(), isJudged, restartedAt: tree.restartedAt(id) });
  const one = (id: string): ActorStatus => {
    const child = tree.child(id);
    const restarts = Math.max(0, tree.births(id) - 1);
    // Nobody knows of what is below a group that is down; unless it is not wanted.
    const isJudged = alive && (child !== undefined || !tree.isWanted(id));
    return { ...board.component(id, { ...asked(id, isJudged), restarts }), last_end: child?.lastEnd ?? null };
  };
  const actors = Object.fromEntries(tree.parts.map((id) => [id, one(id)]));
  const others = new Set(invariants.map(({ component }) => component).filter((id) => !tree.parts.includes(id)));
  const beside = Object.fromEntries(
    [...others].map((id) => {
      const { health, critical } = board.judgement(id, asked(id, alive));
      return [id, { status: health, critical }];
    }),
  );
  return {
    status: worst([...Object.values(actors), ...Object.values(beside)].map(({ status }) => status)),
    actors,
    beside,
    incidents: { ...board.counts },
    dead_letters: mailboxes.deadLetterCount,
    log_failed: logFailed(),
  };
}

export function insightOf({ healer, root, tree, board, invariants, limits, sweepMs, now }: Known): Insight {
  const { now: judgedAt, findings } = board.round(healer);
  return {
    at: now(),
    startedAt: board.startedAt,
    judgedSince: board.judgedSince,
    isRunning: root.getSnapshot().status === 'active',
    sweep: { last_at: judgedAt === restful.now ? null : judgedAt, every_ms: sweepMs },
    invariants: invariants.map((invariant) => catalogueEntry(invariant, findings.get(invariant.id))),
    open: board.openIncidents().map(openIncidentOf),
    budgets: Object.fromEntries(tree.ids.map((id) => [id, board.budgets(id, now(), limits)])),
  };
}
