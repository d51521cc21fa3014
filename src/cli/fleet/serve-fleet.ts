import { userInfo } from 'node:os';
import { serveInspector } from '../../adapters/http/serve.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { connectTo } from '../../adapters/postgres/connection.ts';
import { processTime } from '../../adapters/process-time.ts';
import type { Redactor } from '../../adapters/redactor.ts';
import { forgetToken, INSPECTOR_TOKEN_FILE, keptToken } from '../../adapters/request-token.ts';
import { PAGE_FOLDER } from '../inspector/page-folder.ts';
import { notePort } from '../inspector/port-file.ts';
import { sayAddress } from '../inspector/say-address.ts';
import { addressWith, portsFor, serveAt } from '../inspector/serve-at.ts';
import type { InspectorWish } from '../inspector/wish.ts';
import { style, tell } from '../terminal.ts';
import { fleetBots } from './fleet-bots.ts';
import { fleetSource } from './fleet-source.ts';
import { fleetReport } from './fleet-status.ts';
import type { Hosted } from './hosted.ts';

export interface FleetPageParts {
  /** The worker's directory: the token is there, for its owner alone. */
  readonly dir: string;
  readonly url: string;
  readonly worker: string;
  readonly answerMs: number;
  /** What it has of a partition; `null`: nothing. */
  readonly hosted: (name: string) => Hosted | null;
  /** Knows what must not be shown. */
  readonly redactor: Redactor;
  readonly isPaper: boolean;
}

export interface FleetPage {
  /** Without the token. */
  readonly url: string;
  end(): Promise<void>;
}

/**
 * Serves the page of the fleet, over a connection of its own: nobody who looks may hold up a lease. Rejects with `CannotServe`.
 */
export async function serveFleet(wish: InspectorWish, parts: FleetPageParts): Promise<FleetPage> {
  const { dir, url, worker, answerMs, hosted, redactor, isPaper } = parts;
  const files = nodeFiles(dir, { durability: 'written', watched: false });
  await files.makeFolder('run');
  const connection = connectTo(url, { max: 1, answerMs });
  const time = processTime();
  const by = `${userInfo().username} (page of ${worker})`;
  const source = fleetSource(worker, connection, time, by, isPaper);
  const bots = fleetBots({
    ...{ worker, hosted, url, answerMs, by, time, redactor },
    report: () => fleetReport(connection),
    failed: (words) => tell(style('yellow', `[inspector] ${words}`, process.stderr)),
  });
  const end = async (): Promise<void> => {
    source.close();
    await bots.close();
    await connection.close();
  };
  const say = (colour: 'yellow' | 'red') => (message: string) => tell(style(colour, message, process.stderr));
  try {
    const token = keptToken(dir, INSPECTOR_TOKEN_FILE);
    const server = await serveAt(portsFor(wish, null), (port) =>
      serveInspector({
        ...{ source, bots, host: wish.host, origin: wish.origin, port, token, page: PAGE_FOLDER, redactor },
        log: { info: () => undefined, warn: say('yellow'), error: say('red') },
      }),
    );
    await notePort(files, server.port);
    sayAddress(addressWith(server.url, token), wish, dir);
    return {
      url: server.url,
      end: async () => {
        await server.close('the worker has stopped');
        forgetToken(dir, INSPECTOR_TOKEN_FILE);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
