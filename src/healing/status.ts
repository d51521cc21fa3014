import { COMPONENTS, type Component } from '../machines/messages.ts';
import type { Health } from './health.ts';
import type { Incident } from './incident.ts';
import { type Finding, type Invariant, type Remedy, rungsOf, type Severity } from './invariant.ts';

export type { Health } from './health.ts';

export interface InvariantStatus {
  readonly id: string;
  /** `null`: it could not be found out. */
  readonly holds: boolean | null;
  readonly evidence: { readonly says: string } & Readonly<Record<string, unknown>>;
  /** ISO-8601, when the evidence was taken; `null` when there is none. */
  readonly checked_at: string | null;
}

/** An invariant as the catalogue has it, with what was found last. */
export interface CatalogueEntry extends InvariantStatus {
  readonly component: string;
  readonly severity: Severity;
  /** How long it must be broken before it counts, ms. */
  readonly patience_ms: number;
  readonly depends_on: readonly string[];
  /** The ladder, in words, in the order in which it is climbed. */
  readonly remedies: readonly string[];
}

/** An incident that is open, and what is being done about it. */
export interface OpenIncident {
  readonly id: string;
  readonly invariant: string;
  readonly phase: Incident['phase'];
  readonly opened_at: string;
}

/** `kintsugi status --json`, of one component. */
export interface ComponentStatus {
  readonly status: Health;
  /** Whether the operator is alerted when it cannot be healed. */
  readonly critical: boolean;
  /** The statechart's state, as a path: `running.work.beating`. */
  readonly state: string;
  readonly restarts: number;
  readonly invariants: readonly InvariantStatus[];
  /** Id of the last incident, or `null`. */
  readonly last_incident: string | null;
}

/** What stands between the bot and real money. */
export interface LiveStatus {
  readonly exchange: string;
  readonly testnet: boolean;
  /** Tells accounts apart, and no key. */
  readonly account: string;
  /** Whether the way out that needs no bot was found to work, and what its test said; `null`: not tested yet. */
  readonly kill_path: { readonly ok: boolean; readonly says: string; readonly at: string } | null;
  /** What the keys may do, in words; `null`: not asked yet. */
  readonly keys: string | null;
  /** Why no entries may be made, for a reason outside of the bot; `null` for none. */
  readonly entries_held: string | null;
}

export interface StatusReport {
  /** The worst of all that is judged: of the components, and of the feed and the healers beside them. */
  readonly status: Health | 'not_running';
  readonly pid: number | null;
  readonly uptime_seconds: number;
  /** The bot's own clock, ISO-8601: a replay's is not the wall's. */
  readonly bot_time: string | null;
  readonly kill_switch: {
    readonly active: boolean;
    readonly reason: string | null;
    /** Invariants whose incidents tripped it. */
    readonly tripped_by: readonly string[];
  };
  /** `observe`: remedies are planned and not sent. `null`: no bot runs. */
  readonly healing: 'act' | 'observe' | null;
  readonly pipeline: {
    readonly status: string;
    readonly stuck_count: number;
    readonly by_state: Readonly<Record<string, number>>;
  };
  readonly components: Readonly<Record<Component, ComponentStatus>>;
  /** What is judged beside the components: the feed and the healers, by the name their invariants give them. */
  readonly beside?: Readonly<Record<string, Pick<ComponentStatus, 'status' | 'critical'>>>;
  /** All there are, of the feed and the healers too. */
  readonly invariants: readonly CatalogueEntry[];
  readonly open_incidents: readonly OpenIncident[];
  /** Where its page is served, without the token; missing or `null`: nowhere. */
  readonly inspector?: string | null;
  /** Missing or `null`: paper money. */
  readonly live?: LiveStatus | null;
}

/** A state value as a path a person can read: `running.work.beating`, parallel states joined by `+`. */
export function statePath(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return 'unknown';
  return Object.entries(value)
    .map(([key, below]) => {
      const path = statePath(below);
      return path === '' ? key : `${key}.${path}`;
    })
    .join(' + ');
}

export const invariantStatus = (invariant: Invariant, finding: Finding | undefined): InvariantStatus => ({
  id: invariant.id,
  holds: finding?.holds ?? null,
  evidence: { ...(finding?.figures ?? {}), says: finding?.says ?? 'there is no evidence' },
  checked_at: finding ? new Date(finding.takenAt).toISOString() : null,
});

/** `RESTART signalBus, and what depends on it`; where the addressee depends on what is seen, it is left out. */
const remedyWords = (remedy: Remedy, { actor }: Invariant): string => {
  const to = typeof remedy.to === 'function' ? 'whoever is the cause' : (remedy.to ?? actor);
  if (remedy.type === 'REPAIR') return `REPAIR ${to}: ${remedy.target}`;
  if (remedy.type === 'EXPIRE') return `EXPIRE ${to}: older than ${Math.round(remedy.olderThanMs / 60_000)} min`;
  return `RESTART ${to}${remedy.scope === 'rest' ? ' and what depends on it' : ''}`;
};

export const catalogueEntry = (invariant: Invariant, finding: Finding | undefined): CatalogueEntry => ({
  ...invariantStatus(invariant, finding),
  component: invariant.component,
  severity: invariant.severity,
  patience_ms: invariant.patienceMs,
  depends_on: invariant.dependsOn,
  remedies: rungsOf(invariant).map((remedy) => remedyWords(remedy, invariant)),
});

export const openIncidentOf = ({ id, invariant, phase, openedAt }: Incident): OpenIncident => ({
  id,
  invariant: invariant.id,
  phase,
  opened_at: new Date(openedAt).toISOString(),
});

/** One entry for each of the thirteen. */
export const perComponent = (of: (component: Component) => ComponentStatus): StatusReport['components'] =>
  Object.fromEntries(COMPONENTS.map((component) => [component, of(component)])) as StatusReport['components'];
