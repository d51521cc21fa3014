/** Bugs of the alerts: never told, told twice, never over. */
import type { PlantedBug } from './bug.ts';

export const ALERT_BUGS: readonly PlantedBug[] = [
  {
    id: 'alerts/never-told',
    does: 'that an incident was given up is told nobody',
    file: 'src/actors/healing-alerts.ts',
    find: 'if (!alertsOperator(invariant)) return;',
    put: 'if (alertsOperator(invariant)) return;',
  },
  {
    id: 'alerts/told-every-time',
    does: 'an alert that fires is told again whenever it is raised',
    file: 'src/healing/alert-book.ts',
    find: 'const isNews = known === undefined || RANK[alert.level] > RANK[known.level];',
    put: 'const isNews = known === undefined || RANK[alert.level] >= RANK[known.level];',
  },
  {
    id: 'alerts/forgotten-at-restart',
    does: 'a restarted bot does not know what it has told',
    file: 'src/actors/alert-desk.ts',
    find: 'remembered(firing.filter((notice) => !isOurs(notice)))',
    put: 'remembered([])',
  },
  {
    id: 'alerts/never-over',
    does: 'that it is over is told nobody',
    file: 'src/actors/healing-alerts.ts',
    find: 'if (incidents.some(isOpen) || finding?.holds !== true) continue;',
    put: 'if (incidents.length === 0 || finding?.holds !== true) continue;',
  },
  {
    id: 'alerts/lost-with-the-disk',
    does: 'an alert that the disk refuses is given up',
    file: 'src/actors/alert-delivery.ts',
    find: 'else if (outcome.retry) this.#failed(outcome);',
    put: 'else if (outcome.retry) this.#taken(batch);',
  },
  {
    id: 'alerts/outbox-forgotten',
    does: 'what still has to reach whoever is told far away is forgotten with the process',
    file: 'src/actors/alert-desk.ts',
    find: 'const waiting = [...refused, ...(left.waiting[delivery.id] ?? [])];',
    put: 'const waiting = [...refused];',
  },
];
