/** How everything stands that is judged: what the words of verdict and why-chain rest on. Pure; no colour is decided here. */
import { alertsOperator, type Health, WATCHED_MS } from '../healing/health.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { CatalogueEntry, ComponentStatus, InvariantStatus, OpenIncident } from '../healing/status.ts';
import { nameOf } from '../healing/words.ts';
import type { Known } from './known.ts';
import { lastOfEach } from './recent-incidents.ts';

/**
 * What makes its colour. `unjudged`: red, though no check says so: nobody judges. `blind`: red, because nothing is known of
 * a check. `broken`: a check does not hold, and no incident is open yet.
 */
export type How =
  | 'unjudged'
  | 'failed'
  | 'blind'
  | 'observing'
  | 'mending'
  | 'broken'
  | 'watched'
  | 'unknown'
  | 'green';

export interface Standing {
  readonly id: string;
  readonly name: string;
  /** `null` where the status says none: of what is judged beside the components of an older report. */
  readonly health: Health | null;
  readonly critical: boolean;
  /** The feed, a healer: no component. */
  readonly isBeside: boolean;
  readonly how: How;
  readonly invariants: readonly InvariantStatus[];
  /** Its open incidents, those given up first. */
  readonly open: readonly OpenIncident[];
  /** The last record of its last incident that was healed and is watched still. */
  readonly healed: IncidentRecord | null;
  /** Somebody was woken: an incident of a critical invariant was given up. */
  readonly alerted: boolean;
  /** It is among what blocks entries. */
  readonly blocks: boolean;
}

/** The checks of a component: of its own status, or of the catalogue. */
export const checksOf = (id: string, { status }: Pick<Known, 'status'>): readonly InvariantStatus[] =>
  componentOf(id, { status })?.invariants ?? status.invariants.filter(({ component }) => component === id);

/** Both axes as the status has them, of what is judged beside the components too. */
const axesOf = (id: string, known: Pick<Known, 'status'>): Pick<ComponentStatus, 'status' | 'critical'> | null =>
  componentOf(id, known) ?? known.status.beside?.[id] ?? null;

/** Its status, or `null`: it is no component. */
export const componentOf = (id: string, { status }: Pick<Known, 'status'>): ComponentStatus | null =>
  (status.components as Readonly<Record<string, ComponentStatus>>)[id] ?? null;

function howOf(
  health: Health | null,
  { invariants, open, healed }: Pick<Standing, 'invariants' | 'open' | 'healed'>,
): How {
  if (open.some(({ phase }) => phase === 'failed')) return 'failed';
  if (health === 'green' || health === 'unknown') return health;
  if (health === 'red') return invariants.some(({ holds }) => holds === null) ? 'blind' : 'unjudged';
  if (open.some(({ phase }) => phase === 'observing')) return 'observing';
  if (open.length > 0) return 'mending';
  if (invariants.some(({ holds }) => holds === false)) return 'broken';
  if (health === 'yellow' || healed !== null) return 'watched';
  return invariants.some(({ holds }) => holds === null) ? 'unknown' : 'green';
}

const byGravity = (a: OpenIncident, b: OpenIncident): number =>
  Number(b.phase === 'failed') - Number(a.phase === 'failed') || a.opened_at.localeCompare(b.opened_at);

function standingOf(
  id: string,
  { status, at }: Pick<Known, 'status' | 'at'>,
  incidents: readonly IncidentRecord[],
): Standing {
  const known = { status };
  const axes = axesOf(id, known);
  const entries = new Map(status.invariants.map((entry) => [entry.id, entry]));
  const open = status.open_incidents
    .filter(({ invariant }) => entries.get(invariant)?.component === id)
    .toSorted(byGravity);
  const healed =
    incidents.findLast(
      ({ component, status: is, closed_at: closed }) =>
        component === id && is === 'healed' && closed !== null && at - Date.parse(closed) < WATCHED_MS,
    ) ?? null;
  const invariants = checksOf(id, known);
  const alerts = (entry: CatalogueEntry | undefined): boolean => entry !== undefined && alertsOperator(entry);
  return {
    id,
    name: nameOf(id),
    health: axes?.status ?? null,
    isBeside: componentOf(id, known) === null,
    critical: axes?.critical ?? status.invariants.some((one) => one.component === id && alertsOperator(one)),
    how: howOf(axes?.status ?? null, { invariants, open, healed }),
    invariants,
    open,
    healed,
    alerted: open.some(({ phase, invariant }) => phase === 'failed' && alerts(entries.get(invariant))),
    blocks:
      status.kill_switch.active && status.kill_switch.tripped_by.some((one) => entries.get(one)?.component === id),
  };
}

/** Of every component, and of what is judged beside them. */
export function standingsOf(known: Pick<Known, 'status' | 'records' | 'at'>): readonly Standing[] {
  const { components, invariants } = known.status;
  const ids = new Set([...Object.keys(components), ...invariants.map(({ component }) => component)]);
  const incidents = lastOfEach(known.records);
  return [...ids].map((id) => standingOf(id, known, incidents));
}
