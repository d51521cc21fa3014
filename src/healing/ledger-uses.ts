import type { LogRecord } from '../ports/event-log.ts';
import { LIMITS, purseOf, usesWithin } from './budget.ts';
import { incidentRecord } from './ledger.ts';

/** The longest time that any budget looks back on, ms. */
const LOOKED_BACK_MS = Math.max(LIMITS.restarts.withinMs, LIMITS.others.withinMs);
/** So many lines that no budget looks at any more are let go together. */
const LET_GO = 1_000;

/**
 * What a ledger says was used of the budgets lately, gathered while it is read from its beginning. The operator's own file says so
 * too; but a disk can take the ledger and not that file, and then a process that dies would leave its successor full budgets.
 */
export class LedgerUses {
  #recent: { readonly at: number; readonly record: LogRecord }[] = [];
  #forgotten = 0;

  /** The ledger is read from its beginning. */
  begin(): void {
    this.#recent = [];
    this.#forgotten = 0;
  }

  note(record: LogRecord): void {
    const { ts, event_type } = record;
    // What somebody else wrote says nothing of the time: a line of 1970 would have all forgotten.
    if (event_type !== 'incident' || typeof ts !== 'number') return;
    const at = ts * 1_000;
    const last = this.#recent.at(-1);
    // Another replay in the same directory: what was used on another time line says nothing of this one.
    if (last && at < last.at - LOOKED_BACK_MS) this.begin();
    this.#recent.push({ at, record });
    while (at - (this.#recent[this.#forgotten]?.at ?? at) >= LOOKED_BACK_MS) this.#forgotten++;
    if (this.#forgotten < LET_GO) return;
    this.#recent = this.#recent.slice(this.#forgotten);
    this.#forgotten = 0;
  }

  /** Uses by purse, times in ms, oldest first: those that may count at `now`. */
  spent(now: number): Map<string, number[]> {
    const uses = new Map<string, number>();
    for (const { record } of this.#recent.slice(this.#forgotten)) {
      const { data } = incidentRecord.safeParse(record);
      // Every line of an incident repeats what was sent before.
      for (const [index, { type, to, at, outcome }] of data?.remedies.entries() ?? [])
        if (data && outcome !== 'observed')
          uses.set(`${purseOf(to, type)}\n${data.incident_id}\n${index}`, Date.parse(at));
    }
    const spent = new Map<string, number[]>();
    for (const [key, at] of [...uses].sort(([, a], [, b]) => a - b)) {
      const [purse = ''] = key.split('\n');
      spent.set(purse, [...(spent.get(purse) ?? []), at]);
    }
    for (const [purse, times] of spent) spent.set(purse, usesWithin(times, { most: 0, withinMs: LOOKED_BACK_MS }, now));
    return spent;
  }
}
