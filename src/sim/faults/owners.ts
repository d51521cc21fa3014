/** Who owns which file (DESIGN §3): a fault of a file meets its owner, and nobody else may write it. */
import { ALERTS_STATE_FILE } from '../../actors/alert-outbox.ts';
import { ESCALATION_FILE, LEDGER_FILE } from '../../actors/healing-operator.ts';
import { HEARTBEAT_FILE } from '../../actors/heartbeat.ts';
import { isBusFile, POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { ALERTS_FILE } from '../../adapters/file-alerts.ts';
import type { ActorId } from '../../machines/messages.ts';

const LOG_OWNERS = {
  'logs/signals.jsonl': 'signalEngine',
  'logs/ensemble_predictions.jsonl': 'signalEngine',
  'logs/signal_decisions.jsonl': 'decisionTracker',
  'logs/enriched_decisions.jsonl': 'decisionEngine',
  'logs/exit_runtime_events.jsonl': 'exitGates',
  'logs/shadow_trade_outcomes.jsonl': 'shadowEngine',
  'logs/shadow_real_exits.jsonl': 'shadowEngine',
} as const satisfies Readonly<Record<string, ActorId>>;

/** Logs of records that can be lost without losing money or history. */
export const LOGS = Object.keys(LOG_OWNERS) as readonly (keyof typeof LOG_OWNERS)[];
export const DOCUMENTS = [POSITIONS_FILE, 'feature_store/BTCUSDT.json', ESCALATION_FILE] as const;
export { LEDGER_FILE, SIGNAL_BUS_FILE };

/** The one actor that may write a file; `'anyone'` for what all share; `null` for what nobody should. */
export function ownerOf(path: string): ActorId | 'anyone' | null {
  if (isBusFile(path)) return 'signalBus';
  const log = (LOG_OWNERS as Readonly<Record<string, ActorId>>)[path.replace(/-\d+\.jsonl$/, '.jsonl')];
  if (log) return log;
  if (path === POSITIONS_FILE) return 'safetyLayer';
  if (path === LEDGER_FILE || path === ESCALATION_FILE) return 'healingOperator';
  if (path === HEARTBEAT_FILE) return 'heartbeat';
  if (path === ALERTS_FILE || path === ALERTS_STATE_FILE || path.startsWith('quarantine/')) return 'anyone';
  return path.startsWith('feature_store/') ? 'featureStore' : null;
}

/** The actor a fault of this file meets. */
export function meets(path: string): ActorId {
  const owner = ownerOf(path);
  return owner === null || owner === 'anyone' ? 'fileIntegrity' : owner;
}
