import '../style/incidents.css';
import { IncidentList } from '../incidents/list.tsx';
import { Story } from '../incidents/story.tsx';
import { route } from '../route.ts';

export function IncidentsPage() {
  const [, id] = route.value.path;
  return id === undefined ? <IncidentList /> : <Story key={id} id={id} />;
}
