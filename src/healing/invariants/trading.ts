/** Decisions, the safety layer, orders and exits; and the files of the whole directory. */
import type { DecisionEngineContext } from '../../machines/decision-engine.ts';
import { OVERDUE_AFTER_MS } from '../../machines/decision-engine.ts';
import type { FileIntegrityContext } from '../../machines/file-integrity.ts';
import type { SafetyLayerContext } from '../../machines/safety-layer.ts';
import { BARE_AT_MOST_MS, type TradeExecutionContext } from '../../machines/trade-execution.ts';
import type { Finding, Invariant } from '../invariant.ts';
import { records } from './architecture.ts';
import { exitInvariants } from './exits.ts';
import {
  about,
  broken,
  fileIsSound,
  holds,
  isAlive,
  mailDrains,
  type Subject,
  type Times,
  unknown,
} from './judging.ts';

const decisionEngine: Subject = { component: 'decision_engine', actor: 'decisionEngine' };
const safetyLayer: Subject = { component: 'safety_layer', actor: 'safetyLayer' };
const tradeExecution: Subject = { component: 'trade_execution', actor: 'tradeExecution' };
const fileIntegrity: Subject = { component: 'file_integrity', actor: 'fileIntegrity' };

const POSITIONS_FILE = 'logs/positions_futures.json';
/** An order without an answer for this long breaks an invariant, ms. */
const UNANSWERED_AFTER_MS = 10_000;

function judgeStops(protection: TradeExecutionContext['protection'], now: number): Finding {
  if (protection === null) return holds(now, 'no stops are kept at the exchange, or nothing was held so far');
  const { open, bare, refused } = protection;
  const [oldest] = [...bare].sort((a, b) => a.since - b.since);
  const bareMs = oldest ? now - oldest.since : 0;
  const figures = {
    open,
    bare: bare.map(({ symbol }) => symbol).join(' '),
    bare_ms: bareMs,
    limit_ms: BARE_AT_MOST_MS,
  };
  const [first] = refused;
  if (first) return broken(now, `the exchange does not take the stop of ${first.symbol}: ${first.why}`, figures);
  if (oldest && bareMs > BARE_AT_MOST_MS) {
    const words = `${oldest.symbol} (${oldest.signalId}) has had no stop at the exchange for ${bareMs} ms`;
    return broken(now, words, { ...figures, since: oldest.since });
  }
  return holds(now, `a stop rests at the exchange behind each of ${open} positions, or is on its way`, figures);
}

export function tradingInvariants(times: Times): readonly Invariant[] {
  const enriched = fileIsSound(
    decisionEngine,
    { path: 'logs/enriched_decisions.jsonl', content: 'file integrity judges it', target: 'log' },
    times,
  );
  return [
    isAlive(safetyLayer),
    mailDrains(safetyLayer),
    fileIsSound(
      safetyLayer,
      {
        path: POSITIONS_FILE,
        content: 'its owner judges it',
        target: 'positions',
        severity: 'critical',
        dependsOn: ['signal_bus/alive', 'signal_bus/log-verifies'],
        id: 'safety_layer/positions-sound',
      },
      times,
    ),
    {
      id: 'safety_layer/positions-saved',
      ...safetyLayer,
      severity: 'high',
      dependsOn: ['safety_layer/alive', 'safety_layer/positions-sound', 'signal_bus/accepts'],
      patienceMs: 5_000,
      proofWithinMs: 5_000,
      holds: about<SafetyLayerContext>('safetyLayer', ({ unsavedSince, saveError }, view) => {
        if (saveError === null) return holds(view.now, 'what is held is on disk');
        return broken(view.now, `the positions could not be saved: ${saveError}`, { unsaved_since: unsavedSince });
      }),
      remedies: [{ type: 'REPAIR', target: 'positions' }],
      neverRestart: true,
    },

    isAlive(tradeExecution),
    mailDrains(tradeExecution),
    {
      id: 'trade_execution/positions-writable',
      ...tradeExecution,
      severity: 'high',
      dependsOn: ['safety_layer/alive', 'safety_layer/positions-sound'],
      patienceMs: 0,
      proofWithinMs: 5_000,
      holds: about<TradeExecutionContext>('tradeExecution', ({ life }, view) => {
        const file = life.files[POSITIONS_FILE];
        if (!file) return unknown(view.now, `nobody has looked at ${POSITIONS_FILE} yet`);
        if (!file.exists) return holds(file.checkedAt, 'it is not there, which its owner mends');
        return file.writable
          ? holds(file.checkedAt, `${POSITIONS_FILE} may be written to`)
          : broken(file.checkedAt, file.says);
      }),
      remedies: [{ type: 'REPAIR', target: 'positions', to: 'safetyLayer' }],
    },
    {
      id: 'trade_execution/intents-answered',
      ...tradeExecution,
      severity: 'critical',
      dependsOn: ['trade_execution/alive', 'trade_execution/mail-drains', 'signal_bus/accepts'],
      patienceMs: 0,
      timed: true,
      proofWithinMs: 10_000 + times.checkMs * 2,
      holds: about<TradeExecutionContext>('tradeExecution', ({ orders, what }, view) => {
        const { unknown: lost, oldestIntentAt } = orders;
        const age = oldestIntentAt === null ? 0 : view.now - oldestIntentAt;
        const figures = { unknown: lost, oldest_ms: age, limit_ms: UNANSWERED_AFTER_MS };
        if (age < UNANSWERED_AFTER_MS)
          return holds(view.now, `no order has waited for ${UNANSWERED_AFTER_MS} ms`, figures);
        return broken(view.now, `an order has had no end for ${age} ms (${what})`, figures);
      }),
      remedies: [{ type: 'REPAIR', target: 'reconcile' }],
    },
    {
      id: 'trade_execution/agrees-with-broker',
      ...tradeExecution,
      severity: 'critical',
      dependsOn: ['trade_execution/alive', 'trade_execution/mail-drains'],
      patienceMs: 2_000,
      proofWithinMs: 10_000,
      holds: about<TradeExecutionContext>('tradeExecution', ({ differences, comparedAt, unasked }, view) => {
        if (differences.length > 0) {
          return broken(comparedAt ?? view.now, `positions differ from the broker's: ${differences.join('; ')}`, {
            differences: differences.length,
          });
        }
        if (unasked !== null) return unknown(view.now, `the broker could not be asked: ${unasked}`);
        if (comparedAt === null) return unknown(view.now, 'the books have not been compared with the broker yet');
        return holds(comparedAt, 'log and broker agree');
      }),
      remedies: [{ type: 'REPAIR', target: 'reconcile' }],
    },

    {
      id: 'trade_execution/positions-protected',
      ...tradeExecution,
      severity: 'critical',
      dependsOn: ['trade_execution/alive', 'trade_execution/mail-drains'],
      patienceMs: 0,
      timed: true,
      proofWithinMs: 10_000 + times.checkMs * 2,
      holds: about<TradeExecutionContext>('tradeExecution', ({ protection }, view) => judgeStops(protection, view.now)),
      remedies: [{ type: 'REPAIR', target: 'protect' }],
    },

    isAlive(decisionEngine),
    mailDrains(decisionEngine),
    enriched,
    records(decisionEngine, enriched.id),
    {
      id: 'decision_engine/decides-in-time',
      ...decisionEngine,
      severity: 'high',
      dependsOn: [
        'decision_engine/alive',
        'decision_engine/mail-drains',
        'safety_layer/alive',
        'safety_layer/mail-drains',
      ],
      patienceMs: 0,
      timed: true,
      proofWithinMs: 10_000,
      holds: about<DecisionEngineContext>('decisionEngine', ({ pending, oldestPendingAt }, view) => {
        const age = oldestPendingAt === null ? 0 : view.now - oldestPendingAt;
        const figures = { pending, oldest_ms: age, limit_ms: OVERDUE_AFTER_MS };
        return age <= OVERDUE_AFTER_MS
          ? holds(view.now, `${pending} decisions are under way`, figures)
          : broken(view.now, `${pending} decisions are under way, the oldest for ${age} ms`, figures);
      }),
      remedies: [{ type: 'RESTART' }],
    },

    ...exitInvariants(times),

    isAlive(fileIntegrity),
    mailDrains(fileIntegrity),
    {
      id: 'file_integrity/all-files-parse',
      ...fileIntegrity,
      severity: 'high',
      dependsOn: ['file_integrity/alive'],
      patienceMs: 0,
      proofWithinMs: 10_000,
      holds: about<FileIntegrityContext>(
        'fileIntegrity',
        ({ damaged, strangersDamage, verifiedAt, verifiedFiles }, view) => {
          if (verifiedAt === null) return unknown(view.now, 'the first round of verification is still to end');
          const [first] = damaged;
          const figures = { files: verifiedFiles, damaged: damaged.length, strangers: strangersDamage.length };
          const [others] = strangersDamage;
          const apart = others ? `; ${strangersDamage.length} of other programs do not, ${others.path} first` : '';
          return first === undefined
            ? holds(verifiedAt, `${verifiedFiles} JSON and JSONL files verify${apart}`, figures)
            : broken(verifiedAt, `${damaged.length} damaged files; the first is ${first.path}: ${first.says}`, figures);
        },
      ),
      remedies: [{ type: 'REPAIR', target: 'all' }],
    },
    {
      id: 'file_integrity/verifies-in-time',
      ...fileIntegrity,
      severity: 'medium',
      dependsOn: ['file_integrity/alive'],
      patienceMs: 0,
      proofWithinMs: 30_000,
      holds: about<FileIntegrityContext>('fileIntegrity', ({ verifiedAt }, view) => {
        if (verifiedAt === null) return unknown(view.now, 'the first round of verification is still to end');
        const age = view.now - verifiedAt;
        const limit = Math.max(60_000, times.lookMs) * 3;
        return age <= limit
          ? holds(verifiedAt, `the last round ended ${age} ms ago`, { age_ms: age })
          : broken(verifiedAt, `the last round ended ${age} ms ago`, { age_ms: age, limit_ms: limit });
      }),
      remedies: [{ type: 'RESTART' }],
    },
  ];
}
