import { ESCALATION_FILE, LEDGER_FILE } from '../actors/healing-operator.ts';
import { isoTime } from '../actors/records.ts';
import { fileQuarantine } from '../adapters/file-quarantine.ts';
import { jsonlLogs } from '../adapters/jsonl-logs.ts';
import { kernelLock } from '../adapters/kernel-lock.ts';
import { nodeFiles } from '../adapters/node-files.ts';
import { pinoLog } from '../adapters/pino-log.ts';
import { wallClock } from '../adapters/wall-clock.ts';
import { wholeFileStore } from '../adapters/whole-file-store.ts';
import { chainedLog } from '../healing/chained-log.ts';
import { type EscalationState, escalationState } from '../healing/kill-switch.ts';
import type { OperatorRecord } from '../healing/ledger.ts';
import { CliError } from './exit-codes.ts';

/** What is to become of the switch; `change` is left out where nothing is done. */
export interface Switching<Answer> {
  readonly answer: Answer;
  readonly change?: {
    readonly record: OperatorRecord;
    readonly state: Partial<EscalationState>;
    /** For the log. */
    readonly word: string;
  };
}

const untouched = (now: number): EscalationState => ({
  soft_kill_switch_active: false,
  escalation_status: 'normal',
  reason: null,
  last_escalation: null,
  budgets: {},
  recurrences: {},
  last_updated: isoTime(now),
});

/** Turns the kill switch of a bot that does not run, while nobody else may own the directory. Throws {@link CliError}. */
export async function switchAtRest<Answer>(
  dir: string,
  decide: (before: EscalationState, now: number) => Switching<Answer>,
): Promise<Answer> {
  const clock = wallClock();
  const files = nodeFiles(dir, { durability: 'synced', watched: false });
  const lease = await kernelLock(dir, { files, answer: () => ({ pid: process.pid, switching: true }) }).acquire(
    'default',
  );
  try {
    const store = wholeFileStore(files);
    const loaded = await store.load(ESCALATION_FILE, escalationState);
    if (!loaded.ok && !loaded.missing)
      throw new CliError(`${ESCALATION_FILE} cannot be read (${loaded.reason}). Run kintsugi heal first`);
    const before = loaded.ok ? loaded.value : untouched(clock.now());
    const { answer, change } = decide(before, clock.now());
    if (!change) return answer;
    const ledger = chainedLog(jsonlLogs(files, fileQuarantine(files, clock)).log(LEDGER_FILE, { sequenced: false }));
    await ledger.open({ create: 'always' });
    try {
      if (before.ledger_head) ledger.goOnFrom(before.ledger_head);
      // First the record: a switch that was turned without one would be a riddle, a record too many is none.
      await ledger.append(change.record);
      await store.save(ESCALATION_FILE, {
        ...before,
        ...change.state,
        ledger_head: ledger.head,
        last_updated: isoTime(clock.now()),
      } satisfies EscalationState);
    } finally {
      await ledger.close();
    }
    const log = pinoLog(dir, { clock });
    log.warn(`[HEALING] ${change.word}`);
    log.close();
    return answer;
  } finally {
    await lease.release();
  }
}
