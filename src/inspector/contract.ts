/**
 * What the inspector's server tells its page, and anybody else: the JSON API. Types alone, so that both sides can import them.
 * Times are ms since 1970 on the bot's clock unless a field ends in `_at` (ISO-8601). Nothing here changes anything by GET.
 *
 *   GET  /api/overview                    Overview
 *   GET  /api/actors                      ActorView[]
 *   GET  /api/actors/:id                  ActorDetail (404 for an unknown one)
 *   GET  /api/machines                    MachineView[]; /api/machines/:id one
 *   GET  /api/incidents?component=&limit= IncidentView[], newest first
 *   GET  /api/incidents/:id               IncidentStory
 *   GET  /api/signals?state=&limit=       SignalView[], newest first; /api/signals/:id SignalDetail
 *   GET  /api/trading                     TradingView
 *   GET  /api/history?at=MS               Moment: what the log says of that moment (time travel)
 *   GET  /api/history/range               { from, to } of the log, ms
 *   GET  /api/stream                      server-sent events: `event:` is StreamEvent['type'], `data:` one StreamEvent, `id:` a number that
 *                                         grows; a client that reconnects with Last-Event-ID gets a fresh `hello` when it has missed any
 *   POST /api/commands                    Command → CommandAnswer. Needs `Authorization: Bearer TOKEN` (run/inspector_token, mode 0600;
 *                                         the page gets it in the fragment of the URL that is printed: http://127.0.0.1:7070/#token=…)
 *   GET  /metrics  /healthz  /readyz
 */
import type { IncidentRecord } from '../healing/ledger.ts';
import type { StatusReport } from '../healing/status.ts';

export type Health = 'green' | 'yellow' | 'red' | 'unknown';

export interface Overview {
  /** `live`: a bot runs; `records`: a finished directory is shown; `app`: somebody else's XState app. */
  readonly kind: 'live' | 'records' | 'app';
  readonly status: StatusReport;
  readonly feed: { readonly kind: string; readonly symbols: readonly string[]; readonly last_tick_at: string | null };
  readonly paper: boolean;
  /** Repairs of the last 24 h of the bot's time. */
  readonly repairs: {
    readonly healed: number;
    readonly failed: number;
    readonly median_ms: number | null;
    readonly p95_ms: number | null;
  };
  readonly components: readonly ComponentView[];
}

export interface ComponentView {
  readonly id: string;
  readonly actor: string;
  readonly health: Health;
  /** Who is alerted: computed with the health, once, in the core. */
  readonly critical: boolean;
  readonly state: string;
  readonly checks: { readonly held: number; readonly all: number };
  readonly restarts: number;
  /** Times of trouble in the last 24 h: from, to, how it ended. */
  readonly strip: readonly {
    readonly from: number;
    readonly to: number | null;
    readonly health: Health;
    readonly incident: string;
  }[];
  readonly last_repair: { readonly says: string; readonly at: string; readonly outcome: string } | null;
  readonly tries_left: number;
  readonly mttr_ms: number | null;
}

export interface ActorView {
  readonly id: string;
  readonly parent: string | null;
  /** Which machine it runs; `null` for what is no machine. */
  readonly machine: string | null;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** XState's state value. */
  readonly value: unknown;
  readonly incarnation: number;
  readonly health: Health;
  readonly mail: { readonly accepted: number; readonly processed: number; readonly held: number };
}

export interface ActorDetail extends ActorView {
  readonly context: unknown;
  /** Its last events, oldest first. */
  readonly events: readonly ActorEvent[];
}

export interface ActorEvent {
  readonly seq: number;
  readonly at: number;
  readonly from: string | null;
  readonly to: string;
  readonly type: string;
  /** Redacted and cut to a length. */
  readonly event: unknown;
  /** The state it came to. */
  readonly value: unknown;
  readonly changed: boolean;
}

/** A statechart as data: for drawing. Ids are the dotted paths of XState, the root's is the machine's. */
export interface MachineView {
  readonly id: string;
  readonly root: StateView;
}
export interface StateView {
  readonly id: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly initial: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invoke: readonly string[];
  readonly transitions: readonly {
    readonly event: string;
    readonly targets: readonly string[];
    readonly guard: string | null;
    readonly actions: readonly string[];
    readonly delay_ms: number | null;
  }[];
  readonly children: readonly StateView[];
}

export type IncidentView = IncidentRecord;
export interface IncidentStory {
  readonly incident: IncidentRecord;
  /** Every line of the ledger about it, oldest first. */
  readonly records: readonly IncidentRecord[];
  /** The story of `kintsugi explain`, paragraph by paragraph. */
  readonly story: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

export interface SignalView {
  readonly id: string;
  readonly symbol: string;
  readonly direction: string;
  readonly strategy: string;
  readonly state: string;
  readonly at: number;
  readonly changed_at: number;
  readonly confidence: number | null;
  /** Why it was not traded; `null` where it was, or is under way. */
  readonly blocked_by: string | null;
  readonly reason: string | null;
}
export interface SignalDetail extends SignalView {
  readonly steps: readonly {
    readonly at: number;
    readonly from: string | null;
    readonly to: string;
    readonly reason: string | null;
  }[];
  /** What every guard said. */
  readonly verdicts: readonly { readonly guard: string; readonly passed: boolean; readonly says: string }[];
  readonly shadow: unknown;
}

export interface TradingView {
  readonly funnel: readonly { readonly stage: string; readonly count: number; readonly lost: string | null }[];
  readonly by_state: Readonly<Record<string, number>>;
  readonly oldest_unfinished_ms: number | null;
  readonly equity: readonly (readonly [at: number, usd: number])[];
  readonly shadow: readonly (readonly [at: number, usd: number])[];
  readonly max_drawdown: number;
  readonly positions: readonly {
    readonly symbol: string;
    readonly side: string;
    readonly qty: number;
    readonly entry: number;
    readonly mark: number | null;
    readonly pnl_usd: number | null;
    readonly opened_at: string;
  }[];
  readonly guards: readonly {
    readonly guard: string;
    readonly blocked: number;
    /** What blocking saved (negative: cost), USD, with a 95 % interval; `null` where too few shadows have ended. */
    readonly saved_usd: number | null;
    readonly interval: readonly [number, number] | null;
  }[];
  readonly why_not: readonly { readonly reason: string; readonly count: number }[];
}

/** What the log says of a moment. */
export interface Moment {
  readonly at: number;
  readonly components: readonly { readonly id: string; readonly health: Health; readonly incident: string | null }[];
  readonly incidents: readonly IncidentRecord[];
  readonly by_state: Readonly<Record<string, number>>;
  readonly positions: readonly { readonly symbol: string; readonly qty: number }[];
  /** The records next to it, oldest first. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export type StreamEvent =
  | { readonly type: 'hello'; readonly overview: Overview; readonly actors: readonly ActorView[] }
  | { readonly type: 'overview'; readonly overview: Overview }
  /** Sampled: the last state of those that changed, at most a few times a second. */
  | { readonly type: 'actors'; readonly actors: readonly ActorView[] }
  | { readonly type: 'events'; readonly events: readonly ActorEvent[]; readonly dropped: number }
  | { readonly type: 'incident'; readonly incident: IncidentRecord }
  | { readonly type: 'bye'; readonly reason: string };

export type Command =
  | { readonly do: 'resume'; readonly reason: string; readonly force?: boolean }
  /** What the first remedy of an invariant would do; nothing is sent. */
  | { readonly do: 'plan'; readonly invariant: string }
  | { readonly do: 'remedy'; readonly invariant: string }
  /** Paper only. */
  | {
      readonly do: 'fault';
      readonly fault:
        | 'tear-the-log'
        | 'corrupt-a-line'
        | 'stop-shadow-engine'
        | 'silence-the-feed'
        | 'delete-positions'
        | 'wedge-features';
    }
  | {
      readonly do: 'send';
      readonly actor: string;
      readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
    };

export interface CommandAnswer {
  readonly ok: boolean;
  readonly says: string;
  readonly plan?: unknown;
}
