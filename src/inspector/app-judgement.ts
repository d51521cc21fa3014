/** How an app is: what its supervision says of it, or, where nobody supervises it, that nobody knows. */
import { Observable, type Subscription } from 'rxjs';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { StatusReport } from '../healing/status.ts';
import type { Supervised } from '../healing/supervise.ts';
import { counted } from '../healing/words.ts';
import { knownOfApp } from './app-overview.ts';
import type { ActorView, Health, IncidentStory, Moment, Overview, WhyChain } from './contract.ts';
import type { Known } from './known.ts';
import { overviewOf } from './overview.ts';
import { lastOfEach, RecentIncidents } from './recent-incidents.ts';
import { storyOf } from './story.ts';
import { troublesOf } from './strip.ts';
import { whyOf } from './why.ts';

export interface JudgementOptions {
  readonly name: string;
  readonly now: () => number;
  readonly commands: Overview['commands'];
  readonly actors: () => readonly ActorView[];
}

export class AppJudgement {
  readonly #options: JudgementOptions;
  readonly #incidents = new RecentIncidents();
  #supervised: Supervised | null = null;
  #subscription: Subscription | null = null;
  readonly #startedAt: number;
  readonly #listeners = new Set<(incident: IncidentRecord) => void>();

  constructor(options: JudgementOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  /** From now on it is judged by what this says. */
  follow(supervised: Supervised): void {
    this.#subscription?.unsubscribe();
    this.#supervised = supervised;
    this.#subscription = supervised.incidents.subscribe((incident) => {
      this.#incidents.add(incident);
      for (const listener of this.#listeners) listener(incident);
    });
  }

  get incidents(): Observable<IncidentRecord> {
    return new Observable((observer) => {
      const tell = (incident: IncidentRecord): void => observer.next(incident);
      this.#listeners.add(tell);
      return () => void this.#listeners.delete(tell);
    });
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#listeners.clear();
  }

  /** Of each supervised actor. */
  healths(): Readonly<Record<string, Health>> {
    const actors = Object.entries(this.#supervised?.status().actors ?? {});
    return Object.fromEntries(actors.map(([id, { status }]) => [id, status]));
  }

  overview(): Overview {
    const known = this.#known();
    const overview = { ...overviewOf(known), paper: this.#options.commands.includes('send') };
    return this.#supervised === null ? { ...overview, verdict: this.#unjudged() } : overview;
  }

  why(component: string): WhyChain | null {
    return whyOf(component, this.#known());
  }

  records(): readonly IncidentRecord[] {
    return this.#incidents.records(this.#options.now());
  }

  /** Newest first, the last record of each. */
  recent({ component, limit }: { readonly component?: string; readonly limit: number }): readonly IncidentRecord[] {
    return lastOfEach(this.records())
      .filter((one) => component === undefined || one.component === component)
      .reverse()
      .slice(0, limit);
  }

  story(id: string): IncidentStory | null {
    const running = this.#supervised?.insight().open ?? null;
    return storyOf(id, this.records(), { running, dir: '.' });
  }

  /** What was known at a moment, of incidents and of those they are about. */
  momentOf(at: number): Pick<Moment, 'components' | 'incidents' | 'invariants'> {
    const known = this.#known();
    const troubles = troublesOf(known);
    const incidents = lastOfEach(this.records().filter(({ ts }) => ts * 1_000 <= at)).filter(
      ({ status }) => status === 'open' || status === 'failed',
    );
    const isJudged = this.#supervised !== null && at >= (known.since ?? at);
    return {
      components: Object.keys(known.status.components).map((id) => {
        const trouble = troubles.findLast(
          ({ component, from, to }) => component === id && from <= at && (to === null || at < to),
        );
        return { id, health: trouble?.health ?? (isJudged ? 'green' : 'unknown'), incident: trouble?.incident ?? null };
      }),
      incidents,
      invariants: incidents.map(({ invariant: id, component, evidence_before: { says } }) => ({
        ...{ id, component, says: String(says) },
        holds: false,
      })),
    };
  }

  #known(): Known {
    const { name, now, commands } = this.#options;
    if (this.#supervised !== null) return knownOfApp(this.#supervised, { name, records: this.records(), commands });
    const at = now();
    return {
      kind: 'app',
      name,
      at,
      speed: 1,
      dir: null,
      status: this.#report(at),
      since: null,
      records: [],
      budgets: {},
      alertsSent: 0,
      sweep: { last_at: null, every_ms: 0 },
      feed: { kind: 'none', symbols: [], last_tick_at: null },
      paper: false,
      commands,
    };
  }

  #report(at: number): StatusReport {
    const crashed = this.#options.actors().some(({ status }) => status === 'error');
    return {
      status: crashed ? 'red' : 'unknown',
      pid: null,
      uptime_seconds: (at - this.#startedAt) / 1_000,
      bot_time: new Date(at).toISOString(),
      kill_switch: { active: false, reason: null, tripped_by: [] },
      healing: null,
      pipeline: { status: 'UNKNOWN', stuck_count: 0, by_state: {} },
      components: {} as StatusReport['components'],
      invariants: [],
      open_incidents: [],
    };
  }

  #unjudged(): Overview['verdict'] {
    const actors = this.#options.actors();
    const crashed = actors.filter(({ status }) => status === 'error').map(({ id }) => id);
    const count = actors.filter(({ status }) => status === 'active').length;
    const living = `${counted(count, 'actor')} ${count === 1 ? 'lives' : 'live'}.`;
    const detail = 'Nobody judges this app: `supervise` of kintsugi/healing would, and mend it.';
    const alert = 'Nobody is alerted.';
    if (crashed.length > 0)
      return {
        health: 'red',
        title: `${crashed.join(', ')} crashed.`,
        detail: `${living} ${detail}`,
        alert,
      };
    return { health: 'unknown', title: living, detail, alert };
  }
}
