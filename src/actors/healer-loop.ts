import { filter, interval, map, merge, observeOn, Subject } from 'rxjs';
import { type EventObject, fromCallback } from 'xstate';
import type { HealingBoard } from '../healing/board.ts';
import type { Incident } from '../healing/incident.ts';
import type { Invariant, Remedy, View } from '../healing/invariant.ts';
import { recordOf } from '../healing/ledger.ts';
import { healing } from '../healing/loop.ts';
import type { Mailboxes } from '../healing/mailbox.ts';
import type { Command, Impulse, Policy, Round } from '../healing/round.ts';
import { settled } from '../healing/settled.ts';
import type { RemedyOrder } from '../machines/life.ts';
import type { Evidence } from '../machines/messages.ts';
import { type Habitat, says } from './effects.ts';
import type { HealingAlerts } from './healing-alerts.ts';
import type { OwnedLog } from './owned-log.ts';
import type { RecordWriter } from './recorder.ts';

/** Incidents that could not be recorded are tried again so often at most. */
const WRITE_AGAIN_MS = 1_000;

/** What a healer needs beyond a habitat. */
export interface HealingHabitat extends Habitat {
  readonly mailboxes: Mailboxes;
  readonly board: HealingBoard;
  readonly invariants: readonly Invariant[];
  /** `logs/healing.jsonl`, owned by the operator; its child writes through it. */
  readonly ledger: OwnedLog;
  /** What the disk refuses waits in order: no incident is lost. */
  readonly ledgerWriter: RecordWriter;
  readonly alerts: HealingAlerts;
  /** Asks the supervisor for a restart. */
  readonly restart: (actor: string, scope: 'one' | 'rest', order: RemedyOrder) => void;
}

export interface HealerLoopOptions {
  readonly id: 'healingOperator' | 'architectureHealing';
  readonly policy: Policy;
  readonly from: () => Round;
  /** Called after each round, with what it came to. */
  readonly afterRound: (round: Round, impulse: Impulse['type']) => void;
}

/** The remedy as the event its component takes. */
const remedyEvent = (remedy: Remedy, incident: Incident, order: RemedyOrder): EventObject => {
  const evidence: Evidence = incident.before;
  if (remedy.type === 'EXPIRE') return { type: 'EXPIRE', olderThan: remedy.olderThanMs, ...order } as EventObject;
  if (remedy.type === 'REPAIR') return { type: 'REPAIR', target: remedy.target, evidence, ...order } as EventObject;
  return { type: 'RESTART', ...order } as EventObject;
};

/** The loop of a healer as a child actor: subscribes to all snapshots, and does what the rounds command. */
export function healerLoop(habitat: HealingHabitat, { id, policy, from, afterRound }: HealerLoopOptions) {
  const { world, mail, mailboxes, board, ledgerWriter } = habitat;
  const { clock } = world;

  return fromCallback<EventObject, null>(({ sendBack, receive }) => {
    const answers = new Subject<Omit<Extract<Impulse, { type: 'answered' }>, 'view' | 'type'>>();
    const wakes = new Subject<void>();
    let view: View | null = null;
    let timer: number | null = null;
    let wakeAt = Number.POSITIVE_INFINITY;
    let told = '';

    const wake = (at: number): void => {
      if (at >= wakeAt) return;
      if (timer !== null) clock.clearTimeout(timer);
      wakeAt = at;
      timer = clock.setTimeout(
        () => {
          timer = null;
          wakeAt = Number.POSITIVE_INFINITY;
          wakes.next();
        },
        Math.max(1, at - clock.now()),
      );
    };

    const send = (command: Extract<Command, { do: 'remedy' }>): void => {
      const { incident, remedy, to } = command;
      const order: RemedyOrder = { incident: incident.id, reason: incident.before.says, from: id };
      world.log.info(`[HEALING] ${remedy.type} ${to}: ${incident.before.says}`, { incident: incident.id });
      if (remedy.type === 'RESTART' && to !== 'architectureHealing') {
        habitat.restart(to, remedy.scope ?? 'one', order);
        return;
      }
      const reached = mailboxes.urgent(to, remedyEvent(remedy, incident, order));
      if (!reached) answers.next({ incident: incident.id, at: clock.now(), done: null, failed: `${to} is down` });
    };

    const record = (incident: Incident, what: 'opened' | 'closed' | 'failed'): void => {
      board.note(incident, what);
      if (what === 'failed') habitat.alerts.failed(incident);
      ledgerWriter.write(recordOf(incident, clock.now()));
    };

    let triedAt = clock.now();
    const writeAgain = (): void => {
      if (clock.now() - triedAt < WRITE_AGAIN_MS) return;
      triedAt = clock.now();
      ledgerWriter.again();
    };

    const obey = (round: Round): void => {
      const healed = new Set<string>();
      for (const command of round.commands) {
        if (command.do === 'wake') wake(command.at);
        else if (command.do === 'remedy') send(command);
        else if (command.do === 'escalate') {
          const trip = {
            type: 'TRIP',
            reason: command.reason,
            at: clock.now(),
            severity: command.incident.invariant.severity,
          };
          if (command.incident.invariant.severity !== 'medium') mail.post('healingOperator', trip);
        } else {
          record(command.incident, command.what);
          if (command.incident.phase === 'healed') healed.add(command.incident.invariant.component);
        }
      }
      if (healed.size > 0) sendBack({ type: 'HEALED', components: [...healed] } as EventObject);
    };

    const tell = (round: Round, swept: boolean): void => {
      const open = [...round.incidents.values()];
      const figures = {
        open: open.filter(({ phase }) => phase !== 'failed').length,
        failed: open.filter(({ phase }) => phase === 'failed').length,
        broken: [...round.findings.values()].filter(({ holds }) => holds === false).length,
        unknown: [...round.findings.values()].filter(({ holds }) => holds === null).length,
      };
      const words = JSON.stringify(figures);
      if (!swept && words === told) return;
      told = words;
      sendBack({ type: 'ROUND', at: round.now, swept, ...figures } as EventObject);
    };

    const seen = settled(mailboxes, () => clock.now(), clock.scheduler).pipe(
      map((present): Impulse => {
        view = present;
        return { type: 'seen', view: present };
      }),
    );
    const known = <T>(make: (present: View, value: T) => Impulse) =>
      map((value: T): Impulse | null => (view === null ? null : make(view, value)));
    const impulses = merge(
      seen,
      interval(world.pace.sweepMs, clock.scheduler).pipe(known((present) => ({ type: 'swept', view: present }))),
      wakes.pipe(known((present) => ({ type: 'woken', view: present }))),
      answers.pipe(
        observeOn(clock.scheduler),
        known((present, answer) => ({ type: 'answered', view: present, ...answer })),
      ),
    ).pipe(filter((impulse): impulse is Impulse => impulse !== null));

    let last: Impulse['type'] = 'seen';
    const subscription = impulses
      .pipe(
        map((impulse) => {
          last = impulse.type;
          return impulse;
        }),
        healing(policy, from()),
      )
      .subscribe({
        next: (round) => {
          board.publish(id, round);
          obey(round);
          tell(round, last === 'swept');
          writeAgain();
          afterRound(round, last);
        },
        error: (error: unknown) => world.log.error(`the healing loop of ${id} failed: ${says(error)}`),
      });

    receive((event) => {
      if (event.type === 'REMEDY.DONE') {
        const { incident, evidence } = event as unknown as { incident: string; evidence: Evidence };
        const expired = evidence.figures.expired;
        if (typeof expired === 'number' && expired > 0) {
          world.log.info(`🔧 [HEALING] Auto-expired ${expired} stuck signals to fix pipeline health`, { incident });
        }
        answers.next({ incident, at: clock.now(), done: evidence, failed: null });
      } else if (event.type === 'REMEDY.FAILED') {
        const { incident, error } = event as unknown as { incident: string; error: string };
        answers.next({ incident, at: clock.now(), done: null, failed: error });
      }
    });

    return () => {
      subscription.unsubscribe();
      if (timer !== null) clock.clearTimeout(timer);
    };
  });
}
