/** Verdicts are weekly: what a week brings changes none of them before it is over. */
import { describe, expect, it } from 'vitest';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { judgementOn, reportOn } from '../../src/cli/report/make-report.ts';
import { DAY_MS, HOUR_MS } from '../../src/report/rule.ts';
import type { RealTrade, Records, Trade } from '../../src/report/trade.ts';

const MONDAY = Date.UTC(2025, 5, 9);

const trade = (id: string, openedAt: number, held: number, r: number, isBlocked: boolean): Trade => ({
  ...{ id, symbol: 'X', strategy: 's', regime: 'r', confidence: 0.5, approved: !isBlocked },
  ...{ blockedBy: isBlocked ? ['G'] : [], passedBy: isBlocked ? [] : ['G'], foretoldBy: [] },
  ...{ openedAt, endedAt: openedAt + held, r, usd: r * 10, bp: r * 100, notionalUsd: 1_000 },
  ...{ isAmbiguous: false, hasGaps: false, isReference: false, isUnfunded: true },
});

/** Two weeks of a guard that just about earns a verdict. */
function twoWeeks(): readonly Trade[] {
  const chance = seededChance(7);
  return Array.from({ length: 14 }, (_, n) => {
    const began = MONDAY - (n + 1) * DAY_MS;
    const mood = (chance.next() - 0.5) * 0.9;
    return Array.from({ length: 8 }, (_, k) => {
      const isBlocked = k % 2 === 1;
      const r = (chance.next() - 0.5) * 1.2 + mood * 0.1 + (isBlocked ? mood * 0.5 - 0.13 : 0);
      return trade(`${n}-${k}`, began + 2 * k * HOUR_MS, HOUR_MS, r, isBlocked);
    });
  }).flat();
}

const trades = twoWeeks();
const records = (later: readonly Trade[], real: readonly RealTrade[] = []): Records => ({
  ...{ trades: [...trades, ...later], real, guards: [{ guard: 'G', asked: 112, blocked: 56 }] },
  ...{ decisions: { approved: 56, blocked: 56, expired: 0 }, open: 0, unresolved: 0, withoutVerdicts: 0 },
  lastAt: MONDAY + 4 * DAY_MS,
});
const onMonday = judgementOn(records([]));
/** What real trades of these came to: 20 bp less than their shadows. */
const worse = (some: readonly Trade[], wait = 0): readonly RealTrade[] =>
  some.map(({ id, bp, endedAt }) => ({ id, endedAt: endedAt + wait, bp: bp - 20 }));

describe('the verdicts of a week', () => {
  it('are such that there is something to change', () => {
    expect(onMonday).toMatchObject({ asOf: MONDAY, suspended: null, verdicts: [{ word: 'saves' }] });
  });

  it('stay as they are when a trade of Tuesday is held for longer than any before', () => {
    expect(judgementOn(records([trade('long', MONDAY + DAY_MS, 30 * HOUR_MS, 0.1, false)]))).toEqual(onMonday);
  });

  it('stay as they are when trades that end after Monday are not what their shadows are; the report tells what is to come', () => {
    const later = Array.from({ length: 12 }, (_, k) =>
      trade(`later-${k}`, MONDAY + (k % 4) * DAY_MS + k * HOUR_MS, HOUR_MS, 0.1, false),
    );
    const after = records(later, worse(later));
    expect(judgementOn(after)).toEqual(onMonday);
    const { gap, guards } = reportOn(after, 4);
    expect(gap).toMatchObject({ pairs: 12, mean_bp: -20, is_suspended: false });
    expect(gap.says).toMatch(
      /^trades come to -20.0 to -20.0 bp more .*: if it is so on Monday, verdicts are suspended/,
    );
    expect(guards.map(({ verdict }) => verdict.word)).toEqual(['saves']);
    expect(judgementOn(records([], worse(trades, 8 * 7 * DAY_MS)))).toEqual(onMonday);
  });

  it('are suspended where trades that had ended by Monday were not what their shadows were', () => {
    const { gap, guards } = reportOn(records([], worse(trades)), 4);
    expect(gap).toMatchObject({
      is_suspended: true,
      says: expect.stringMatching(/^verdicts are suspended: by Monday/),
    });
    expect(guards.map(({ verdict }) => verdict)).toMatchObject([{ word: 'no evidence', says: gap.says }]);
  });
});
