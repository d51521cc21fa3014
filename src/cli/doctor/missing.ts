import { ENRICHED_FILE } from '../../actors/decision-engine.ts';
import { DECISIONS_FILE } from '../../actors/decision-tracker.ts';
import { EXITS_FILE } from '../../actors/exit-gates.ts';
import { ESCALATION_FILE, LEDGER_FILE } from '../../actors/healing-operator.ts';
import { HEARTBEAT_FILE } from '../../actors/heartbeat.ts';
import { POSITIONS_FILE, SIGNAL_BUS_FILE } from '../../actors/records.ts';
import { SHADOW_FILE } from '../../actors/shadow-engine.ts';
import { PREDICTIONS_FILE, SIGNALS_FILE } from '../../actors/signal-engine.ts';
import type { BusFacts } from './bus-log.ts';
import { aboutFile, type Finding } from './finding.ts';

/** Per file of records: how many of the log's records say that something stood in it. */
const WITNESSES: Readonly<Record<string, (facts: BusFacts) => number>> = {
  [SIGNALS_FILE]: ({ decisions }) => decisions,
  [PREDICTIONS_FILE]: ({ signals }) => signals,
  [ENRICHED_FILE]: ({ decisions }) => decisions,
  [DECISIONS_FILE]: ({ decisions }) => decisions,
  [SHADOW_FILE]: ({ signals }) => signals,
  [EXITS_FILE]: ({ exits }) => exits,
};

/** Does the log prove that nothing ever stood in this file? Then, and only then, an empty one is no lie (DESIGN §1.4). */
export function provenEmpty(file: string, facts: BusFacts | null): boolean {
  const witness = WITNESSES[file];
  return facts !== null && !facts.incomplete && witness !== undefined && witness(facts) === 0;
}

/** Files of DESIGN §3 that are not there. */
export function missingFiles(there: ReadonlySet<string>, facts: BusFacts | null): readonly Finding[] {
  const gone = (file: string): boolean => !there.has(file);
  const findings: Finding[] = [];
  if (gone(SIGNAL_BUS_FILE)) {
    const remedy = 'restore it from a copy; kintsugi run looks whether anything was lost, and says so';
    findings.push(aboutFile('missing', SIGNAL_BUS_FILE, 'error', 'the event log is missing', remedy));
  }
  for (const file of Object.keys(WITNESSES).filter(gone)) {
    const empty = provenEmpty(file, facts);
    findings.push(
      aboutFile(
        'missing',
        file,
        'warning',
        empty
          ? 'it is missing; the event log proves that nothing stood in it'
          : 'it is missing, and what stood in it is lost',
        empty ? 'kintsugi heal creates it' : 'restore it from a copy, or let kintsugi run begin a new one',
      ),
    );
  }
  if (gone(POSITIONS_FILE)) {
    findings.push(
      aboutFile('positions', POSITIONS_FILE, 'error', 'it is missing', 'kintsugi heal rebuilds it from the event log'),
    );
  }
  for (const file of [LEDGER_FILE, ESCALATION_FILE].filter(gone)) {
    findings.push(
      aboutFile('missing', file, 'warning', 'it is missing', 'kintsugi run begins a new one; what stood in it is lost'),
    );
  }
  if (gone(HEARTBEAT_FILE) && (facts?.signals ?? 0) > 0) {
    const remedy = 'kintsugi run: only progress writes a heartbeat';
    findings.push(aboutFile('missing', HEARTBEAT_FILE, 'warning', 'it is missing', remedy));
  }
  return findings;
}
