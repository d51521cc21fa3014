/** How all of it is, in one document: made of the status, the ledger and the budgets. Pure; no colour is decided here. */
import { nameOf } from '../healing/words.ts';
import { actorOf, type Component } from '../machines/messages.ts';
import type { ComponentView, Overview } from './contract.ts';
import type { Known } from './known.ts';
import { DAY_MS, lastOfEach } from './recent-incidents.ts';
import { heldBack, lastRepair, mttrOf, repairsOf } from './repairs.ts';
import { standingsOf } from './standing.ts';
import { greenShare, type Trouble, troublesOf } from './strip.ts';
import { verdictOf } from './verdict.ts';

/** The incidents of the last 24 h, and those open still, each by its last record. */
function lately({ records, at, status }: Known): ReturnType<typeof lastOfEach> {
  const open = new Set(status.open_incidents.map(({ id }) => id));
  return lastOfEach(records).filter(({ ts, incident_id: id }) => at - ts * 1000 < DAY_MS || open.has(id));
}

/** One view a component, in the order of the status. */
function views(known: Known, troubles: readonly Trouble[]): readonly ComponentView[] {
  const incidents = lately(known);
  return Object.entries(known.status.components).map(([id, one]) => {
    const own = incidents.filter(({ component }) => component === id);
    const actor = known.kind === 'app' ? id : actorOf(id as Component);
    return {
      id,
      actor,
      name: nameOf(id),
      health: one.status,
      critical: one.critical,
      state: one.state,
      checks: { held: one.invariants.filter(({ holds }) => holds === true).length, all: one.invariants.length },
      restarts: one.restarts,
      strip: troubles.filter(({ component }) => component === id).map(({ component: _, ...segment }) => segment),
      last_repair: lastRepair(own),
      budgets: known.budgets[actor] ?? [],
      mttr_ms: mttrOf(own),
    };
  });
}

/** A healer that does not judge any more last said something when it swept. */
const judgedTo = (known: Known): number =>
  known.sweep.last_at !== null && standingsOf(known).some(({ how }) => how === 'unjudged')
    ? Math.min(known.at, known.sweep.last_at)
    : known.at;

/** `GET /api/overview`. */
export function overviewOf(known: Known): Overview {
  const { kind, name, at, speed, status, feed, paper, commands, sweep, since, alertsSent } = known;
  const troubles = troublesOf(known);
  const incidents = lately(known);
  return {
    kind,
    name,
    at,
    speed,
    status,
    verdict: verdictOf(known),
    feed,
    paper,
    commands,
    repairs: repairsOf(incidents, at, greenShare(troubles, since, judgedTo(known))),
    alerts: { sent: alertsSent, held_back: heldBack(incidents) },
    sweep,
    components: views(known, troubles),
  };
}
