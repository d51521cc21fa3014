import { describe, expect, it } from 'vitest';
import { ALERTS_STATE_FILE } from '../../../src/actors/alert-outbox.ts';
import { ALERTS_FILE } from '../../../src/adapters/file-alerts.ts';
import type { Notice } from '../../../src/ports/alerts.ts';
import type { Left } from '../../../src/sim/observer.ts';
import { watched } from './watched.ts';

const NOTHING_LEFT: Left = { bus: [], held: [], resting: [], payments: [], verdict: {} as Left['verdict'] };

const notice = (change: Partial<Notice> = {}): Notice => ({
  level: 'CRITICAL',
  category: 'INCIDENT_FAILED',
  subject: 'signal_bus/accepts',
  message: 'it does not accept',
  details: {},
  action_required: 'make room',
  timestamp: 1_767_571_200,
  timestamp_iso: '2026-01-05T00:00:00.000Z',
  id: 'alert_1',
  state: 'firing',
  count: 1,
  first_at: '2026-01-05T00:00:00.000Z',
  ...change,
});

describe('far-away-knows', () => {
  const over = notice({ state: 'resolved', timestamp: 1_767_571_300 });
  const found = (file: readonly Notice[], far: readonly Notice[], damaged: readonly string[] = []) => {
    const law = watched('far-away-knows');
    law.disk.replace(ALERTS_FILE, Buffer.from(file.map((one) => `${JSON.stringify(one)}\n`).join('')));
    law.pager.notices.push(...far);
    for (const path of damaged) law.damaged.add(path);
    law.told.ended(NOTHING_LEFT);
    return law.found;
  };

  it('finds an alert that fires and was told nobody, and one whose end was', () => {
    expect(found([notice()], [])).toEqual([
      'INCIDENT_FAILED signal_bus/accepts fires, and nobody far away knows of it',
    ]);
    expect(found([notice(), over], [notice()])).toEqual([
      'INCIDENT_FAILED signal_bus/accepts is over, and nobody far away knows of it',
    ]);
  });

  it('finds nothing where both know the same, whatever was told twice, and of what is not critical', () => {
    expect(found([notice()], [notice(), notice()])).toEqual([]);
    expect(found([notice(), over], [notice(), notice(), over])).toEqual([]);
    expect(found([notice({ level: 'HIGH' })], [])).toEqual([]);
  });

  it('asks for nothing that no file could keep, or that somebody else destroyed', () => {
    expect(found([], [notice({ id: 'alert_2' })])).toEqual([]);
    for (const path of [ALERTS_FILE, ALERTS_STATE_FILE]) expect(found([notice()], [], [path])).toEqual([]);
  });
});
