import { serveInspector } from '../../adapters/http/serve.ts';
import { processTime } from '../../adapters/process-time.ts';
import { Redactor } from '../../adapters/redactor.ts';
import type { Logger } from '../../ports/logger.ts';
import { EXIT } from '../exit-codes.ts';
import { onStopPresses } from '../presses.ts';
import { style, tell } from '../terminal.ts';
import { PAGE_FOLDER } from './page-folder.ts';
import { recordsSource } from './records/records-source.ts';
import { DEFAULT_HOST, portsFor, serveAt } from './serve-at.ts';

/** There is no log of a bot to write to: what goes wrong is said to who looks. */
const log: Logger = {
  info: () => undefined,
  warn: (message) => tell(style('yellow', message, process.stderr)),
  error: (message) => tell(style('red', message, process.stderr)),
};

/**
 * Serves the page of a directory in which no bot runs, until somebody stops it. Nothing can be asked for: there is no token.
 * @param port as it was asked for; `null`: the default, or the next that is free
 * @param show is told the address, once
 * @returns the exit code. Rejects with `CannotServe` and `WorkerFault`.
 */
export async function inspectRecords(
  dir: string,
  port: number | null,
  show: (address: string) => Promise<void>,
): Promise<number> {
  const source = await recordsSource(dir);
  try {
    const server = await serveAt(portsFor({ host: DEFAULT_HOST, port }, null), (at) =>
      serveInspector({
        ...{ source, port: at, token: null, page: PAGE_FOLDER, redactor: new Redactor(), log },
        staysAlive: true,
      }),
    );
    tell(`no bot runs in ${dir}: its records are shown, and nothing can be changed; Ctrl-C ends it`);
    await show(server.url);
    await new Promise<void>((resolve) => {
      const deaf = onStopPresses(processTime(), () => {
        deaf();
        resolve();
      });
    });
    await server.close('kintsugi inspect was ended');
    return EXIT.done;
  } finally {
    await source.close();
  }
}
