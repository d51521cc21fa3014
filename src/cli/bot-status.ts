import type { Bot } from '../actors/bot.ts';
import {
  type CatalogueEntry,
  type ComponentStatus,
  catalogueEntry,
  perComponent,
  type StatusReport,
  worst,
} from '../healing/status.ts';
import type { ActorId, Component } from '../machines/messages.ts';
import type { World } from '../ports/world.ts';

/** `signal_bus` is the actor `signalBus`. */
export const actorOf = (component: Component): ActorId =>
  component.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as ActorId;

/** A healer that has not swept for this many sweeps gives no evidence. */
const SWEEPS_MISSED = 3;

const deadComponent: ComponentStatus = {
  status: 'red',
  state: 'not running',
  restarts: 0,
  invariants: [],
  last_incident: null,
};

/** What is said of a bot that does not run. */
export const notRunning = (
  killReason: string | null,
  trippedBy: readonly string[] = [],
  invariants: readonly CatalogueEntry[] = [],
): StatusReport => ({
  status: 'not_running',
  pid: null,
  uptime_seconds: 0,
  bot_time: null,
  kill_switch: { active: killReason !== null, reason: killReason, tripped_by: trippedBy },
  healing: null,
  pipeline: { status: 'UNKNOWN', stuck_count: 0, by_state: {} },
  components: perComponent(() => deadComponent),
  invariants,
  open_incidents: [],
});

/** The status of a running bot, as its healers see it. */
export function statusOf(bot: Bot, world: World, uptimeSeconds: number): StatusReport {
  const now = world.clock.now();
  const contextOf = (actor: ActorId) => bot.mailboxes.ref(actor)?.getSnapshot().context ?? {};
  const operator = bot.mailboxes.ref('healingOperator')?.getSnapshot();
  const lastSweepAt: number = operator?.context.lastSweepAt ?? bot.board.startedAt;
  const healerAlive = operator?.status === 'active' && now - lastSweepAt < world.pace.sweepMs * SWEEPS_MISSED;
  const children = bot.root.getSnapshot().context.children as readonly { id: string; incarnation: number }[];
  const components = perComponent((component) => {
    const actor = actorOf(component);
    const restarts = Math.max(0, (children.find(({ id }) => id === actor)?.incarnation ?? 1) - 1);
    return bot.board.component(component, now, healerAlive, restarts);
  });
  const kill = { active: operator?.matches({ running: { work: { killSwitch: 'tripped' } } }) === true };
  const pipeline = contextOf('pipelineMonitor');
  return {
    status: worst(Object.values(components).map(({ status }) => status)),
    pid: process.pid,
    uptime_seconds: uptimeSeconds,
    bot_time: new Date(now).toISOString(),
    kill_switch: {
      active: kill.active,
      reason: operator?.context.killReason ?? null,
      tripped_by: operator?.context.killedBy ?? [],
    },
    healing: bot.healing,
    pipeline: {
      status: pipeline.status ?? 'UNKNOWN',
      stuck_count: pipeline.stuckCount ?? 0,
      by_state: pipeline.byState ?? {},
    },
    components,
    invariants: bot.invariants.map((invariant) => catalogueEntry(invariant, bot.board.findings().get(invariant.id))),
    open_incidents: bot.board.openIncidents().map(({ id, invariant, phase, openedAt }) => ({
      id,
      invariant: invariant.id,
      phase,
      opened_at: new Date(openedAt).toISOString(),
    })),
  };
}
