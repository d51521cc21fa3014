import { resolve } from 'node:path';
import { writeDocument } from '../../adapters/write-document.ts';
import { reportPage } from '../../report/page/page.ts';
import { botDirectory } from '../bot-directory.ts';
import { ConfigError } from '../config/config-error.ts';
import { runSettings } from '../config/run-settings.ts';
import { DEFAULT_CONFIG } from '../config.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { reportOn } from '../report/make-report.ts';
import { readRecords } from '../report/read-records.ts';
import { sayReport } from '../report/say-report.ts';
import { counted, say, tell } from '../terminal.ts';

export interface ReportFlags {
  readonly dir: string;
  readonly json?: boolean;
  readonly html?: string;
}

/** Positions that may be open at a time, as the settings have it: those of a bot that is started here. */
function settledPlaces(): number {
  try {
    return runSettings({}, process.env).bot.guards.risk.maxOpenPositions;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // What is wrong with them keeps nobody from reading what was.
    const { maxOpenPositions } = DEFAULT_CONFIG.guards.risk;
    tell(`the settings cannot be read, so Capacity is told with ${maxOpenPositions} places; kintsugi config says why`);
    return maxOpenPositions;
  }
}

/** `kintsugi report`: what the guards are worth, from the records alone. Works beside a running bot, and changes nothing. */
export async function report({ dir: given, json, html }: ReportFlags): Promise<number> {
  if (html !== undefined && html.trim() === '')
    throw new CliError('--html: it is empty; name the file to write', EXIT.usage);
  const dir = botDirectory(given);
  const { book, damage, missing, places } = await readRecords(dir);
  const made = reportOn(book.records, places ?? settledPlaces());
  for (const file of missing) tell(`${file} is missing: what stood in it is not in this report`);
  for (const { file, lines, isUnfinished } of damage) {
    if (lines > 0)
      tell(`${file}: ${counted(lines, 'line')} could not be read, and left out; kintsugi doctor says which`);
    if (isUnfinished) tell(`${file}: its last line has no end (it is being written, or torn), and is left out`);
  }
  if (book.older > 0)
    tell(`The report covers the last ${made.signals.ended} shadow trades; ${book.older} before them are left out`);
  if (html !== undefined) {
    const file = resolve(html);
    try {
      writeDocument(file, reportPage(made));
    } catch (error) {
      throw new CliError(`${file} could not be written (${(error as NodeJS.ErrnoException).code}). Name another file`);
    }
    tell(`written to ${file}`);
  }
  if (json) say(JSON.stringify({ ...made, damage, missing }, null, 2));
  else if (html === undefined) sayReport(made);
  return EXIT.done;
}
