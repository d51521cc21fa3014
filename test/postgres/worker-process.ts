/**
 * A worker as `kintsugi worker` runs it, with an idea on every bar and the fleet's exchange. What the store acknowledged is written down
 * beside it, so that what was lost can be told.
 * `node worker-process.ts NAME STORE_URL EXCHANGE_PORT DIR LEASE_MS [retrying]`: one that is `retrying` sends a commit again that had no answer,
 * which no worker of ours does.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, connectTo } from '../../src/adapters/postgres/connection.ts';
import { StoreSilent } from '../../src/adapters/postgres/errors.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { partitionsOf } from '../../src/cli/fleet/partitions.ts';
import { Worker } from '../../src/cli/fleet/worker.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import { exchangeAt } from './exchange-client.ts';
import { ACCOUNT, BAR_MS, everyBar, PARTITIONS, SYMBOLS, sparing } from './fleet-world.ts';

const [name = '', url = '', port = '', dir = '', lease = '', manners = ''] = process.argv.slice(2);
const leaseMs = Number(lease);
const acks = openSync(join(dir, `${name}.acks`), 'a');

/** Writes down every record of an event log that the store has acknowledged. */
function witnessed(connection: Connection): Connection {
  return {
    ...connection,
    ask: async (sql, values = []) => {
      if (!sql.includes('kintsugi.enact')) return connection.ask(sql, values);
      const rows = await connection.ask(sql, values).catch((error: unknown) => {
        if (manners !== 'retrying' || !(error instanceof StoreSilent)) throw error;
        return connection.ask(sql, values);
      });
      const [partition, , , , kinds, , paths, , , bytes] = values as [
        string,
        number,
        string,
        number,
        string[],
        unknown,
        string[],
        unknown,
        unknown,
        Buffer[],
      ];
      kinds.forEach((kind, n) => {
        if (kind === 'append' && paths[n]?.startsWith('logs/signal_bus'))
          for (const line of (bytes[n] ?? '').toString().split('\n'))
            if (line.trim() !== '') writeSync(acks, `${partition}\t${line}\n`);
      });
      return rows;
    },
  };
}

const answerMs = leaseMs * 0.4;
const connection = witnessed(connectTo(url, { max: 8, answerMs }));
const worker = new Worker({
  name,
  connection,
  control: connectTo(url, { max: 2, answerMs, connectMs: answerMs }),
  partitions: partitionsOf(ACCOUNT, SYMBOLS, PARTITIONS),
  leaseMs,
  time: processTime(),
  shared: {
    dir,
    feed: { kind: 'sim' },
    speed: 1,
    forMs: null,
    seed: 1,
    config: {
      ...DEFAULT_CONFIG,
      symbols: SYMBOLS,
      sim: { intervalMs: BAR_MS },
      exits: { ...DEFAULT_CONFIG.exits, timeStopMs: 2_000 },
    },
    strategies: everyBar(BAR_MS),
    guards: [sparing(BAR_MS)],
    exchange: exchangeAt(Number(port), name),
    inspector: null,
    live: null,
    onProgress: () => undefined,
  },
  start: startBot,
  tell: (level, message) => {
    if (level !== 'info' || message.includes('FLEET')) console.error(`${new Date().toISOString()} ${message}`);
  },
});
process.on('SIGTERM', () => worker.stop('SIGTERM'));
await worker.run();
process.exit(0);
