/**
 * What the bot's parts call their files and states, said again: to import the parts themselves would load the whole bot into the
 * reader's thread, a second of work and tens of MB. A test holds these words to their owners'.
 */
import type { SignalState } from '../../../machines/messages.ts';

export const SHADOW_FILE = 'logs/shadow_trade_outcomes.jsonl';
export const DECISIONS_FILE = 'logs/signal_decisions.jsonl';
export const LEDGER_FILE = 'logs/healing.jsonl';
export const BOT_LOG = 'logs/bot_out.log';
export const HEARTBEAT_FILE = 'logs/.bot_heartbeat';
export const FEATURE_FOLDER = 'feature_store';
export const INTELLIGENCE_SUMMARY = 'feature_store/intelligence/summary.json';

/** Nothing may rest in these. */
export const MUST_MOVE_ON: readonly SignalState[] = ['generated', 'evaluating', 'approved', 'executing'];
export const FINAL: readonly SignalState[] = ['expired', 'learned'];
