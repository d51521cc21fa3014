import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEDGER_FILE } from '../actors/healing-operator.ts';
import { type IncidentRecord, incidentRecord } from '../healing/ledger.ts';

export interface Incidents {
  /** The last word on each incident, in the order in which they were opened. */
  readonly incidents: readonly IncidentRecord[];
  /** Lines of the ledger that could not be read. */
  readonly unread: number;
}

/** The incidents of a bot's directory. A bad line is counted, and hides no other. */
export function readIncidents(dir: string): Incidents {
  const file = join(dir, LEDGER_FILE);
  if (!existsSync(file)) return { incidents: [], unread: 0 };
  const byId = new Map<string, IncidentRecord>();
  let unread = 0;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    try {
      const parsed = incidentRecord.safeParse(JSON.parse(line));
      if (parsed.success) byId.set(parsed.data.incident_id, parsed.data);
      else unread++;
    } catch {
      unread++;
    }
  }
  return { incidents: [...byId.values()], unread };
}
