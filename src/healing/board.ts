import { Subject } from 'rxjs';
import { type Limits, purseOf, usesWithin } from './budget.ts';
import { type Judgement, judgementOf } from './health.ts';
import type { Incident } from './incident.ts';
import { type Finding, type Invariant, type Remedy, rungsOf } from './invariant.ts';
import type { IncidentRecord } from './ledger.ts';
import { type Round, restful } from './round.ts';
import { type ComponentStatus, invariantStatus, statePath } from './status.ts';

/** When a component is looked at, and what is known of it besides what its healers found. */
export interface Asked {
  readonly now: number;
  /** Whether a healer has judged lately: without one there is no evidence, and that is red. */
  readonly isJudged: boolean;
  /** When its supervisor last brought it back, ms: it is watched from then on. */
  readonly restartedAt?: number | null;
}

/** How often an actor may be sent a remedy of a kind, and how often still. */
export interface Budget {
  readonly remedy: Remedy['type'];
  readonly left: number;
  readonly most: number;
  readonly within_ms: number;
}

const REMEDIES = ['EXPIRE', 'REPAIR', 'RESTART'] as const satisfies readonly Remedy['type'][];

/** Could this invariant's ladder send that actor such a remedy? */
const takes = (invariant: Invariant, actor: string, remedy: Remedy['type']): boolean =>
  rungsOf(invariant).some(({ type, to }) => type === remedy && (to ?? invariant.actor) === actor);

/** What the healers have found and done, for everyone who wants to know: status, summary, inspector. One object a system. */
export class HealingBoard {
  readonly #rounds = new Map<string, Round>();
  readonly #lastHealedAt = new Map<string, number>();
  readonly #lastIncident = new Map<string, string>();
  readonly #invariants: readonly Invariant[];
  readonly #judge: string;
  readonly counts = { total: 0, healed: 0, failed: 0, cleared: 0 };
  startedAt = 0;
  #judgedSince: number | null = null;
  /** Every record of an incident, as it is given to the ledger. */
  readonly recorded = new Subject<IncidentRecord>();

  /** @param judge the healer that judges every component; others act for some */
  constructor(invariants: readonly Invariant[], judge = 'healingOperator') {
    this.#invariants = invariants;
    this.#judge = judge;
  }

  publish(healer: string, round: Round): void {
    this.#rounds.set(healer, round);
    if (this.#judgedSince !== null || healer !== this.#judge) return;
    const isKnown = ({ id }: Invariant): boolean => (round.findings.get(id)?.holds ?? null) !== null;
    if (this.#invariants.every(isKnown)) this.#judgedSince = round.now;
  }

  /** When every invariant had been judged for the first time, ms; `null` while something was never known. */
  get judgedSince(): number | null {
    return this.#judgedSince;
  }

  note(incident: Incident, what: 'opened' | 'planned' | 'closed' | 'failed'): void {
    const { component } = incident.invariant;
    this.#lastIncident.set(component, incident.id);
    if (what === 'planned') return;
    // That it flaps is told as another opening.
    if (what === 'opened') this.counts.total += incident.flaps ? 0 : 1;
    else if (what === 'failed') this.counts.failed++;
    else if (incident.phase === 'healed') {
      this.counts.healed++;
      if (incident.closedAt !== null) this.watch(component, incident.closedAt);
    } else this.counts.cleared++;
  }

  /** It was healed then, and is to be watched. */
  watch(component: string, healedAt: number): void {
    this.#lastHealedAt.set(component, Math.max(healedAt, this.#lastHealedAt.get(component) ?? 0));
  }

  /** When each component was last healed, ms. */
  get lastHealed(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#lastHealedAt);
  }

  round(healer: string): Round {
    return this.#rounds.get(healer) ?? restful;
  }

  /** Open incidents of all healers but one. */
  openBeside(healer: string): readonly Incident[] {
    return [...this.#rounds].flatMap(([name, { incidents }]) => (name === healer ? [] : [...incidents.values()]));
  }

  /** What was found last of each of these invariants. The operator judges all there are. */
  findings(): ReadonlyMap<string, Finding> {
    return this.round('healingOperator').findings;
  }

  openIncidents(): readonly Incident[] {
    return [...this.#rounds.values()].flatMap(({ incidents }) => [...incidents.values()]);
  }

  /** Both axes of a component, of the feed, or of a healer; see {@link judgementOf}. */
  judgement(name: string, { now, isJudged, restartedAt = null }: Asked): Judgement {
    const healedAt = this.#lastHealedAt.get(name) ?? null;
    const { findings, unknownSince } = this.round(this.#judge);
    return judgementOf({
      now,
      isJudged,
      startedAt: this.startedAt,
      invariants: this.#of(name).map((invariant) => ({
        invariant,
        finding: findings.get(invariant.id),
        unknownSince: unknownSince.get(invariant.id),
      })),
      open: this.openIncidents().filter(({ invariant }) => invariant.component === name),
      lastHealedAt: restartedAt === null ? healedAt : Math.max(restartedAt, healedAt ?? restartedAt),
    });
  }

  component(name: string, asked: Asked & { readonly restarts: number }): ComponentStatus {
    const { findings, view } = this.round(this.#judge);
    const own = this.#of(name);
    const sight = view?.sight(own[0]?.actor ?? '');
    const { health, critical } = this.judgement(name, asked);
    return {
      status: health,
      critical,
      state:
        sight === undefined
          ? 'not started'
          : sight.status === 'active'
            ? statePath(sight.snapshot.value)
            : sight.status,
      restarts: asked.restarts,
      invariants: own.map((invariant) => invariantStatus(invariant, findings.get(invariant.id))),
      last_incident: this.#lastIncident.get(name) ?? null,
    };
  }

  /** What is left of the budgets of an actor's remedies, by the healer that has spent most; of those it can be sent. */
  budgets(actor: string, now: number, limits: Limits): readonly Budget[] {
    const rounds = [...this.#rounds.values()];
    return REMEDIES.flatMap((remedy) => {
      if (remedy !== 'RESTART' && !this.#invariants.some((one) => takes(one, actor, remedy))) return [];
      const limit = remedy === 'RESTART' ? limits.restarts : limits.others;
      const spent = rounds.map((round) => usesWithin(round.spent.get(purseOf(actor, remedy)) ?? [], limit, now).length);
      const left = Math.max(0, limit.most - Math.max(0, ...spent));
      return [{ remedy, left, most: limit.most, within_ms: limit.withinMs }];
    });
  }

  #of(component: string): readonly Invariant[] {
    return this.#invariants.filter((invariant) => invariant.component === component);
  }
}
