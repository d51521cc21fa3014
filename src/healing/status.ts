import { COMPONENTS, type Component } from '../machines/messages.ts';
import type { Incident } from './incident.ts';
import { type Finding, type Invariant, type Remedy, rungsOf, type Severity } from './invariant.ts';

/** What a person and a script are told: `kintsugi status --json`. */
export type Colour = 'green' | 'yellow' | 'red';
/** `unknown`: no fresh evidence yet. It is not green, and decays to red on a deadline. */
export type Health = Colour | 'unknown';

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

export interface ComponentStatus {
  readonly status: Colour;
  /** The statechart's state, as a path: `running.work.beating`. */
  readonly state: string;
  readonly restarts: number;
  readonly invariants: readonly InvariantStatus[];
  /** Id of the last incident, or `null`. */
  readonly last_incident: string | null;
}

export interface StatusReport {
  readonly status: Colour | 'not_running';
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
  /** All there are, of the feed and the healers too. */
  readonly invariants: readonly CatalogueEntry[];
  readonly open_incidents: readonly OpenIncident[];
}

/** How long a healed component stays yellow: healed and still watched. */
export const WATCHED_MS = 600_000;
/** How long a component may be without evidence before that is red. */
export const UNKNOWN_IS_RED_AFTER_MS = 30_000;

/** What a healer knows of one component, for its colour. */
export interface Judged {
  readonly now: number;
  readonly startedAt: number;
  readonly invariants: readonly { readonly invariant: Invariant; readonly finding: Finding | undefined }[];
  readonly open: readonly Incident[];
  readonly lastHealedAt: number | null;
}

/**
 * Green: every invariant holds on fresh evidence and nothing was healed for ten minutes. Yellow: healing, or healed and
 * still watched, or not yet known. Red: a remedy failed, a budget is spent, or there is no evidence (DESIGN §6).
 */
export function colourOf({ now, startedAt, invariants, open, lastHealedAt }: Judged): Colour {
  if (open.some(({ phase }) => phase === 'failed')) return 'red';
  const unknown = invariants.some(({ finding }) => finding === undefined || finding.holds === null);
  if (unknown && now - startedAt > UNKNOWN_IS_RED_AFTER_MS) return 'red';
  const broken = invariants.some(({ finding }) => finding?.holds === false);
  const watched = lastHealedAt !== null && now - lastHealedAt < WATCHED_MS;
  return unknown || broken || open.length > 0 || watched ? 'yellow' : 'green';
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

/** The worst of the colours. */
export const worst = (colours: readonly Colour[]): Colour =>
  colours.includes('red') ? 'red' : colours.includes('yellow') ? 'yellow' : 'green';

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

/** One entry for each of the thirteen. */
export const perComponent = (of: (component: Component) => ComponentStatus): StatusReport['components'] =>
  Object.fromEntries(COMPONENTS.map((component) => [component, of(component)])) as StatusReport['components'];
