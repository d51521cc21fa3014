import { worst } from '../../../healing/health.ts';
import type { IncidentRecord, LogLine, Moment } from '../../../inspector/contract.ts';
import { lastOfEach } from '../../../inspector/recent-incidents.ts';
import { troublesOf } from '../../../inspector/strip.ts';
import { COMPONENTS } from '../../../machines/messages.ts';
import { notRunning } from '../../bot-status.ts';
import type { BusMoment } from './bus-moments.ts';

const MOST_INCIDENTS = 200;

export interface MomentParts {
  /** The records reach from before it to after it. */
  readonly isInRange: boolean;
  readonly bus: BusMoment;
  readonly actors: Moment['actors'];
  /** Of the ledger up to that moment, in its order. */
  readonly records: readonly IncidentRecord[];
  readonly log: readonly LogLine[];
}

/** The trouble each component was in; green where the ledger tells of none, unknown where it tells of another time. */
function componentsThen(at: number, { records, isInRange }: MomentParts): Moment['components'] {
  const troubles = troublesOf({ records, at, since: null, status: notRunning(null) }).filter(({ to }) => to === null);
  const ids = new Set<string>([...COMPONENTS, ...troubles.map(({ component }) => component)]);
  return [...ids].map((id) => {
    const own = troubles.filter(({ component }) => component === id);
    const health = own.length > 0 ? worst(own.map((one) => one.health)) : isInRange ? 'green' : 'unknown';
    return { id, health, incident: own.findLast((one) => one.health === health)?.incident ?? null };
  });
}

/** The last word of the ledger on every invariant it has spoken of. */
function invariantsThen(records: readonly IncidentRecord[]): Moment['invariants'] {
  const last = new Map<string, Moment['invariants'][number]>();
  for (const { invariant: id, component, evidence_after: after, evidence_before: before } of records) {
    const { holds, says } = after ?? before;
    last.set(id, { id, component, holds, says });
  }
  return [...last.values()];
}

/** One a signal, short below zero, at the average entry. */
function positionsThen({ bus }: MomentParts): Moment['positions'] {
  return bus.positions.map(({ symbol, direction, qty, entryPrice }) => ({
    symbol,
    qty: direction === 'LONG' ? qty : -qty,
    entry: entryPrice,
  }));
}

/** What was so at a moment. Incidents are the newest 200, the last opened first, as the ledger had them then. */
export const momentOf = (at: number, parts: MomentParts): Moment => ({
  at,
  components: componentsThen(at, parts),
  actors: parts.actors,
  incidents: lastOfEach(parts.records).toReversed().slice(0, MOST_INCIDENTS),
  invariants: invariantsThen(parts.records),
  by_state: parts.bus.byState,
  positions: positionsThen(parts),
  records: parts.bus.records,
  log: parts.log,
});
