/** Supervision and healing of a whole XState app, in one call. Nothing here knows what the app does. */
import { type Observable, Subject } from 'rxjs';
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  createActor,
  type EventObject,
  fromCallback,
  type InspectionEvent,
} from 'xstate';
import type { RemedyOrder } from '../machines/life.ts';
import type { Evidence } from '../machines/messages.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import { says } from '../ports/says.ts';
import { type Budget, HealingBoard } from './board.ts';
import { LIMITS, type Limits } from './budget.ts';
import type { Child } from './child.ts';
import { healer } from './healer.ts';
import { type Health, worst } from './health.ts';
import { guarded } from './inspecting.ts';
import type { Invariant } from './invariant.ts';
import { type IncidentRecord, recordOf } from './ledger.ts';
import { hearLostMail } from './lost-mail.ts';
import { type DeadLetter, Mailboxes } from './mailbox.ts';
import { type Group, idsIn, isGroup, type Part, partsIn, specOfPart, specOfSupervisor } from './parts.ts';
import { type Policy, type Round, restful } from './round.ts';
import {
  type CatalogueEntry,
  type ComponentStatus,
  catalogueEntry,
  type OpenIncident,
  openIncidentOf,
} from './status.ts';
import type { Rules } from './strategy.ts';
import type { Happening } from './supervision.ts';
import { supervisor } from './supervisor.ts';
import { invariantOf, isUp, type Law, mailDrains } from './vital.ts';
import { follow, type Sight } from './watch.ts';

export interface SuperviseOptions extends Partial<Rules> {
  /** In the order of dependency: each starts when those before it are up. */
  readonly children: readonly (Part | Group)[];
  /** What must hold, besides that every actor lives and takes its mail. */
  readonly invariants?: readonly (Law | Invariant)[];
  readonly clock: Clock;
  readonly chance: Chance;
  /** How often everything is judged, whether or not anything changed, ms. A minute, if not given. */
  readonly sweepMs?: number;
  readonly policy?: Partial<Pick<Policy, 'restarts' | 'others' | 'recurring' | 'retryFailedMs' | 'answerWithinMs'>>;
  /** How long an actor may leave its mail before it is taken for wedged, ms. Ten seconds, if not given. */
  readonly mailWithinMs?: number;
  /** Called for every inspection event of the system. One that throws is said in `log`, and hurts nobody. */
  readonly inspect?: (event: InspectionEvent) => void;
  readonly log?: (words: string) => void;
}

export interface ActorStatus extends ComponentStatus {
  /** How its last incarnation ended, in words. */
  readonly last_end: string | null;
}

export interface AppStatus {
  readonly status: Health;
  readonly actors: Readonly<Record<string, ActorStatus>>;
  /** Incidents so far, by how they ended. */
  readonly incidents: {
    readonly total: number;
    readonly healed: number;
    readonly failed: number;
    readonly cleared: number;
  };
  readonly dead_letters: number;
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

export interface Supervised {
  readonly root: AnyActorRef;
  /** Mail to an actor by its id: kept while it is restarted, a dead letter if it can reach nobody. Never throws. */
  post(to: string, event: AnyEventObject): void;
  /** The present incarnation, or `null`. Do not keep it: the next one is another. */
  ref(id: string): AnyActorRef | null;
  /** An actor over all its incarnations. */
  follow(id: string): Observable<Sight>;
  /** Each incident when it is opened, given up and closed, with its evidence. */
  readonly incidents: Observable<IncidentRecord>;
  /** What the healer could not mend: for a person. */
  readonly escalations: Observable<{ readonly reason: string; readonly incident: IncidentRecord }>;
  /** The status after each round in which it changed. */
  readonly changes: Observable<AppStatus>;
  status(): AppStatus;
  insight(): Insight;
  /** The last 1,000, oldest first. */
  readonly deadLetters: readonly DeadLetter[];
  /** OTP's `terminate_child`, `restart_child` and `exit(Pid, kill)`. */
  terminate(id: string): void;
  start(id: string): void;
  kill(id: string): void;
  /** Stops all in reverse order; resolves when the last has stopped. */
  stop(): Promise<void>;
  /** Resolves when all is over: `null` after {@link stop}, else why the supervisor gave up. */
  readonly ended: Promise<string | null>;
}

const OWN = { root: 'supervision', healer: 'healer', app: 'app' } as const;
const SWEEP_MS = 60_000;
const SWEEPS_MISSED = 3;

function checkIds(ids: readonly string[], invariants: readonly Invariant[]): void {
  const taken = new Set<string>(Object.values(OWN));
  for (const id of ids) {
    if (taken.has(id)) throw new TypeError(`the id ${id} is taken: every supervised actor needs one of its own`);
    taken.add(id);
  }
  for (const { id, actor } of invariants)
    if (!ids.includes(actor))
      throw new TypeError(`the invariant ${id} is about ${actor}, which is not among ${ids.join(', ')}`);
}

/**
 * Starts the app and keeps it whole: supervised as Erlang/OTP does, and healed where an invariant breaks. RESTART is done by
 * the supervisor. REPAIR and EXPIRE are sent to the actor, with `incident`, `reason` and `from`; it answers by sending (to
 * the systemId `healer`) or emitting REMEDY.DONE `{incident, evidence}` or REMEDY.FAILED `{incident, error}`. Whatever it
 * answers, healed is what the same invariant says afterwards.
 * Throws `TypeError` for ids that are taken or unknown.
 */
export function superviseOn(options: SuperviseOptions): Supervised {
  const {
    children,
    invariants: laws = [],
    clock,
    chance,
    sweepMs = SWEEP_MS,
    policy,
    mailWithinMs = 10_000,
    inspect,
  } = options;
  const log = options.log ?? (() => undefined);
  const now = () => clock.now();
  const jitter = chance.fork('supervisor');
  const names = chance.fork('incidents');
  const ids = idsIn(children);
  const mailboxes = new Mailboxes([OWN.healer, OWN.app, ...ids], now);
  const supervisorOf = new Map<string, string>();
  const restartedAt = new Map<string, number>();

  const childOf = (id: string): Child | undefined => {
    const above = supervisorOf.get(id);
    const snapshot = above === undefined ? undefined : mailboxes.ref(above)?.getSnapshot();
    if (snapshot?.status !== 'active') return undefined;
    return (snapshot.context.children as readonly Child[]).find((child) => child.id === id);
  };
  const parts = partsIn(children).map(({ id }) => id);
  const invariants: readonly Invariant[] = [
    ...parts.flatMap((id) => [
      isUp(id, childOf),
      // By age: mail that was kept is young when the next incarnation gets it.
      { ...mailDrains({ component: id, actor: id }, mailWithinMs), provenAfterMs: mailWithinMs },
    ]),
    ...laws.map((law) => ('holds' in law ? ({ provenAfterMs: 'as it broke', ...law } as const) : invariantOf(law))),
  ];
  checkIds(ids, invariants);
  const board = new HealingBoard(invariants, OWN.healer);
  const limits: Limits = { restarts: policy?.restarts ?? LIMITS.restarts, others: policy?.others ?? LIMITS.others };
  const incidents = new Subject<IncidentRecord>();
  const escalations = new Subject<{ reason: string; incident: IncidentRecord }>();
  const changes = new Subject<AppStatus>();

  /** In a turn of its own: nothing that happens in an actor may run a supervisor inside it. */
  const tell = (id: string, event: { type: string }): boolean => {
    const above = supervisorOf.get(id);
    if (above === undefined || mailboxes.ref(above)?.getSnapshot().status !== 'active') return false;
    clock.setTimeout(() => mailboxes.ref(above)?.send(event), 0);
    return true;
  };
  const answered = ({ incident, from }: RemedyOrder, done: Evidence | null, error: string) =>
    mailboxes.post(
      from,
      done ? { type: 'REMEDY.DONE', incident, evidence: done } : { type: 'REMEDY.FAILED', incident, error },
    );

  const happens = (happening: Happening): void => {
    const { id, incarnation } = happening;
    if (happening.type === 'started' && incarnation > 1) restartedAt.set(id, now());
    if (happening.type === 'ended') log(`${id} ended (${happening.exit.reason}): ${happening.exit.says}`);
    if (happening.type === 'ready' && happening.order)
      answered(happening.order, { says: `incarnation ${incarnation} runs`, figures: { incarnation } }, '');
    if (happening.type === 'refused' && happening.order) answered(happening.order, null, `${id} could not start`);
  };
  const supervise = (id: string, below: readonly (Part | Group)[], given: Partial<Rules>): AnyStateMachine => {
    for (const one of below) supervisorOf.set(one.id, id);
    const specs = below.map((one) =>
      isGroup(one)
        ? specOfSupervisor(one.id, () => supervise(one.id, one.children, rulesOf(one)), one.restart)
        : specOfPart(one),
    );
    return supervisor({ id, specs, mailboxes, now, chance: () => jitter.next(), happens, ...given });
  };

  const healerLogic = fromCallback<EventObject>(({ receive, self }) => {
    const { answer, stop } = healer({
      id: OWN.healer,
      mailboxes,
      clock,
      sweepMs,
      policy: {
        invariants,
        acts: () => true,
        newId: () => `INC-${names.hex(10)}`,
        chance: () => jitter.next(),
        recurring: { most: 5, withinMs: 600_000 },
        retryFailedMs: 300_000,
        answerWithinMs: 5_000,
        ...policy,
        ...limits,
      },
      from: last,
      restart: (actor, scope, order) =>
        childOf(actor)?.wanted === 'up' &&
        tell(actor, { type: 'RESTART_CHILD', id: actor, scope, ...order } as EventObject),
      begun: (round) => {
        last = round;
        board.publish(OWN.healer, round);
      },
      remedying: ({ remedy, incident, to }) => log(`${remedy.type} ${to}: ${incident.before.says}`),
      record: (incident, what) => {
        board.note(incident, what);
        // A plan is no news of the incident: what comes of it is.
        if (what !== 'planned') incidents.next(recordOf(incident, now()));
      },
      escalate: (incident, reason) => {
        log(`a person must look: ${reason}`);
        escalations.next({ reason, incident: recordOf(incident, now()) });
      },
      obeyed: () => {
        if (!changes.observed) return;
        const present = status();
        const words = JSON.stringify(
          Object.values(present.actors).map(({ status: health, critical, state }) => [health, critical, state]),
        );
        if (words !== told) changes.next(present);
        told = words;
      },
      // Thrown where its supervisor sees it.
      failed: (error) => self.send({ type: 'BROKEN', error } as EventObject),
    });
    receive((event) => {
      const { type, incident, evidence, error } = event as { type: string; [field: string]: unknown };
      // What is left running would heal beside its successor.
      if (type === 'BROKEN') stop();
      if (type === 'BROKEN') throw new Error(`the healing loop failed: ${says(error)}`);
      if (type === 'REMEDY.DONE')
        answer(String(incident), (evidence as Evidence) ?? { says: 'done', figures: {} }, null);
      if (type === 'REMEDY.FAILED') answer(String(incident), null, says(error));
    });
    return stop;
  });
  let last: Round = restful;
  let told = '';

  mailboxes.attached.subscribe(({ ref }) => {
    (ref as { on: (type: string, heard: (event: EventObject) => void) => void }).on('*', (event) => {
      if (event.type === 'REMEDY.DONE' || event.type === 'REMEDY.FAILED') mailboxes.post(OWN.healer, event);
    });
  });

  let gaveUp: string | null = null;
  let stopping = false;
  let finish: (why: string | null) => void = () => undefined;
  const ended = new Promise<string | null>((resolve) => {
    finish = resolve;
  });
  const root = createActor(
    supervisor({
      id: OWN.root,
      specs: [
        specOfPart({ id: OWN.healer, logic: healerLogic }),
        specOfSupervisor(OWN.app, () => supervise(OWN.app, children, rulesOf(options)), 'temporary'),
      ],
      mailboxes,
      now,
      chance: () => jitter.next(),
      happens: (happening) => {
        happens(happening);
        if (happening.type !== 'ended' || happening.id !== OWN.app || stopping) return;
        gaveUp = happening.exit.says;
        clock.setTimeout(() => root.send({ type: 'STOP' }), 0);
      },
      stopped: () => finish(gaveUp),
    }),
    { systemId: OWN.root, clock, ...(inspect ? { inspect: guarded(inspect, log) } : {}) },
  );
  hearLostMail(root, (to, event) => mailboxes.lost(to.id, event));

  const status = (): AppStatus => {
    // Before its first round a healer is not late yet.
    const judgedAt = Math.max(board.round(OWN.healer).now, board.startedAt);
    const alive = root.getSnapshot().status === 'active' && now() - judgedAt <= sweepMs * SWEEPS_MISSED;
    const one = (id: string): ActorStatus => {
      const child = childOf(id);
      const asked = {
        now: now(),
        isJudged: alive && child !== undefined,
        restartedAt: restartedAt.get(id) ?? null,
        restarts: Math.max(0, (child?.incarnation ?? 1) - 1),
      };
      return { ...board.component(id, asked), last_end: child?.lastEnd ?? null };
    };
    const actors = Object.fromEntries(parts.map((id) => [id, one(id)]));
    return {
      status: worst(Object.values(actors).map(({ status: health }) => health)),
      actors,
      incidents: { ...board.counts },
      dead_letters: mailboxes.deadLetterCount,
    };
  };

  const insight = (): Insight => {
    const { now: judgedAt, findings } = board.round(OWN.healer);
    return {
      at: now(),
      startedAt: board.startedAt,
      judgedSince: board.judgedSince,
      isRunning: root.getSnapshot().status === 'active',
      sweep: { last_at: judgedAt === restful.now ? null : judgedAt, every_ms: sweepMs },
      invariants: invariants.map((invariant) => catalogueEntry(invariant, findings.get(invariant.id))),
      open: board.openIncidents().map(openIncidentOf),
      budgets: Object.fromEntries(parts.map((id) => [id, board.budgets(id, now(), limits)])),
    };
  };

  root.subscribe({ error: (error) => finish(says(error)) });
  board.startedAt = now();
  root.start();

  return {
    root,
    post: (to, event) => mailboxes.post(to, event),
    ref: (id) => mailboxes.ref(id),
    follow: (id) => follow(mailboxes, id, now),
    incidents,
    escalations,
    changes,
    status,
    insight,
    deadLetters: mailboxes.deadLetters,
    terminate: (id) => void tell(id, { type: 'TERMINATE_CHILD', id } as EventObject),
    start: (id) => void tell(id, { type: 'START_CHILD', id } as EventObject),
    kill: (id) => void tell(id, { type: 'KILL_CHILD', id } as EventObject),
    stop: async () => {
      stopping = true;
      if (root.getSnapshot().status === 'active') root.send({ type: 'STOP' });
      await ended;
    },
    ended,
  };
}

/** The rules that were given: what was left out is the supervisor's to choose. */
function rulesOf({ strategy, intensity, whenSpent, whenStartFails, backoff }: Partial<Rules>): Partial<Rules> {
  return {
    ...(strategy ? { strategy } : {}),
    ...(intensity ? { intensity } : {}),
    ...(whenSpent ? { whenSpent } : {}),
    ...(whenStartFails ? { whenStartFails } : {}),
    ...(backoff ? { backoff } : {}),
  };
}
