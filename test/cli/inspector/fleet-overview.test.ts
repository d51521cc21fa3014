import { expect, it } from 'vitest';
import { fleetOverview } from '../../../src/cli/fleet/fleet-overview.ts';
import type { FleetReport } from '../../../src/inspector/contract.ts';

const REPORT: FleetReport = {
  ...{ schema: 1, store: 'postgres://worker@db/kintsugi', status: 'green', hold: null, workers: [], partitions: [] },
};
const HOLD = { reason: 'maintenance', by: 'ann', at: '2026-11-30T12:00:00Z' };
const switchOf = (report: FleetReport | null, error: string | null) =>
  fleetOverview('one', 0, { report, error }, true).status.kill_switch;

it('shows a fleet as held while it is not known, as its workers take it', () => {
  expect(switchOf(REPORT, null)).toMatchObject({ active: false, reason: null });
  expect(switchOf({ ...REPORT, hold: HOLD }, null)).toMatchObject({ active: true, reason: 'maintenance (ann)' });
  const silent = 'the store does not answer';
  expect(switchOf({ ...REPORT, hold: HOLD }, silent)).toMatchObject({
    ...{ active: true, reason: `maintenance (ann); whether it still is, is not known: ${silent}` },
  });
  expect(switchOf(REPORT, silent)).toMatchObject({ active: true, reason: `not known: ${silent}` });
  expect(switchOf(null, null)).toMatchObject({ active: true, reason: 'not known: the store was not asked yet' });
});
