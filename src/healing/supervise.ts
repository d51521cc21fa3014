/** Supervision and healing of a whole XState app, in one call. Nothing here knows what the app does. */
import { type Observable, Subject } from 'rxjs';
import {
  type AnyActorRef,
  type AnyEventObject,
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
import { invariantsOf } from './app-laws.ts';
import { type AppStatus, type Insight, insightOf, statusOf } from './app-status.ts';
import { HealingBoard } from './board.ts';
import { LIMITS, type Limits } from './budget.ts';
import { checkOptions } from './checks.ts';
import { healer } from './healer.ts';
import type { Incident } from './incident.ts';
import { guarded } from './inspecting.ts';
import { type Invariant, rungsOf } from './invariant.ts';
import { type IncidentRecord, recordOf } from './ledger.ts';
import { hearLostMail } from './lost-mail.ts';
import { type DeadLetter, Mailboxes } from './mailbox.ts';
import { type Group, given, idsIn, type Part, rulesOf, specOfPart, specOfSupervisor } from './parts.ts';
import { type Policy, type Round, restful } from './round.ts';
import type { Rules } from './strategy.ts';
import type { Happening } from './supervision.ts';
import { supervisor } from './supervisor.ts';
import { Tree } from './tree.ts';
import type { Law } from './vital.ts';
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
const MAIL_WITHIN_MS = 10_000;

/** What an actor answered may be words alone, or nothing. */
function evidenceIn(answer: unknown): Evidence {
  if (typeof answer === 'string') return { says: answer, figures: {} };
  const { says: words, figures } = (answer ?? {}) as Partial<Evidence>;
  return { says: typeof words === 'string' ? words : 'done', figures: figures ?? {} };
}

/** It went on from the snapshot that broke the invariant, and broke it again. */
const restartedInVain = ({ invariant, relapse, rung, attempts }: Incident, id: string): boolean =>
  attempts.some(({ remedy, to, outcome }) => remedy.type === 'RESTART' && to === id && outcome === 'unproven') ||
  (relapse === true &&
    rungsOf(invariant)
      .slice(0, rung)
      .some(({ type }) => type === 'RESTART'));

function checkKnown(id: string, ids: readonly string[]): void {
  if (!ids.includes(id)) throw new TypeError(`there is no ${id} among ${ids.join(', ')}`);
}

/**
 * Starts the app and keeps it whole: supervised as Erlang/OTP does, and healed where an invariant breaks. RESTART is done by
 * the supervisor. REPAIR and EXPIRE are sent to the actor, with `incident`, `reason` and `from`; it answers by sending (to
 * the systemId `healer`) or emitting REMEDY.DONE `{incident, evidence}` or REMEDY.FAILED `{incident, error}`. Whatever it
 * answers, healed is what the same invariant says afterwards (docs/supervise.md).
 * Throws `TypeError` for what cannot be meant: ids that are taken or unknown, words that are misspelt, times that are none.
 */
export function superviseOn(options: SuperviseOptions): Supervised {
  checkOptions(options, Object.values(OWN));
  const { children, invariants: laws = [], clock, chance, sweepMs = SWEEP_MS, mailWithinMs = MAIL_WITHIN_MS } = options;
  const { inspect } = options;
  const policy = given(options.policy ?? {});
  const now = () => clock.now();
  const jitter = chance.fork('supervisor');
  const names = chance.fork('incidents');
  let logFailed: string | null = null;
  const log = (words: string): void => {
    try {
      options.log?.(words);
    } catch (error) {
      logFailed = says(error);
    }
  };
  const mailboxes = new Mailboxes([OWN.healer, OWN.app, ...idsIn(children)], now);
  const answered = ({ incident, from }: RemedyOrder, done: Evidence | null, error: string) =>
    mailboxes.post(
      from,
      done ? { type: 'REMEDY.DONE', incident, evidence: done } : { type: 'REMEDY.FAILED', incident, error },
    );
  const happens = (happening: Happening): void => {
    const { id, incarnation } = happening;
    if (happening.type === 'ended') log(`${id} ended (${happening.exit.reason}): ${happening.exit.says}`);
    if (happening.type === 'ready' && happening.order)
      answered(happening.order, { says: `incarnation ${incarnation} runs`, figures: { incarnation } }, '');
    if (happening.type === 'refused' && happening.order) answered(happening.order, null, `${id} could not start`);
  };
  const tree = new Tree({
    id: OWN.app,
    children,
    rules: rulesOf(options),
    mailboxes,
    now,
    chance: () => jitter.next(),
    happens,
  });
  const invariants = invariantsOf(tree, laws, mailWithinMs);
  const board = new HealingBoard(invariants, OWN.healer);
  const limits: Limits = { restarts: policy?.restarts ?? LIMITS.restarts, others: policy?.others ?? LIMITS.others };
  const incidents = new Subject<IncidentRecord>();
  const escalations = new Subject<{ reason: string; incident: IncidentRecord }>();
  const changes = new Subject<AppStatus>();

  /** In a turn of its own: nothing that happens in an actor may run a supervisor inside it. */
  const tell = (id: string, event: { type: string }): boolean => {
    const above = tree.supervisorOf(id);
    const ref = () => (above === null ? null : mailboxes.ref(above));
    const isActive = () => ref()?.getSnapshot().status === 'active';
    if (!isActive()) return false;
    clock.setTimeout(() => {
      if (isActive()) ref()?.send(event);
    }, 0);
    return true;
  };
  const order = (id: string, type: 'TERMINATE_CHILD' | 'START_CHILD' | 'KILL_CHILD'): void => {
    checkKnown(id, tree.ids);
    if (type === 'TERMINATE_CHILD') tree.letGo(id);
    tell(id, { type, id } as EventObject);
  };
  const restart = (id: string, scope: 'one' | 'rest', given: RemedyOrder): boolean => {
    const child = tree.child(id);
    if (child?.wanted !== 'up' && !tree.hasGivenUp(id)) return false;
    const incident = board.openIncidents().find((one) => one.id === given.incident);
    // Whoever ends or takes no mail does so for reasons that may lie outside: his state is not lost for it.
    const isLaw = laws.some((law) => law.id === incident?.invariant.id);
    if (incident && isLaw && restartedInVain(incident, id)) tree.beginAnew(id);
    return tell(id, { type: 'RESTART_CHILD', id, scope, ...given } as EventObject);
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
        tellsOnce: true,
        retryFailedMs: 300_000,
        answerWithinMs: 5_000,
        ...policy,
        ...limits,
        affects: (to, remedy) => (remedy.type === 'RESTART' ? tree.restartedWith(to, remedy.scope ?? 'one') : [to]),
        answerMs: (to, remedy) => (remedy.type === 'RESTART' ? tree.restartMs(to, remedy.scope ?? 'one') : 0),
      },
      from: last,
      restart,
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
        const words = JSON.stringify([
          ...Object.values(present.actors).map(({ status: health, critical, state }) => [health, critical, state]),
          ...Object.values(present.beside),
        ]);
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
      if (type === 'REMEDY.DONE') answer(String(incident), evidenceIn(evidence), null);
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
      specs: [specOfPart({ id: OWN.healer, logic: healerLogic }), specOfSupervisor(OWN.app, tree.logic, 'temporary')],
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

  const known = {
    ...{ healer: OWN.healer, root, tree, board, mailboxes, invariants, limits, sweepMs, now },
    logFailed: () => logFailed,
  };
  const status = (): AppStatus => statusOf(known);

  root.subscribe({ error: (error) => finish(says(error)) });
  board.startedAt = now();
  root.start();

  return {
    root,
    post: (to, event) => mailboxes.post(to, event),
    ref: (id) => mailboxes.ref(id),
    follow: (id) => {
      checkKnown(id, mailboxes.ids());
      return follow(mailboxes, id, now);
    },
    incidents,
    escalations,
    changes,
    status,
    insight: () => insightOf(known),
    deadLetters: mailboxes.deadLetters,
    terminate: (id) => order(id, 'TERMINATE_CHILD'),
    start: (id) => order(id, 'START_CHILD'),
    kill: (id) => order(id, 'KILL_CHILD'),
    stop: async () => {
      stopping = true;
      if (root.getSnapshot().status === 'active') root.send({ type: 'STOP' });
      await ended;
    },
    ended,
  };
}
