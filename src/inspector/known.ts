import type { Budget } from '../healing/board.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { Overview } from './contract.ts';

/** What an overview is made of. Times are ms on the bot's clock. */
export interface Known
  extends Pick<Overview, 'kind' | 'name' | 'at' | 'speed' | 'status' | 'feed' | 'paper' | 'sweep'> {
  readonly commands: Overview['commands'];
  /** The bot's directory, for commands to copy; `null` for an app. */
  readonly dir: string | null;
  /** Since when all of this life of the bot is judged; `null` where that is not known, or not so yet. */
  readonly since: number | null;
  /**
   * Of the ledger, in its order: of the last 24 h, and of what is open. All records of an incident tell when it was red;
   * where only its last is there, it counts as yellow up to that one.
   */
  readonly records: readonly IncidentRecord[];
  /** What is left of the budgets, by actor; nothing is said of actors that are not there. */
  readonly budgets: Readonly<Record<string, readonly Budget[]>>;
  /** Alerts told in the last 24 h; `null` where that is not known. */
  readonly alertsSent: number | null;
}
