import { incidentStory, type Surroundings } from '../healing/incident-story.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { IncidentStory } from './contract.ts';
import { lastOfEach } from './recent-incidents.ts';

/**
 * `GET /api/incidents/:id`: the story that `kintsugi explain` tells.
 * @param records of the ledger, in its order; those of other incidents tell causes and symptoms
 * @returns `null` where the ledger has no such incident
 */
export function storyOf(
  id: string,
  records: readonly IncidentRecord[],
  { running, dir }: Omit<Surroundings, 'all'>,
): IncidentStory | null {
  const own = records.filter(({ incident_id: of }) => of === id);
  const incident = own.at(-1);
  if (!incident) return null;
  return { incident, records: own, story: incidentStory(incident, { all: lastOfEach(records), running, dir }) };
}
