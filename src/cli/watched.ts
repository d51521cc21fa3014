/** What is yellow though everything holds: healed a while ago, and not trusted yet. Pure. */
import { WATCHED_MS } from '../healing/health.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { StatusReport } from '../healing/status.ts';
import { sayDuration } from '../healing/words.ts';
import { standingsOf } from '../inspector/standing.ts';

/**
 * In words, by component: `healed 5 s ago (INC-7), watched until 08:54:10Z`, on the bot's own clock.
 * @param incidents of the ledger, the last record of each
 */
export function watchedOf(
  status: StatusReport,
  incidents: readonly IncidentRecord[],
): Readonly<Partial<Record<string, string>>> {
  if (status.bot_time === null) return {};
  const now = Date.parse(status.bot_time);
  return Object.fromEntries(
    standingsOf({ status, records: incidents, at: now }).flatMap(({ id, how, healed }) => {
      if (how !== 'watched') return [];
      if (healed === null || healed.closed_at === null)
        return [[id, 'brought back lately, watched for ten minutes from then']];
      const closed = Date.parse(healed.closed_at);
      const until = new Date(closed + WATCHED_MS).toISOString().slice(11, 19);
      const ago = sayDuration(Math.max(0, now - closed));
      return [[id, `healed ${ago} ago (${healed.incident_id}), watched until ${until}Z`]];
    }),
  );
}
