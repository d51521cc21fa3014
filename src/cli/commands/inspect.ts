import { join } from 'node:path';
import { hasScreen, openInBrowser } from '../../adapters/browser.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { INSPECTOR_TOKEN_FILE, readToken } from '../../adapters/request-token.ts';
import type { StatusReport } from '../../healing/status.ts';
import { says } from '../../ports/says.ts';
import { ANSWER_WITHIN_MS, askThere, botDirectory, directoryOfRun } from '../bot-directory.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { addressWith } from '../inspector/serve-at.ts';
import { portOf } from '../inspector/wish.ts';
import { say, tell } from '../terminal.ts';

/** `kintsugi inspect` as commander hands it over. */
export interface InspectFlags {
  readonly dir: string;
  readonly port?: string;
  readonly open?: boolean;
}

/** The address of a running bot's page with its token. Throws {@link CliError} for who may not know it. */
function addressOf(dir: string, url: string): string {
  let token: string | null;
  try {
    token = readToken(dir, INSPECTOR_TOKEN_FILE);
  } catch (error) {
    const why = says(error);
    throw new CliError(
      `the page is at ${url}, and ${dir}/${INSPECTOR_TOKEN_FILE} cannot be read (${why}): with the token alone something can be changed`,
    );
  }
  return token === null ? url : addressWith(url, token);
}

async function show(address: string, wantsBrowser: boolean | undefined): Promise<void> {
  say(address);
  if (!wantsBrowser) return;
  if (!hasScreen(process.env) || !(await openInBrowser(address)))
    tell('no browser could be opened here: open the address yourself');
}

/** `kintsugi inspect`. @returns the exit code. Throws {@link CliError} and `CannotServe`. */
export async function inspect({ dir: given, port, open }: InspectFlags): Promise<number> {
  const wanted = portOf(port);
  const dir = botDirectory(given);
  const owner = (await askThere(dir, { timeoutMs: ANSWER_WITHIN_MS })) as Partial<StatusReport> | null;
  if (owner !== null) {
    if (owner.components === undefined) throw new CliError(`${dir} is being worked on by a command, not by a bot`);
    if (!owner.inspector)
      throw new CliError(`the bot in ${dir} serves no page: it was started with --no-http, or found no free port`);
    if (wanted !== null) tell(`a bot runs there and serves its own page; --port ${wanted} is not used`);
    await show(addressOf(dir, owner.inspector), open);
    return EXIT.done;
  }
  directoryOfRun(dir);
  if (placeAt(join(dir, 'logs')).is !== 'folder')
    throw new CliError(`${dir} has no folder logs: the bot that was there left nothing to show`);
  const { inspectRecords } = await import('../inspector/inspect-records.ts');
  return inspectRecords(dir, wanted, (address) => show(address, open));
}
