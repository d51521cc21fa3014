import { type IncidentRecord, incidentRecord, type OperatorRecord, operatorRecord } from '../healing/ledger.ts';
import { readLedger } from './read-ledger.ts';

export interface Incidents {
  /** The last word on each incident, in the order in which they were opened. */
  readonly incidents: readonly IncidentRecord[];
  /** What people did, in order. */
  readonly operators: readonly OperatorRecord[];
  /** Lines of the ledger that could not be read. */
  readonly unread: number;
}

/** The incidents of a bot's directory. A bad line is counted, and hides no other. */
export function readIncidents(dir: string): Incidents {
  const byId = new Map<string, IncidentRecord>();
  const operators: OperatorRecord[] = [];
  let unread = 0;
  for (const { record } of readLedger(dir)) {
    const incident = incidentRecord.safeParse(record);
    const operator = operatorRecord.safeParse(record);
    if (incident.success) byId.set(incident.data.incident_id, incident.data);
    else if (operator.success) operators.push(operator.data);
    else unread++;
  }
  return { incidents: [...byId.values()], operators, unread };
}
