/** How a bot that no longer runs was when its records end: the parts of an overview, and its actors. Pure. */
import type { CatalogueEntry, StatusReport } from '../../../healing/status.ts';
import { perComponent, statePath } from '../../../healing/status.ts';
import type { ActorDetail, ActorEvent, ActorView, IncidentRecord, Moment, Step } from '../../../inspector/contract.ts';
import { actorOf, COMPONENTS } from '../../../machines/messages.ts';
import { notRunning } from '../../bot-status.ts';

export interface LastLife {
  /** The last moment of the records; `null` where there are none. */
  readonly moment: Moment | null;
  /** The last steps of the actors, oldest first. */
  readonly steps: readonly Step[];
  readonly records: readonly IncidentRecord[];
  /** The catalogue of a bot with default settings, of which nothing is known. */
  readonly catalogue: readonly CatalogueEntry[];
  readonly killReason: string | null;
  readonly trippedBy: readonly string[];
}

/** The catalogue with the last words of the ledger. */
const catalogueThen = ({ catalogue, moment }: LastLife): readonly CatalogueEntry[] => {
  const said = new Map(moment?.invariants.map((one) => [one.id, one]));
  return catalogue.map((entry) => {
    const last = said.get(entry.id);
    return last ? { ...entry, holds: last.holds, evidence: { says: last.says } } : entry;
  });
};

/** Nobody runs; each component as the ledger and the flight recorder had it last. */
export function statusAtEnd(life: LastLife): StatusReport {
  const { moment, records, killReason, trippedBy } = life;
  const invariants = catalogueThen(life);
  const report = notRunning(killReason, trippedBy, invariants);
  const actors = new Map(moment?.actors.map((one) => [one.id, one]));
  const healths = new Map(moment?.components.map(({ id, health }) => [id, health]));
  return {
    ...report,
    bot_time: moment === null ? null : new Date(moment.at).toISOString(),
    pipeline: { ...report.pipeline, by_state: moment?.by_state ?? {} },
    components: perComponent((name) => {
      const actor = actors.get(actorOf(name));
      return {
        ...report.components[name],
        status: healths.get(name) ?? 'unknown',
        state: actor ? statePath(actor.value) : 'not running',
        restarts: Math.max(0, (actor?.incarnation ?? 1) - 1),
        invariants: invariants.filter(({ component }) => component === name),
        last_incident: records.findLast(({ component }) => component === name)?.incident_id ?? null,
      };
    }),
  };
}

/** Steps as events: what was taken, without what it carried. */
export const eventsOf = (steps: readonly Step[]): readonly ActorEvent[] =>
  steps.map(({ n, at, actor, event, from, value, taken }) => ({
    seq: n,
    at,
    from,
    to: actor,
    type: event,
    event: null,
    value,
    changed: true,
    taken,
  }));

/** The actors of the last moment. Parents and mail are not in the records. */
export function actorsAtEnd({ moment, steps }: LastLife): readonly ActorView[] {
  const component = new Map(COMPONENTS.map((name) => [actorOf(name) as string, name as string]));
  const healths = new Map(moment?.components.map(({ id, health }) => [id, health]));
  return (moment?.actors ?? []).map(({ context: _, ...actor }) => ({
    ...actor,
    parent: null,
    health: healths.get(component.get(actor.id) ?? '') ?? null,
    mail: null,
    events: steps.filter((step) => step.actor === actor.id).length,
  }));
}

export function actorAtEnd(life: LastLife, id: string): ActorDetail | null {
  const view = actorsAtEnd(life).find((one) => one.id === id);
  if (!view) return null;
  const log = eventsOf(life.steps.filter(({ actor }) => actor === id));
  const visits: Record<string, number> = {};
  for (const taken of log.flatMap((event) => event.taken)) visits[taken] = (visits[taken] ?? 0) + 1;
  const context = life.moment?.actors.find((one) => one.id === id)?.context ?? {};
  return { ...view, context, log, accepts: [], visits };
}
