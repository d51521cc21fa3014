import { saysEvidence } from '../../healing/incident-story.ts';
import { botDirectory, statusOfOwner } from '../bot-directory.ts';
import { sayDuration } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { knownInvariants } from '../known-invariants.ts';
import { counted, say, style, tell } from '../terminal.ts';

const SIGNS = { true: ['green', '✔'], false: ['red', '✖'], null: ['yellow', '?'] } as const;

/** `kintsugi invariants`: all that must hold, with what is found of it where a bot runs. */
export async function invariants({
  dir: given,
  json,
}: {
  readonly dir: string;
  readonly json?: boolean;
}): Promise<number> {
  const dir = botDirectory(given);
  const report = await statusOfOwner(dir);
  const catalogue = report?.invariants ?? knownInvariants();
  if (json) {
    say(
      JSON.stringify(
        { schema: 1, dir, running: report !== null, bot_time: report?.bot_time ?? null, invariants: catalogue },
        null,
        2,
      ),
    );
    return EXIT.done;
  }
  if (report === null)
    tell(`No bot answers in ${dir}: this is the catalogue of one with default settings, without evidence.`);
  let component = '';
  for (const entry of catalogue) {
    if (entry.component !== component) say(`${component === '' ? '' : '\n'}${style('bold', entry.component)}`);
    component = entry.component;
    const [colour, sign] = SIGNS[`${entry.holds}`];
    const patience = entry.patience_ms > 0 ? `, after ${sayDuration(entry.patience_ms)}` : '';
    say(`${report === null ? ' ' : style(colour, sign)} ${entry.id}  ${style('dim', `${entry.severity}${patience}`)}`);
    if (report !== null) say(`    ${saysEvidence(entry, report.bot_time)}`);
    if (entry.depends_on.length > 0) say(`    depends on ${entry.depends_on.join(', ')}`);
    say(`    ${entry.remedies.join(' → ')}`);
  }
  const held = catalogue.filter(({ holds }) => holds === true).length;
  say();
  say(
    report === null
      ? counted(catalogue.length, 'invariant')
      : `${held} of ${counted(catalogue.length, 'invariant')} hold`,
  );
  return EXIT.done;
}
