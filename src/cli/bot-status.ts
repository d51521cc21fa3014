import type { Bot } from '../actors/bot.ts';
import { alertsOperator, worst } from '../healing/health.ts';
import {
  type CatalogueEntry,
  type ComponentStatus,
  catalogueEntry,
  openIncidentOf,
  perComponent,
  type StatusReport,
} from '../healing/status.ts';
import { type ActorId, actorOf, COMPONENTS } from '../machines/messages.ts';
import type { World } from '../ports/world.ts';

/** A healer that has not swept for this many sweeps gives no evidence. */
const SWEEPS_MISSED = 3;

const deadComponent: Omit<ComponentStatus, 'critical'> = {
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
  components: perComponent((name) => ({
    ...deadComponent,
    critical: invariants.some((one) => one.component === name && alertsOperator(one)),
  })),
  invariants,
  open_incidents: [],
});

/** The status of a running bot, as its healers see it. */
export function statusOf(
  bot: Pick<Bot, 'board' | 'healing' | 'invariants' | 'mailboxes' | 'root'>,
  world: Pick<World, 'clock' | 'pace'>,
  uptimeSeconds: number,
): StatusReport {
  const now = world.clock.now();
  const contextOf = (actor: ActorId) => bot.mailboxes.ref(actor)?.getSnapshot().context ?? {};
  const operator = bot.mailboxes.ref('healingOperator')?.getSnapshot();
  const lastSweepAt: number = operator?.context.lastSweepAt ?? bot.board.startedAt;
  const healerAlive = operator?.status === 'active' && now - lastSweepAt < world.pace.sweepMs * SWEEPS_MISSED;
  const children = bot.root.getSnapshot().context.children as readonly { id: string; incarnation: number }[];
  const components = perComponent((component) => {
    const actor = actorOf(component);
    const restarts = Math.max(0, (children.find(({ id }) => id === actor)?.incarnation ?? 1) - 1);
    return bot.board.component(component, { now, isJudged: healerAlive, restarts });
  });
  // The feed and the healers stand in no list, and what breaks there is no less broken.
  const beside = Object.fromEntries(
    [...new Set(bot.invariants.map(({ component }) => component))]
      .filter((name) => !(COMPONENTS as readonly string[]).includes(name))
      .map((name) => {
        const { health, critical } = bot.board.judgement(name, { now, isJudged: healerAlive });
        return [name, { status: health, critical }];
      }),
  );
  const judged = [...Object.values(components), ...Object.values(beside)];
  const kill = { active: operator?.matches({ running: { work: { killSwitch: 'tripped' } } }) === true };
  const pipeline = contextOf('pipelineMonitor');
  return {
    status: worst(judged.map(({ status }) => status)),
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
    beside,
    invariants: bot.invariants.map((invariant) => catalogueEntry(invariant, bot.board.findings().get(invariant.id))),
    open_incidents: bot.board.openIncidents().map(openIncidentOf),
  };
}
