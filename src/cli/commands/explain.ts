import { type Chapter, incidentStory } from '../../healing/incident-story.ts';
import { botDirectory, statusOfOwner } from '../bot-directory.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { named } from '../explain/names.ts';
import { componentStory, invariantStory } from '../explain/overview.ts';
import { knownInvariants } from '../known-invariants.ts';
import { readIncidents } from '../read-incidents.ts';
import { say, style, tell } from '../terminal.ts';

interface ExplainFlags {
  readonly dir: string;
  readonly json?: boolean;
}

function sayStory(head: string, chapters: readonly Chapter[]): void {
  say(style('bold', head));
  for (const { title, says } of chapters) {
    say();
    say(style('underline', title));
    for (const sentence of says) say(`  ${sentence}`);
  }
}

/** `kintsugi explain`: an incident, a component or an invariant, told from the records and by the bot where one runs. */
export async function explain(name: string, { dir: given, json }: ExplainFlags): Promise<number> {
  if (name.trim() === '') throw new CliError('Name an incident, a component or an invariant.', EXIT.usage);
  const dir = botDirectory(given);
  const { incidents, unread } = readIncidents(dir);
  const report = await statusOfOwner(dir);
  const catalogue = report?.invariants ?? knownInvariants();
  const found = named(
    name.trim(),
    incidents,
    catalogue.map(({ id }) => id),
  );
  const around = { all: incidents, running: report?.open_incidents ?? null, dir };
  const [head, story] =
    found.kind === 'incident'
      ? [
          `${found.incident.incident_id}  ${found.incident.invariant}  ${found.incident.status}`,
          incidentStory(found.incident, around),
        ]
      : found.kind === 'component'
        ? [found.name, componentStory(found.name, incidents, report)]
        : [found.name, invariantStory(found.name, incidents, catalogue, report)];
  if (json) say(JSON.stringify({ schema: 1, dir, running: report !== null, ...found, story }, null, 2));
  else sayStory(head, story);
  if (unread > 0) tell('Some lines of the ledger could not be read; kintsugi verify says which, and what they held.');
  return EXIT.done;
}
