import { GUARDS } from '../../actors/guards/catalogue.ts';
import { seededChance } from '../../adapters/seeded-chance.ts';
import { type Judgement, judgeGuards, makeReport, type Report } from '../../report/report.ts';
import { RULE } from '../../report/rule.ts';
import type { Records } from '../../report/trade.ts';
import { SAFETY } from '../inspector/records/funnel.ts';

/** Guards that look at what is held; the safety layer does, too. */
const CAPACITY_GUARDS: ReadonlySet<string> = new Set([
  ...GUARDS.filter(({ looksAtHoldings }) => looksAtHoldings === true).map(({ name }) => name),
  SAFETY,
]);

const chance = () => seededChance(RULE.seed).fork('report');

/** The verdicts of {@link reportOn}, alone. */
export const judgementOn = (records: Records): Judgement => judgeGuards(records, chance());

/**
 * The report on these records.
 * @param places positions that the bot may have open at a time
 */
export const reportOn = (records: Records, places: number): Report =>
  makeReport(records, { capacityGuards: CAPACITY_GUARDS, places, chance: chance() });
