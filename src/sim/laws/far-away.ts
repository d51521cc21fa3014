/** Whoever is told far away knows what whoever reads the files knows, over kills, full disks and answers that were lost. */
import { ALERTS_STATE_FILE } from '../../actors/alert-outbox.ts';
import { ALERTS_FILE } from '../../adapters/file-alerts.ts';
import type { Notice } from '../../ports/alerts.ts';
import { noticesIn } from './alerts.ts';
import type { Law } from './law.ts';

/** Critical alerts that fire, after all of these: the id of each, by what it is about. */
function firing(notices: readonly Notice[]): ReadonlyMap<string, string> {
  const fires = new Map<string, string>();
  for (const { level, category, subject, state, id } of notices) {
    if (level !== 'CRITICAL') continue;
    if (state === 'firing') fires.set(`${category} ${subject}`, id);
    else fires.delete(`${category} ${subject}`);
  }
  return fires;
}

export const FAR_AWAY_LAWS: readonly Law[] = [
  {
    id: 'far-away-knows',
    says: 'at rest whoever is told far away knows of the same critical alerts as the file has',
    watch: ({ disk, pager, damaged }, found) => ({
      ended: () => {
        if (damaged.has(ALERTS_FILE) || damaged.has(ALERTS_STATE_FILE)) return;
        const notices = noticesIn(disk);
        const [file, far] = [firing(notices), firing(pager.notices)];
        for (const subject of file.keys())
          if (!far.has(subject)) found(`${subject} fires, and nobody far away knows of it`);
        // Of what the disk refused to keep nobody knows when the process is dead that told it.
        const kept = new Set(notices.map(({ id }) => id));
        for (const [subject, id] of far)
          if (!file.has(subject) && kept.has(id)) found(`${subject} is over, and nobody far away knows of it`);
      },
    }),
  },
];
