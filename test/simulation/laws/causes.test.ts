import { describe, expect, it } from 'vitest';
import { aLife, watched } from './watched.ts';

describe('what-is-given-up-rests', () => {
  const MINUTE = 60_000;
  const GIVEN_UP = { status: 'failed', verdict: 'no answer came in time' } as const;
  const SPENT = { status: 'failed', verdict: 'the budget of 3 RESTART in 60 s for heartbeat is spent' } as const;
  const TRIED = { status: 'open', verdict: null } as const;
  interface Step {
    readonly minute: number;
    readonly says: typeof GIVEN_UP | typeof SPENT | typeof TRIED;
    /** When its remedies so far were sent, minutes. */
    readonly tries: readonly number[];
    readonly asked_by?: string;
  }
  const told = (...steps: readonly Step[]): readonly string[] => {
    const law = watched('what-is-given-up-rests');
    const { life, recorded, clock } = aLife();
    law.told.born(life);
    for (const { minute, says, tries, ...by } of steps) {
      clock.at = minute * MINUTE;
      const remedies = tries.map((at) => ({ at: new Date(at * MINUTE).toISOString() }));
      const record = { incident_id: 'INC-1', ...says, remedies, ...by };
      recorded.next(record);
    }
    return law.found;
  };
  const FOUND = ['INC-1 was tried again 240000 ms after it was given up'];
  const first = [
    { minute: 0, says: TRIED, tries: [0] },
    { minute: 1, says: GIVEN_UP, tries: [0] },
  ] as const;

  it('finds what is tried again before five minutes are over, also at the second time', () => {
    expect(told(...first, { minute: 5, says: TRIED, tries: [0, 5] })).toEqual(FOUND);
    const second = [
      { minute: 6, says: TRIED, tries: [0, 6] },
      { minute: 7, says: GIVEN_UP, tries: [0, 6] },
    ] as const;
    expect(told(...first, ...second, { minute: 11, says: TRIED, tries: [0, 6, 11] })).toEqual(FOUND);
  });

  it('goes by when it was given up, also where it is told to flap since', () => {
    const flaps = { minute: 2, says: GIVEN_UP, tries: [0] } as const;
    expect(told(...first, flaps, { minute: 6, says: TRIED, tries: [0, 6] })).toEqual([]);
    expect(told(...first, flaps, { minute: 5, says: TRIED, tries: [0, 5] })).toEqual(FOUND);
  });

  it('finds nothing where it rests, where only a budget was spent, or where a person asks', () => {
    expect(told(...first, { minute: 6, says: TRIED, tries: [0, 6] })).toEqual([]);
    expect(told({ minute: 0, says: SPENT, tries: [] }, { minute: 1, says: TRIED, tries: [1] })).toEqual([]);
    expect(told(...first, { minute: 2, says: TRIED, tries: [0, 2], asked_by: 'ann' })).toEqual([]);
  });

  it('judges nothing by a try that a person asked for, and what comes after it anew', () => {
    const asked = { minute: 2, tries: [0, 2], asked_by: 'ann' } as const;
    const again = { says: TRIED, tries: [0, 2, 6] } as const;
    expect(told(...first, { ...asked, says: GIVEN_UP }, { minute: 6, ...again })).toEqual(FOUND);
    expect(told(...first, { ...asked, says: TRIED }, { minute: 6, ...again })).toEqual([]);
  });
});
