/** A worker that is busy keeps what is its own, and calls nobody silent for its own slowness. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Connection, connectTo } from '../../src/adapters/postgres/connection.ts';
import { StoreRefused } from '../../src/adapters/postgres/errors.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { prepareStore } from '../../src/adapters/postgres/schema-steps.ts';
import { processTime } from '../../src/adapters/process-time.ts';
import type { BotOptions, RunningBot } from '../../src/cli/bot.ts';
import { notRunning } from '../../src/cli/bot-status.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import type { SharedOptions } from '../../src/cli/fleet/hosted.ts';
import { Worker } from '../../src/cli/fleet/worker.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const isThere = isProvided();
let server: Postgres;
beforeAll(async () => {
  if (!isThere) return;
  server = await startPostgres();
  const owner = connectTo(server.url);
  await prepareStore(owner, null);
  await owner.close();
});
afterAll(() => server?.end());

/** Keeps the process from doing anything else, and takes nothing of the processor from others. */
const hold = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const SHARED: SharedOptions = {
  ...{ dir: 'nowhere', feed: { kind: 'sim' }, speed: 1, forMs: null, seed: 1, config: DEFAULT_CONFIG },
  ...{ inspector: null, live: null, onProgress: () => undefined },
};

/** Does nothing until it is stopped. */
function idleBot(): RunningBot {
  let stop: () => void = () => undefined;
  const finished = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('stopped'));
  });
  finished.catch(() => undefined);
  const proof = () => ({ ready: true, leaving: false, sweptAt: null, sweepEveryMs: 0 });
  return {
    ...{ finished, proof, address: null, command: null },
    stop: () => stop(),
    status: () => notRunning(null),
  };
}

describe.skipIf(!isThere)('a busy worker', () => {
  it('reads the answer that came while it was held up', async () => {
    const connection = connectTo(server.url, { answerMs: 300 });
    onTestFinished(() => connection.close());
    await connection.ask('select 1');
    const answer = connection.ask("select 'here' as it from pg_sleep(0.05)");
    await new Promise((resolve) => setTimeout(resolve, 20));
    hold(1_000);
    await expect(answer).resolves.toEqual([{ it: 'here' }]);
    await expect(connection.ask('select pg_sleep(5)')).rejects.toMatchObject({ name: 'StoreSilent' });
  });

  it('claims the others where one partition cannot be had', async () => {
    const [connection, control] = [connectTo(server.url, { max: 4 }), connectTo(server.url, { max: 2 })];
    onTestFinished(() => Promise.all([connection.close(), control.close()]).then(() => undefined));
    const leaseMs = 3_000;
    const refusing: Connection = {
      ...control,
      ask: async (sql, values = []) => {
        if (sql.includes('kintsugi.claim(') && values[0] === 'stuck/0of4')
          throw new StoreRefused(control.store, '55P03', 'canceling statement due to lock timeout');
        return control.ask(sql, values);
      },
    };
    const holds: (string | null)[] = [];
    const worker = new Worker({
      ...{ name: 'patient', connection, control: refusing, leaseMs },
      partitions: [0, 1, 2, 3].map((n) => ({ name: `stuck/${n}of4`, symbols: [`S${n}`] })),
      ...{ time: processTime(), shared: SHARED, tell: () => undefined },
      start: async ({ partition }) => {
        holds.push(partition?.holds.why() ?? null);
        return idleBot();
      },
    });
    const over = worker.run();
    await expect.poll(() => holds.length).toBe(3);
    expect(holds).toEqual([null, null, null]);
    worker.stop('the test is over');
    await over;
  });

  let tries = 0;
  it('loses none of its partitions while it starts the bots of all, each of which keeps it busy', async () => {
    // A machine that has other tests to run may leave it without a processor for seconds.
    const [leaseMs, count] = [12_000, 10];
    const [connection, control] = [connectTo(server.url, { max: 4 }), connectTo(server.url, { max: 2 })];
    onTestFinished(() => Promise.all([connection.close(), control.close()]).then(() => undefined));
    const account = `busy${++tries}`;
    const started: string[] = [];
    const lost: string[] = [];
    const start = async ({ symbols }: BotOptions): Promise<RunningBot> => {
      hold(leaseMs / 8);
      started.push(String(symbols));
      return idleBot();
    };
    const worker = new Worker({
      ...{ name: 'busy', connection, control, leaseMs, start },
      partitions: Array.from({ length: count }, (_, n) => ({ name: `${account}/${n}of${count}`, symbols: [`S${n}`] })),
      time: processTime(),
      shared: SHARED,
      tell: (_, message) => {
        if (message.includes('no longer ours')) lost.push(message);
      },
    });
    const over = worker.run();
    await expect.poll(() => started.length).toBe(count);
    expect(lost).toEqual([]);
    const all = await new FleetStore(control).partitions();
    expect(all.filter(({ name }) => name.startsWith(account)).map(({ epoch }) => epoch)).toEqual(Array(count).fill(1));
    worker.stop('the test is over');
    await over;
  });
});
