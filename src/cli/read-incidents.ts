import { join } from 'node:path';
import { LEDGER_FILE } from '../actors/healing-operator.ts';
import { readIfThere } from '../adapters/read-only.ts';
import { type IncidentRecord, incidentRecord } from '../healing/ledger.ts';

export interface Incidents {
  /** The last word on each incident, in the order in which they were opened. */
  readonly incidents: readonly IncidentRecord[];
  /** Lines of the ledger that could not be read. */
  readonly unread: number;
}

/** The incidents of a bot's directory. A bad line is counted, and hides no other. */
export function readIncidents(dir: string): Incidents {
  const bytes = readIfThere(join(dir, LEDGER_FILE));
  if (bytes === null) return { incidents: [], unread: 0 };
  const byId = new Map<string, IncidentRecord>();
  let unread = 0;
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
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
