import { describe, expect, it } from 'vitest';
import { ALERTS_FILE } from '../../../src/adapters/file-alerts.ts';
import type { Notice } from '../../../src/ports/alerts.ts';
import { aLife, watched } from './watched.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);

const notice = (at: number, subject = 'signal_bus/accepts'): Notice => ({
  level: 'CRITICAL',
  category: 'INCIDENT_FAILED',
  message: 'it could not be healed',
  details: {},
  action_required: 'Look.',
  timestamp: at / 1_000,
  timestamp_iso: new Date(at).toISOString(),
  id: `alert of ${subject}`,
  state: 'firing',
  subject,
  count: 1,
  first_at: new Date(at).toISOString(),
});

const at = (now: number) => ({ ...aLife().life, clock: { now: () => now } }) as ReturnType<typeof aLife>['life'];
const ENDED = { bus: [], verdict: {} as never, held: [], resting: [], payments: [] };
const linesOf = (...notices: readonly Notice[]) =>
  Buffer.from(notices.map((one) => `${JSON.stringify(one)}\n`).join(''));

/** Two lives, each with the times of its clock at its start, at what it tells, and at its end. */
const found = (...lives: readonly (readonly [born: number, tells: number, dies: number])[]) => {
  const law = watched('told-once');
  let text = '';
  for (const [born, tells, dies] of lives) {
    law.told.born(at(born));
    text += `${JSON.stringify(notice(tells))}\n`;
    law.disk.replace(ALERTS_FILE, Buffer.from(text));
    law.told.died(at(dies));
  }
  law.told.ended(ENDED);
  return law.found.map((says) => says.slice(says.indexOf('was')));
};

describe('told-once', () => {
  it('takes no time away where the clock was set back between two lives', () => {
    const end = START + 6 * HOUR;
    const back = end - 72 * MINUTE;
    expect(found([START, end - MINUTE, end], [back, back + 4 * HOUR, back + 5 * HOUR])).toEqual([]);
    expect(found([START, end - MINUTE, end], [back, back + MINUTE, back + HOUR])).toEqual([
      'was told again after 120 s, and was not over',
    ]);
  });

  it('finds what is told again too soon by a clock that goes on', () => {
    const end = START + HOUR;
    expect(found([START, START, end], [end, START + 4 * HOUR, START + 5 * HOUR])).toEqual([]);
    expect(found([START, START, end], [end, end + MINUTE, end + HOUR])).toEqual([
      'was told again after 3660 s, and was not over',
    ]);
  });

  it('knows what was there when a life began that could not read it, also when the last of it is lost', () => {
    const law = watched('told-once');
    const told = notice(START);
    const again = notice(START + MINUTE);
    law.told.born(at(START));
    law.disk.replace(ALERTS_FILE, linesOf(told, notice(START, 'signal_engine/alive')));
    law.told.died(at(START));
    const readable = law.disk.suffer({ refusing: 'EACCES' });
    law.told.born(at(START));
    readable();
    law.disk.replace(ALERTS_FILE, linesOf(told, again));
    law.told.ended(ENDED);
    expect(law.found).toEqual([]);
    law.disk.replace(ALERTS_FILE, linesOf(told, again, notice(START + 2 * MINUTE)));
    law.told.ended(ENDED);
    expect(law.found).toHaveLength(1);
  });
});
