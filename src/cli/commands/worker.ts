import { hostname } from 'node:os';
import { CannotServe } from '../../adapters/http/cannot-serve.ts';
import { addressInWords, type Connection, connectTo } from '../../adapters/postgres/connection.ts';
import { processTime } from '../../adapters/process-time.ts';
import { Redactor } from '../../adapters/redactor.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { requireUrl, withStore } from '../fleet/open-store.ts';
import { partitionsOf } from '../fleet/partitions.ts';
import type { FleetPage, FleetPageParts } from '../fleet/serve-fleet.ts';
import { Worker } from '../fleet/worker.ts';
import type { InspectorWish } from '../inspector/wish.ts';
import type { LiveFleet } from '../live/live-fleet.ts';
import { onStopPresses } from '../presses.ts';
import { tell } from '../terminal.ts';
import { type RunFlags, type RunParts, wantedBy } from './run.ts';

/** `kintsugi worker` as commander hands it over. */
export interface WorkerFlags extends RunFlags {
  readonly name?: string;
}

/** Connections of a worker: commits of many partitions go side by side. */
const CONNECTIONS = 8;
/** Who has had no answer for so much of a lease asks once more, and may just be in time. */
const ANSWER_PART = 0.4;

/** Lines that a person at a terminal wants of a worker. */
const isNews = (level: string, message: string): boolean => level !== 'info' || /FLEET|HEALING|\[LIVE\]/.test(message);

/** Begins to show the fleet. That ports nobody named are all taken is no reason not to work. */
async function pageOf(wish: InspectorWish | null | undefined, parts: FleetPageParts): Promise<FleetPage | null> {
  if (!wish) return null;
  try {
    const { serveFleet } = await import('../fleet/serve-fleet.ts');
    return await serveFleet(wish, parts);
  } catch (error) {
    if (!(error instanceof CannotServe && error.code === 'EADDRINUSE' && wish.port === null)) throw error;
    tell(`no page: ${error.message}`);
    return null;
  }
}

/**
 * Runs bots for its share of the partitions until it is told to stop.
 * @param parts instead of the bot's own, for programs that have theirs
 * @returns the exit code. Throws {@link CliError}, and what the store says at the start.
 */
export async function worker(flags: WorkerFlags, parts: RunParts = {}): Promise<number> {
  const { file: _, variables: __, real, symbols, inspector: page, ...wanted } = wantedBy(flags, parts.config);
  const { store, fleet } = wanted.config;
  const url = requireUrl(store);
  if (wanted.speed === 'max' || wanted.feed.kind === 'replay')
    throw new CliError(
      'a worker runs in real time: leave --speed max and recorded candles to kintsugi run',
      EXIT.usage,
    );
  const leaseMs = Math.round(fleet.leaseSeconds * 1_000);
  const name = flags.name ?? `${hostname()}-${process.pid}`;
  const traded = symbols ?? wanted.config.symbols;
  const partitions = partitionsOf(fleet.account, traded, fleet.partitions);
  const time = processTime();
  const { startHosted } = await import('../fleet/start-hosted.ts');
  const answerMs = leaseMs * ANSWER_PART;
  /** Works until it is told to stop; whatever is made here is ended here. */
  const work = async (connection: Connection, live: LiveFleet | null): Promise<number> => {
    const redactor = live?.redactor ?? new Redactor();
    const control = connectTo(url, { max: 2, answerMs, connectMs: answerMs });
    const running = new Worker({
      ...{ name, connection, control, partitions, leaseMs, time, host: hostname() },
      orders: live?.orders ?? 'on paper',
      shared: { ...wanted, ...parts, inspector: null, live: null, onProgress: () => undefined },
      start: startHosted(live),
      tell: (level, message) => {
        if (isNews(level, message)) tell(redactor.text(message));
      },
    });
    tell(`worker ${name}: ${partitions.length} partitions in ${addressInWords(url)}, lease ${leaseMs} ms`);
    const hosted = (partition: string) => running.hosted(partition);
    const isPaper = live === null;
    let shown: FleetPage | null = null;
    const deaf = onStopPresses(time, (signal, presses) => {
      if (presses > 1) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
      tell(`${signal}: giving the partitions back (once more ends it at once)`);
      running.stop(signal);
    });
    try {
      shown = await pageOf(page, { dir: wanted.dir, url, worker: name, answerMs, hosted, redactor, isPaper });
      running.page = shown?.url ?? null;
      await running.run();
      return EXIT.done;
    } finally {
      deaf();
      await shown?.end();
      await control.close();
    }
  };
  return withStore(
    url,
    async (connection) => {
      if (!flags.live) return work(connection, null);
      const { liveFleet } = await import('../live/live-fleet.ts');
      const live = await liveFleet({ ...real, symbols: traded, partitions: partitions.length });
      try {
        return await work(connection, live);
      } catch (error) {
        throw (await import('../live/live-run.ts')).withoutKeys(error, live);
      } finally {
        await live.close();
      }
    },
    { max: CONNECTIONS, answerMs },
  );
}
