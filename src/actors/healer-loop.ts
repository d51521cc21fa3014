import { type EventObject, fromCallback } from 'xstate';
import type { HealingBoard } from '../healing/board.ts';
import type { ChainedLog } from '../healing/chained-log.ts';
import { cutOff } from '../healing/cut-off.ts';
import { healer } from '../healing/healer.ts';
import { blocksEntries } from '../healing/health.ts';
import type { Invariant, Remedy } from '../healing/invariant.ts';
import { recordOf } from '../healing/ledger.ts';
import type { LedgerUses } from '../healing/ledger-uses.ts';
import type { Mailboxes } from '../healing/mailbox.ts';
import type { Impulse, Policy, Round } from '../healing/round.ts';
import type { RemedyWish, Wishes } from '../healing/wish.ts';
import type { RemedyOrder } from '../machines/life.ts';
import type { Evidence } from '../machines/messages.ts';
import type { TimerId } from '../ports/clock.ts';
import { says } from '../ports/says.ts';
import type { Habitat } from './effects.ts';
import type { HealingAlerts } from './healing-alerts.ts';
import type { RecordWriter } from './recorder.ts';

/** Incidents that could not be recorded are tried again so often at most. */
const WRITE_AGAIN_MS = 1_000;

/** A child that is told to end ends within this, ms; before its answer is overdue. */
const CHILD_ENDS_WITHIN_MS = 2_000;

/** What a healer needs beyond a habitat. */
export interface HealingHabitat extends Habitat {
  readonly mailboxes: Mailboxes;
  readonly board: HealingBoard;
  readonly invariants: readonly Invariant[];
  /** `logs/healing.jsonl`, owned by the operator. */
  readonly chain: ChainedLog;
  /** What the ledger said of the budgets when it was opened. */
  readonly ledgerUses: LedgerUses;
  /** Through it both healers write to the ledger. What the disk refuses waits in order: no incident is lost. */
  readonly ledgerWriter: RecordWriter;
  /** Never the same twice, over healers, their incarnations, and the bot's own restarts. */
  readonly newIncidentId: () => string;
  /** Whether remedies are sent, or only planned and recorded. */
  readonly mode: 'act' | 'observe';
  /** Which actors a remedy stops or changes. */
  readonly affects: (to: string, remedy: Remedy) => readonly string[];
  readonly alerts: HealingAlerts;
  /** Where the answers to what people asked for go. */
  readonly wishes: Wishes;
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

/** The loop of a healer as a child actor: the healing loop, with this bot's ledger, board and kill switch. */
export function healerLoop(habitat: HealingHabitat, { id, policy, from, afterRound }: HealerLoopOptions) {
  const { world, mail, mailboxes, board, ledgerWriter } = habitat;
  const { clock } = world;

  return fromCallback<EventObject, null>(({ sendBack, receive }) => {
    let told = '';
    let triedAt = clock.now();
    const writeAgain = (): void => {
      if (clock.now() - triedAt < WRITE_AGAIN_MS) return;
      triedAt = clock.now();
      ledgerWriter.again();
    };

    const tellHealed = ({ commands }: Round): void => {
      const healed = commands.flatMap((command) =>
        command.do === 'record' && command.incident.phase === 'healed' ? [command.incident.invariant.component] : [],
      );
      if (healed.length > 0) sendBack({ type: 'HEALED', components: [...new Set(healed)] } as EventObject);
    };

    const tell = (round: Round, swept: boolean): void => {
      const open = [...round.incidents.values()];
      const figures = {
        open: open.filter(({ phase }) => phase !== 'failed').length,
        failed: open.filter(({ phase }) => phase === 'failed').length,
        broken: round.brokenSince.size,
        unknown: round.unknownSince.size,
      };
      const words = JSON.stringify(figures);
      if (!swept && words === told) return;
      told = words;
      sendBack({ type: 'ROUND', at: round.now, swept, ...figures } as EventObject);
    };

    let cutting: TimerId | null = null;
    /** One that is deaf does not take its order to end: no supervisor would force it. */
    const cutOffLater = (order: RemedyOrder): void => {
      const child = mailboxes.ref('architectureHealing');
      if (cutting !== null) clock.clearTimeout(cutting);
      cutting = clock.setTimeout(() => {
        cutting = null;
        if (child === null || child !== mailboxes.ref('architectureHealing')) return;
        if (child.getSnapshot().status !== 'active') return;
        cutOff(child);
        sendBack({ type: 'CHILD.CUT', order } as EventObject);
      }, CHILD_ENDS_WITHIN_MS);
    };

    const { answer, ask, fail, stop } = healer({
      id,
      mailboxes,
      clock,
      policy,
      judgeMs: world.pace.judgeMs,
      sweepMs: world.pace.sweepMs,
      from: from(),
      // The operator brings back its child itself.
      restart: (actor, scope, order) => {
        if (actor === 'architectureHealing') {
          cutOffLater(order);
          return false;
        }
        habitat.restart(actor, scope, order);
        return true;
      },
      begun: (round) => board.publish(id, round),
      remedying: ({ remedy, incident, to }) =>
        world.log.info(`[HEALING] ${remedy.type} ${to}: ${incident.before.says}`, { incident: incident.id }),
      record: (incident, what) => {
        board.note(incident, what);
        if (what === 'failed') habitat.alerts.failed(incident);
        const line = recordOf(incident, clock.now());
        ledgerWriter.write(line);
        board.recorded.next(line);
      },
      escalate: ({ invariant }, reason) => {
        const { id: broken, severity } = invariant;
        if (!blocksEntries(invariant)) return;
        const trip = { type: 'TRIP', reason, at: clock.now(), severity, by: [broken] };
        habitat.killSwitch.untaken = trip;
        mail.post('healingOperator', trip);
        // Its keeper may be deaf, and unable to open when it is not any more: entries are blocked whatever becomes of it.
        if (!habitat.killSwitch.present?.active) mail.post('safetyLayer', { type: 'KILL', active: true, reason });
      },
      granted: (wish, came) => habitat.wishes.answer(wish, came),
      obeyed: (round, impulse) => {
        tellHealed(round);
        tell(round, impulse === 'swept');
        writeAgain();
        afterRound(round, impulse);
      },
      // A healer whose loop fell over is started anew; until then it does not sweep, and that is red.
      failed: (error) => {
        const reason = `the healing loop of ${id} failed: ${says(error)}`;
        world.log.error(reason);
        sendBack({ type: 'RESTART', incident: 'its own', reason, from: id } as EventObject);
      },
    });

    const take = (event: EventObject): void => {
      if (event.type === 'REMEDY.DONE') {
        const { incident, evidence } = event as unknown as { incident: string; evidence: Evidence };
        const expired = evidence.figures.expired;
        if (typeof expired === 'number' && expired > 0) {
          world.log.info(`🔧 [HEALING] Auto-expired ${expired} stuck signals to fix pipeline health`, { incident });
        }
        answer(incident, evidence, null);
      } else if (event.type === 'REMEDY.FAILED') {
        const { incident, error } = event as unknown as { incident: string; error: string };
        answer(incident, null, error);
      } else if (event.type === 'REMEDY.ASKED') {
        const { wish } = event as unknown as { wish: RemedyWish };
        world.log.warn(`[HEALING] ${wish.by} asked for ${wish.remedy ?? 'a remedy'} of ${wish.invariant}`);
        ask(wish);
      }
    };
    receive((event) => {
      try {
        take(event);
      } catch (error) {
        // XState ends a callback that throws, and never calls its cleanup.
        fail(error);
      }
    });
    return () => {
      if (cutting !== null) clock.clearTimeout(cutting);
      stop();
    };
  });
}
