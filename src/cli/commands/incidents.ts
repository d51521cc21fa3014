import { resolve } from 'node:path';
import { placeAt } from '../../adapters/read-only.ts';
import type { IncidentRecord } from '../../healing/ledger.ts';
import { sayDuration } from '../duration.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { readIncidents } from '../read-incidents.ts';
import { say, style, table, tell } from '../terminal.ts';

const COLOURS = { healed: 'green', cleared: 'dim', open: 'yellow', failed: 'red' } as const;

const row = (one: IncidentRecord): readonly string[] => {
  const tried = one.remedies.map(({ type, to, outcome }) => `${type} ${to} (${outcome})`).join(', ');
  return [
    one.opened_at,
    style(COLOURS[one.status], one.status),
    one.healed_ms === null ? '' : sayDuration(one.healed_ms),
    one.invariant,
    one.waits_for ? `waited for ${one.waits_for}` : tried || 'nothing was tried',
  ];
};

export function incidents({ dir: given, json }: { dir: string; json?: boolean }): number {
  const dir = resolve(given);
  if (placeAt(dir).is !== 'folder') throw new CliError(`${dir}: there is no such directory. Name the bot's with --dir`);
  const { incidents: all, unread } = readIncidents(dir);
  if (json) {
    say(JSON.stringify({ schema: 1, dir, unread_lines: unread, incidents: all }, null, 2));
    return EXIT.done;
  }
  if (all.length === 0) say('No incident was recorded.');
  else say(table(all.map(row)));
  for (const one of all.slice(-5)) {
    say();
    say(`${one.incident_id}  ${one.invariant}`);
    say(`  before  ${one.evidence_before.says}`);
    say(`  after   ${one.evidence_after?.says ?? 'no evidence yet'}`);
  }
  if (unread > 0) tell(`${unread} lines of the ledger could not be read; kintsugi doctor says which`);
  return EXIT.done;
}
