/** `kintsugi worker` shows all of its fleet: by its page's API, and as `kintsugi status --store` has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FleetReport, Overview } from '../../src/inspector/contract.ts';
import { freshFolder, kintsugi, start } from '../cli/cli.ts';
import { type Postgres, postgresBinaries, startPostgres } from './server.ts';

const isThere = postgresBinaries() !== null;

let server: Postgres;
beforeAll(async () => {
  if (isThere) server = await startPostgres();
});
afterAll(async () => server?.end());

describe.skipIf(!isThere)('a worker', () => {
  it('serves the page of its fleet, with the one switch', async () => {
    const store = ['--store', server.url];
    expect((await kintsugi(['store', 'init', ...store])).code).toBe(0);
    const dir = freshFolder();
    const symbols = ['--symbols', 'BTCUSDT,ETHUSDT,SOLUSDT', '--partitions', '4', '--lease', '10'];
    const worker = start(['worker', ...store, ...symbols, '--name', 'one', '--dir', dir, '--port', '0']);
    onTestFinished(async () => {
      worker.kill('SIGKILL');
      await worker.outcome;
    });
    await worker.said('see it live');
    const read = (file: string): string => readFileSync(join(dir, 'run', file), 'utf8').trim();
    const at = `http://127.0.0.1:${read('inspector_port')}`;
    const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${at}${path}`)).json()) as T;
    const fleet = (): Promise<FleetReport> => ask('/api/fleet');

    const isWell = ({ owner, status }: FleetReport['partitions'][number]): boolean =>
      owner === 'one' && (status === 'green' || status === 'yellow');
    await expect
      .poll(async () => (await fleet()).partitions.map(isWell), { timeout: 90_000, interval: 500 })
      .toEqual([true, true]);
    const { partitions, workers, hold } = await fleet();
    for (const one of partitions) expect(one).toMatchObject({ epoch: expect.any(Number), lag_ms: expect.any(Number) });
    expect(workers).toMatchObject([{ name: 'one', alive: true, partitions: partitions.length }]);
    expect(hold).toBe(null);
    expect(await ask<Overview>('/api/overview')).toMatchObject({
      kind: 'fleet',
      name: 'one',
      commands: ['pause', 'resume'],
    });
    await expect.poll(async () => (await fetch(`${at}/readyz`)).status).toBe(200);

    const command = (body: object, token: string) =>
      fetch(`${at}/api/commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
    expect((await command({ do: 'pause', reason: 'maintenance' }, 'not the token')).status).toBe(401);
    expect((await fleet()).hold).toBe(null);
    expect((await command({ do: 'pause', reason: 'maintenance' }, read('inspector_token'))).status).toBe(200);
    const told = JSON.parse((await kintsugi(['status', ...store, '--json'])).out) as FleetReport;
    expect(told.hold).toMatchObject({ reason: 'maintenance', by: expect.stringContaining('page of one') });

    worker.kill('SIGTERM');
    expect((await worker.outcome).code).toBe(0);
  }, 180_000);
});
