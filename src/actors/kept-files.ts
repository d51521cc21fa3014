import { segmentNumber } from '../ports/segment-name.ts';
import { ALERTS_STATE_FILE } from './alert-outbox.ts';
import { CHECKPOINT_FILE } from './bus-history.ts';
import { ENRICHED_FILE } from './decision-engine.ts';
import { DECISIONS_FILE } from './decision-tracker.ts';
import { EXITS_FILE } from './exit-gates.ts';
import { ESCALATION_FILE, LEDGER_FILE } from './healing-operator.ts';
import { REAL_SHADOWS_FILE } from './real-shadow-keeper.ts';
import { REAL_EXITS_FILE } from './real-shadow-record.ts';
import { isBusFile, POSITIONS_FILE } from './records.ts';
import { SHADOW_FILE } from './shadow-engine.ts';
import { PREDICTIONS_FILE, SIGNALS_FILE } from './signal-engine.ts';

/** Of the paper exchange, which is not the bot: what it holds nobody may put back as it was. */
const EXCHANGE_FILE = 'state/paper_exchange.json';
const OWNERS: ReadonlySet<string> = new Set([
  POSITIONS_FILE,
  ESCALATION_FILE,
  LEDGER_FILE,
  CHECKPOINT_FILE,
  EXCHANGE_FILE,
]);
const FEATURE_FILE = /^feature_store\/([A-Z0-9]+|intelligence\/summary)\.json$/;

/** Documents whose owners read them at a start alone: they are written by a rename, so one that does not parse was damaged. */
const MENDED: ReadonlySet<string> = new Set([REAL_SHADOWS_FILE, ALERTS_STATE_FILE]);
/** Logs whose owners only append. */
const MENDED_LOGS: readonly string[] = [
  SIGNALS_FILE,
  PREDICTIONS_FILE,
  ENRICHED_FILE,
  DECISIONS_FILE,
  EXITS_FILE,
  SHADOW_FILE,
  REAL_EXITS_FILE,
  'logs/operator_alerts.jsonl',
  'logs/guardian.jsonl',
];

/**
 * Who mends a JSON or JSONL file below the bot's directory when it does not parse.
 * `owner`: who writes it verifies it as well. `integrity`: the bot's, and mended by file integrity. `stranger`: on neither list, so it is
 * another program's, which may be in the middle of writing it: nobody of the bot ever writes, moves or blanks it (DESIGN §1.7).
 */
export type Keeper = 'owner' | 'integrity' | 'stranger';

export function keeperOf(path: string): Keeper {
  if (MENDED.has(path) || MENDED_LOGS.some((log) => path === log || segmentNumber(log, path) !== null))
    return 'integrity';
  return OWNERS.has(path) || isBusFile(path) || FEATURE_FILE.test(path) ? 'owner' : 'stranger';
}
