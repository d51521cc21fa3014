import type { Incident } from './incident.ts';
import type { Finding, Invariant } from './invariant.ts';
import { type Round, restful } from './round.ts';
import { type Colour, type ComponentStatus, colourOf, invariantStatus, statePath } from './status.ts';

/** What the healers have found and done, for everyone who wants to know: status, summary, inspector. One object a system. */
export class HealingBoard {
  readonly #rounds = new Map<string, Round>();
  readonly #lastHealedAt = new Map<string, number>();
  readonly #lastIncident = new Map<string, string>();
  readonly #invariants: readonly Invariant[];
  readonly #judge: string;
  readonly counts = { total: 0, healed: 0, failed: 0, cleared: 0 };
  startedAt = 0;

  /** @param judge the healer that judges every component; others act for some */
  constructor(invariants: readonly Invariant[], judge = 'healingOperator') {
    this.#invariants = invariants;
    this.#judge = judge;
  }

  publish(healer: string, round: Round): void {
    this.#rounds.set(healer, round);
  }

  note(incident: Incident, what: 'opened' | 'planned' | 'closed' | 'failed'): void {
    const { component } = incident.invariant;
    this.#lastIncident.set(component, incident.id);
    if (what === 'planned') return;
    if (what === 'opened') this.counts.total++;
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

  /**
   * @param healerAlive whether the healer has judged lately: without a healer there is no evidence, and that is red
   */
  component(name: string, now: number, healerAlive: boolean, restarts: number): ComponentStatus {
    const { findings, view } = this.round(this.#judge);
    const sight = view?.sight(this.#invariants.find(({ component }) => component === name)?.actor ?? '');
    const own = this.#invariants.filter(({ component }) => component === name);
    const invariants = own.map((invariant) => ({ invariant, finding: findings.get(invariant.id) }));
    const colour: Colour = healerAlive
      ? colourOf({
          now,
          startedAt: this.startedAt,
          invariants,
          open: this.openIncidents().filter(({ invariant }) => invariant.component === name),
          lastHealedAt: this.#lastHealedAt.get(name) ?? null,
        })
      : 'red';
    return {
      status: colour,
      state:
        sight === undefined
          ? 'not started'
          : sight.status === 'active'
            ? statePath(sight.snapshot.value)
            : sight.status,
      restarts,
      invariants: invariants.map(({ invariant, finding }) => invariantStatus(invariant, finding)),
      last_incident: this.#lastIncident.get(name) ?? null,
    };
  }
}
