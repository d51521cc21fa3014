import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { eitherUses, RESTART_INTENSITY, usesWithin } from '../healing/budget.ts';
import { cutOff } from '../healing/cut-off.ts';
import type { Invariant } from '../healing/invariant.ts';
import {
  afterTime,
  type EscalationState,
  escalationState,
  type KillSwitch,
  killSwitchOff,
  trip,
} from '../healing/kill-switch.ts';
import { type Command, type Round, restful } from '../healing/round.ts';
import { supervisable } from '../healing/supervisable.ts';
import { withFastPath } from '../machines/compile/fast-path.ts';
import { provided } from '../machines/compile/provided.ts';
import { healingOperator } from '../machines/healing-operator.ts';
import { says } from '../ports/says.ts';
import { ARCHITECTURE, architectureHealingActor, policyFor } from './architecture-healing.ts';
import { lifeEffects } from './effects.ts';
import { type HealingHabitat, healerLoop } from './healer-loop.ts';
import { ownedFile } from './owned-file.ts';
import { ownedLog } from './owned-log.ts';
import { isoTime } from './records.ts';

export const ESCALATION_FILE = 'feature_store/healing_escalation_state.json';
export const LEDGER_FILE = 'logs/healing.jsonl';

/** The operator: heals what its child does not, keeps the ledger, and holds the kill switch. */
export function healingOperatorActor(habitat: HealingHabitat): AnyStateMachine {
  const { world, mail, mailboxes, board, ledgerWriter, chain, ledgerUses, alerts, killSwitch: known } = habitat;
  const ledger = ownedLog(world, LEDGER_FILE, chain);
  const { clock } = world;
  const acts = ({ actor }: Invariant) => !ARCHITECTURE.has(actor);
  const policy = policyFor(habitat, habitat.invariants, acts, 'healingOperator');
  const present = (): KillSwitch => known.present ?? killSwitchOff;
  let restored: Round = board.round('healingOperator');
  let saved = false;
  /** Counted, because one saving that is done says nothing of the next. Where the disk did not take the last, it is tried again at the next sweep. */
  let lastAsked = 0;
  let lastTaken = 0;
  /** What the process before left was read. Before that nothing is known that could be written over it. */
  const isRead = (): boolean => known.present !== null;
  let self: AnyActorRef | null = null;
  let savedSpent = board.round('architectureHealing').spent;

  /** What both healers count, by name: the times that some limit still looks at. */
  const counted = (what: 'spent' | 'recurrences'): Record<string, number[]> => {
    const all = new Map<string, number[]>();
    for (const healer of ['healingOperator', 'architectureHealing'])
      for (const [name, times] of board.round(healer)[what]) {
        const still = usesWithin(eitherUses(all.get(name) ?? [], times), policy.recurring, clock.now());
        if (still.length > 0) all.set(name, still);
      }
    return Object.fromEntries(all);
  };

  const state = (): EscalationState => {
    const kill = present();
    return {
      soft_kill_switch_active: kill.active,
      escalation_status: kill.active ? 'soft_kill_switch' : 'normal',
      reason: kill.reason,
      tripped_by: [...kill.by],
      paused_by_hand: kill.byHand,
      last_escalation: kill.trippedAt === null ? null : isoTime(kill.trippedAt),
      budgets: counted('spent'),
      recurrences: counted('recurrences'),
      ledger_head: chain.head,
      recent_incidents: [...chain.recent],
      last_healed: board.lastHealed,
      last_updated: isoTime(clock.now()),
    };
  };

  const save = async (): Promise<void> => {
    const asked = ++lastAsked;
    await world.pending.track(world.store.save(ESCALATION_FILE, state()));
    lastTaken = Math.max(lastTaken, asked);
    saved = true;
  };
  const saveSoon = (): void => {
    save().catch((error: unknown) => world.log.error(`the kill switch's state could not be saved: ${says(error)}`));
  };

  /** @param left what the process before has left in its file; `null` where there is none that can be read */
  const inheritCounts = (left: EscalationState | null): void => {
    const now = clock.now();
    const spent = ledgerUses.spent(now);
    for (const [purse, times] of Object.entries(left?.budgets ?? {}))
      spent.set(purse, eitherUses(times, spent.get(purse) ?? []));
    if (left === null && spent.size === 0) return;
    const recurrences = new Map(Object.entries(left?.recurrences ?? {}));
    // By a clock that was ahead, and by more than a moment: until that time has come nothing would be healed.
    const atMost = (at: number): number => (at > now + RESTART_INTENSITY.withinMs ? now : at);
    const byNow = (uses: Iterable<readonly [string, readonly number[]]>) =>
      new Map([...uses].map(([name, times]) => [name, times.map(atMost)] as const));
    const kept = { spent: byNow(spent), recurrences: byNow(recurrences) };
    restored = { ...restored, ...kept };
    // Both begin from their round on the board; a child that has judged already knows better than the disk.
    board.publish('healingOperator', restored);
    if (board.round('architectureHealing') === restful) board.publish('architectureHealing', { ...restful, ...kept });
  };

  const inherit = (left: EscalationState): void => {
    for (const [component, healedAt] of Object.entries(left.last_healed ?? {})) board.watch(component, healedAt);
    if (left.ledger_head) chain.goOnFrom(left.ledger_head);
    const reason = left.reason ?? 'it was active when the bot stopped';
    known.present = left.soft_kill_switch_active
      ? trip(killSwitchOff, reason, clock.now(), left.tripped_by, left.paused_by_hand)
      : killSwitchOff;
  };

  const restore = async (): Promise<void> => {
    const loaded = await world.store.load(ESCALATION_FILE, escalationState);
    let unreadable: string | null = null;
    if (!loaded.ok && !loaded.missing) {
      const kept = await world.quarantine.keep(ESCALATION_FILE, 0, loaded.bytes, loaded.reason);
      unreadable = `its state could not be read (${loaded.reason}); the bytes are in ${kept.file}`;
    }
    // Who was healer in this process before us has read it, and knows what the disk has refused since.
    if (!isRead()) {
      inheritCounts(loaded.ok ? loaded.value : null);
      if (loaded.ok) inherit(loaded.value);
      else known.present = unreadable === null ? killSwitchOff : trip(killSwitchOff, unreadable, clock.now());
    }
    await save();
  };

  const life = lifeEffects('healingOperator', habitat, {
    open: async (ref) => {
      self = ref;
      await ledger.open();
      await restore();
    },
    begin: (ref) => {
      const { active, reason, by, byHand } = present();
      if (active) ref.send({ type: 'TRIP', reason: reason ?? '', at: clock.now(), by, byHand });
    },
    files: [
      ledger,
      ownedFile(
        world,
        ESCALATION_FILE,
        () => saved,
        (bytes) => {
          try {
            const parsed = escalationState.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
            return parsed.success ? null : parsed.error.message;
          } catch (error) {
            return says(error);
          }
        },
      ),
    ],
    repair: async (target) => {
      if (target === 'ledger') return ledger.repair();
      if (!isRead())
        throw new Error(`${ESCALATION_FILE} was not read yet: nothing is known that could be written there`);
      const bytes = await world.files.read(ESCALATION_FILE);
      if (bytes !== null) await world.quarantine.keep(ESCALATION_FILE, 0, bytes, 'it could not be read');
      await save();
      return { says: `${ESCALATION_FILE} was written from memory`, figures: { active: present().active } };
    },
    close: async () => {
      const child = mailboxes.ref('architectureHealing');
      // A deaf one has not taken its end, and would go on healing beside the next.
      if (child?.getSnapshot().status === 'active') cutOff(child);
      try {
        if (isRead()) await save();
      } finally {
        await ledgerWriter.settle();
        await ledger.close();
      }
    },
  });

  const throwSwitch = (active: boolean, reason: string, by: readonly string[], byHand: boolean): void => {
    const before = present();
    known.untaken = null;
    known.present = active
      ? trip(before, reason, clock.now(), by, byHand)
      : { ...killSwitchOff, lastTroubleAt: before.lastTroubleAt, lookedAt: before.lookedAt };
    mail.post('safetyLayer', { type: 'KILL', active, reason } as { type: string });
    saveSoon();
    world.log.warn(active ? `[HEALING] KILL SWITCH on: ${reason}` : `[HEALING] kill switch off: ${reason}`);
    alerts.switched(active, reason, before.active && active && before.reason === reason, byHand);
  };

  const afterRound = (round: Round, impulse: string): void => {
    const { spent } = board.round('architectureHealing');
    const isNews = ({ do: what, ...command }: Command): boolean =>
      what === 'remedy' || (what === 'record' && 'incident' in command && command.incident.phase === 'healed');
    if (spent !== savedSpent || round.commands.some(isNews)) saveSoon();
    savedSpent = spent;
    if (impulse !== 'swept') return;
    if (lastTaken < lastAsked) saveSoon();
    // Its keeper has not taken by now what it was posted at once: it is deaf. Entries are blocked all the same.
    if (known.untaken) throwSwitch(true, known.untaken.reason, known.untaken.by, false);
    const trouble = board.openIncidents().length > 0;
    const before = present();
    const kill = afterTime(before, trouble, clock.now(), world.pace.sweepMs);
    known.present = kill;
    // Told again at every sweep: a safety layer that was restarted in the moment of the trip would not know.
    if (kill.active)
      mail.post('safetyLayer', { type: 'KILL', active: true, reason: kill.reason ?? '' } as { type: string });
    if (before.active && !kill.active) self?.send({ type: 'RESET', reason: 'an hour without trouble' });
    else alerts.swept([board.round('healingOperator'), board.round('architectureHealing')], kill);
  };

  return provided(healingOperator, {
    actors: {
      ...life.actors,
      loop: healerLoop(habitat, { id: 'healingOperator', policy, from: () => restored, afterRound }),
      architectureHealing: supervisable(withFastPath(architectureHealingActor(habitat)), (event) =>
        mailboxes.processed('architectureHealing', event),
      ) as never,
    },
    actions: {
      ...life.actions,
      tellHealed: (_, { components }) => world.log.info(`🔧 [HEALING] Components healed: ${components.join(', ')}`),
      addCause: (_, { reason, by, byHand }) => {
        const before = present();
        const kill = trip(before, reason, clock.now(), by, byHand);
        known.untaken = null;
        known.present = kill;
        if (kill.by.length > before.by.length || kill.byHand !== before.byHand) saveSoon();
      },
      throwSwitch: (_, { active, reason, by, byHand }) => throwSwitch(active, reason, by, byHand),
    },
  });
}
