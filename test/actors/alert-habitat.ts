/** An alert desk on real files and virtual time, which can be started anew in the same directory. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertDesk } from '../../src/actors/alert-desk.ts';
import { ALERTS_STATE_FILE } from '../../src/actors/alert-outbox.ts';
import { ALERTS_FILE, fileAlerts } from '../../src/adapters/file-alerts.ts';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { Redactor } from '../../src/adapters/redactor.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { wholeFileStore } from '../../src/adapters/whole-file-store.ts';
import type { Alert, AlertSink, Delivered, Notice } from '../../src/ports/alerts.ts';
import type { Files } from '../../src/ports/files.ts';
import { type Fault, faultyFiles } from '../faults/faulty-files.ts';

export const START = Date.UTC(2026, 0, 5);
export const HOUR = 3_600_000;
export const MINUTE = 60_000;

export const alertOf = (change: Partial<Alert> = {}): Alert => ({
  level: 'CRITICAL',
  category: 'HEALING_ESCALATION',
  subject: 'kill_switch',
  message: 'Entries are blocked',
  details: { reason: 'a test' },
  actionRequired: 'Look.',
  ...change,
});
export const recoveryOf = (change: Partial<Alert> = {}) => {
  const { category, subject } = alertOf(change);
  return { category, subject, message: 'It is over', details: {} };
};

/** A sink that takes everything, or answers what `answers` gives for each delivery. */
export function memorySink(id: string, change: Partial<AlertSink> = {}, answers: Delivered[] = []) {
  const taken: Notice[] = [];
  const tried: number[] = [];
  const sink: AlertSink = {
    id,
    atOnce: 10,
    gatherMs: 0,
    waitingAtMost: 1_000,
    takesAll: false,
    deliver: async (notices) => {
      tried.push(notices.length);
      const answer = answers.shift() ?? { ok: true };
      if (answer.ok) taken.push(...notices);
      return answer;
    },
    ...change,
  };
  return { sink, taken, tried };
}

export interface DeskOptions {
  readonly dir?: string;
  readonly sinks?: readonly AlertSink[];
  readonly at?: number;
  readonly faults?: readonly Fault[];
  /** Wraps the files, to make them fail. */
  readonly files?: (files: Files) => Files;
}

export async function alertHabitat({ sinks = [], at = START, faults = [], ...options }: DeskOptions = {}) {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'kintsugi-alerts-'));
  const plain = nodeFiles(dir, { durability: 'written', watched: false });
  const files = faultyFiles(options.files?.(plain) ?? plain);
  files.faults.push(...faults);
  const clock = new VirtualClock(at);
  const pending = new PendingWork();
  const quarantine = fileQuarantine(files, clock);
  const said: string[] = [];
  const note = (level: string) => (message: string) => void said.push(`${level} ${message}`);
  const redactor = new Redactor();
  const desk = new AlertDesk({
    clock,
    outside: clock,
    store: wholeFileStore(files),
    quarantine,
    pending,
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    chance: seededChance(at),
    file: fileAlerts(jsonlLogs(files, quarantine)),
    sinks,
    repeatAfterMs: 4 * HOUR,
    stopWithinMs: 3_000,
    clean: (value) => redactor.value(value),
  });
  await desk.open();
  const text = (path: string): string => (existsSync(join(dir, path)) ? readFileSync(join(dir, path), 'utf8') : '');
  return {
    dir,
    clock,
    desk,
    said,
    redactor,
    faults: files.faults,
    advance: (ms: number) => clock.advanceAsync(ms, () => pending.idle() ?? new Promise((go) => setImmediate(go))),
    /** `logs/operator_alerts.jsonl`, without lines torn by a death: `fileIntegrity` mends them. */
    lines: (): Notice[] =>
      text(ALERTS_FILE)
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line)),
    outbox: () => JSON.parse(text(ALERTS_STATE_FILE)),
  };
}
