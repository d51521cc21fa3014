/** Where the inspector's server gets what it tells: a running bot, the records of one that is over, or somebody's XState app. */
import type * as api from './contract.ts';

/** A question about what is not there is answered with `null`; one that cannot be understood throws {@link BadQuestion}. */
export interface InspectorSource {
  readonly kind: api.Kind;
  overview(): api.Overview;
  actors(): readonly api.ActorView[];
  actor(id: string): api.ActorDetail | null;
  machines(): readonly api.MachineView[];
  events(query: {
    readonly actor?: string;
    readonly after?: number;
    readonly limit: number;
  }): readonly api.ActorEvent[];
  faults(): readonly api.FaultView[];
  incidents(query: { readonly component?: string; readonly limit: number }): Promise<readonly api.IncidentRecord[]>;
  incident(id: string): Promise<api.IncidentStory | null>;
  why(component: string): Promise<api.WhyChain | null>;
  signals(query: SignalQuery): Promise<api.SignalPage>;
  signal(id: string): Promise<api.SignalDetail | null>;
  trading(): Promise<api.TradingView | null>;
  /** Missing where no fleet is shown. */
  fleet?(): Promise<api.FleetReport>;
  log(query: {
    readonly search?: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly api.LogLine[]>;
  history(): Promise<api.HistoryRange>;
  moment(at: number): Promise<api.Moment>;
  steps(query: {
    readonly from: number;
    readonly to: number;
    readonly actor?: string;
    readonly limit: number;
  }): Promise<api.StepPage>;
  command(command: api.Command): Promise<api.CommandAnswer>;
  /**
   * Tells what happens, already sampled (see {@link api.StreamEvent}), to one listener; `hello` comes first, at once. What
   * costs something is done only while somebody listens.
   * @returns ends it
   */
  follow(listener: (event: api.StreamEvent) => void): () => void;
  /** Resolves with why when it is good for nothing any more; missing where it is good as long as there is a server. */
  readonly over?: Promise<string>;
  /** Has every promise of liveness been kept? For `/healthz` and `/readyz`, in words. */
  readonly liveness: () => { readonly alive: boolean; readonly ready: boolean; readonly says: string };
}

/** The bots of a fleet that run in this process, each to be asked as if it were shown alone. */
export interface BotsSource {
  /**
   * What is asked for a bot, made when it is asked for; the same as long as that one is good. It tells `bye` when the bot is no longer here.
   * @param name of its partition: `default/3of12`
   */
  find(name: string): Promise<InspectorSource | NotHereNow>;
}

export interface NotHereNow extends api.NotHere {
  /** It can be shown here in a moment. */
  readonly soon: boolean;
}

export interface SignalQuery {
  readonly state?: string;
  readonly symbol?: string;
  readonly search?: string;
  /** Only those that came before it, ms. */
  readonly before?: number;
  readonly limit: number;
}

/** The question itself is wrong: HTTP 400. The message says which part, and what is allowed. */
export class BadQuestion extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadQuestion';
  }
}
