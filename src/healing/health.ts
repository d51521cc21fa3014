/**
 * The one place where it is decided how a component is (its health), and whether a person is woken for it (whether it is
 * critical). Status, page, API, metrics and the alerts read what comes out here; nobody works it out anew.
 */
import { type Incident, isOpen } from './incident.ts';
import type { Finding, Invariant, Severity } from './invariant.ts';

/** What a person and a script are told. `unknown`: no fresh evidence yet. It is not green, and decays to red on a deadline. */
export type Health = 'green' | 'yellow' | 'red' | 'unknown';

/** How long a healed component stays yellow: healed and still watched. */
export const WATCHED_MS = 600_000;
/** How long a component may be without evidence before that is red. */
export const UNKNOWN_IS_RED_AFTER_MS = 30_000;

/** Is the operator alerted when this cannot be healed? */
export const alertsOperator = ({ severity }: { readonly severity: Severity | string }): boolean =>
  severity === 'critical';

/** Are entries blocked when this cannot be healed? */
export const blocksEntries = ({ severity }: { readonly severity: Severity | string }): boolean => severity !== 'medium';

/** What a healer knows of one component. */
export interface Judged {
  readonly now: number;
  readonly startedAt: number;
  /** Whether its healer judges: without one there is no evidence. */
  readonly isJudged: boolean;
  readonly invariants: readonly {
    readonly invariant: Invariant;
    readonly finding: Finding | undefined;
    /** Since when nothing is known of it, ms. */
    readonly unknownSince?: number | undefined;
  }[];
  readonly open: readonly Incident[];
  /** When it was last healed, or brought back by its supervisor, ms. */
  readonly lastHealedAt: number | null;
}

/** Both axes. */
export interface Judgement {
  readonly health: Health;
  readonly critical: boolean;
}

/**
 * Whoever was just restarted cannot say yet how he is, nor what depends on him. That is no want of evidence while his incident is open:
 * it was seen that he is broken, and the healer has a deadline of his own, after which he is red, also while it is tried again.
 */
const isBeingHealed = (open: readonly Incident[], { id, dependsOn }: Invariant): boolean =>
  open.some(
    (one) =>
      isOpen(one) &&
      one.phase !== 'observing' &&
      one.verdict === null &&
      (one.invariant.id === id || dependsOn.includes(one.invariant.id)),
  );

/**
 * Green: every invariant holds on fresh evidence and nothing was healed for ten minutes. Yellow: healing, or healed and
 * still watched. Unknown: no evidence yet. Red: a remedy failed, a budget is spent, or there is no evidence and nobody is healing (DESIGN §6).
 */
function healthOf({ now, startedAt, isJudged, invariants, open, lastHealedAt }: Judged): Health {
  if (!isJudged || open.some(({ phase }) => phase === 'failed')) return 'red';
  const unknown = invariants.filter(({ finding }) => finding === undefined || finding.holds === null);
  const doubtful = unknown.filter(({ invariant }) => !isBeingHealed(open, invariant));
  const isUnknown = invariants.length === 0 || doubtful.length > 0;
  // Before the first bar nobody can know: that is no want of evidence either, and no evidence.
  const isOwed =
    invariants.length === 0 ||
    doubtful.some(
      ({ invariant: { knownWithinMs = 0 }, unknownSince = startedAt }) =>
        knownWithinMs === 0 || now - unknownSince >= knownWithinMs,
    );
  if (isOwed && now - startedAt > UNKNOWN_IS_RED_AFTER_MS) return 'red';
  const isBroken = invariants.some(({ finding }) => finding?.holds === false);
  const isWatched = lastHealedAt !== null && now - lastHealedAt < WATCHED_MS;
  if (isBroken || open.some(isOpen) || isWatched) return 'yellow';
  return isUnknown ? 'unknown' : 'green';
}

/**
 * By what is wrong with it, where something is: a symptom nobody is woken for does not become critical because the same
 * component could break worse. By all that could be, where nothing is wrong.
 */
function isCritical({ invariants, open }: Pick<Judged, 'invariants' | 'open'>): boolean {
  const wrong = [
    ...open.filter(isOpen).map(({ invariant }) => invariant),
    ...invariants.filter(({ finding }) => finding?.holds === false).map(({ invariant }) => invariant),
  ];
  const all = invariants.map(({ invariant }) => invariant);
  return (wrong.length > 0 ? wrong : all).some(alertsOperator);
}

/** The reducer: what a healer knows of a component becomes its health, and whether that is critical. */
export const judgementOf = (judged: Judged): Judgement => ({ health: healthOf(judged), critical: isCritical(judged) });

const RANK = { red: 0, yellow: 1, unknown: 2, green: 3 } as const satisfies Record<Health, number>;

/** For sorting: the worst first. */
export const byHealth = (a: Health, b: Health): number => RANK[a] - RANK[b];

/** The worst of them. Of nothing, nothing is known. */
export const worst = (healths: readonly Health[]): Health => [...healths].sort(byHealth)[0] ?? 'unknown';
