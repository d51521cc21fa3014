/** A fleet of real processes loses nothing and does nothing twice, whatever ends; and where the fence is taken away, that is seen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROL, faultsOf, fleetRun } from './fleet-run.ts';
import { isProvided, type Postgres, startPostgres } from './server.ts';

const LEASE_MS = 2_000;
const PEACE_MS = 1_000;
/** A machine that has other tests to run; by itself each takes a quarter of a minute. */
const PATIENT_MS = 400_000;

const isThere = isProvided();
let server: Postgres;
beforeAll(async () => {
  if (isThere) server = await startPostgres();
});
afterAll(() => server?.end());

describe.skipIf(!isThere)('three workers', () => {
  it(
    'lose nothing, and do nothing twice, when one is killed, the server is, and one is frozen and goes on',
    async () => {
      const report = await fleetRun(server, {
        ...{ leaseMs: LEASE_MS, peaceMs: PEACE_MS, blows: ['kill', 'server', 'freeze'] },
      });
      expect(faultsOf(report, LEASE_MS)).toEqual([]);
      expect(report.zombie).toEqual({ commits: 0, orders: 0 });
      expect(report.acknowledged).toBeGreaterThan(100);
      // The frozen one's commit, which arrived when its partition was another's.
      expect(report.refused).toBeGreaterThan(0);
    },
    PATIENT_MS,
  );

  it(
    'are seen to write into what is another’s where the fence is taken away',
    async () => {
      const report = await fleetRun(server, {
        ...{ leaseMs: LEASE_MS, peaceMs: PEACE_MS, without: 'fence', ...CONTROL.fence },
      });
      expect(report.wrong.join('\n')).toMatch(/a commit of epoch \d+ landed in epoch \d+/);
    },
    PATIENT_MS,
  );

  it(
    'are seen to write twice where a commit that lands late finds no revision in its way',
    async () => {
      const report = await fleetRun(server, {
        ...{ leaseMs: LEASE_MS, peaceMs: PEACE_MS, without: 'revision', ...CONTROL.revision },
      });
      expect(report.wrong.join('\n')).toMatch(/number \d+ stands where \d+ should/);
      expect(report.wrong.join('\n')).not.toMatch(/landed in epoch/);
    },
    PATIENT_MS,
  );
});
