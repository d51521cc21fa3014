import { ESCALATION_FILE, LEDGER_FILE } from '../../actors/healing-operator.ts';
import { type ChainVerdict, checkChain, type LedgerFinding } from '../../healing/chain-check.ts';
import type { EscalationState } from '../../healing/kill-switch.ts';
import { checkLedger } from '../../healing/ledger-check.ts';
import { directoryOfRun } from '../bot-directory.ts';
import { EXIT } from '../exit-codes.ts';
import { readEscalation, readLedger, readSetAside } from '../read-ledger.ts';
import { counted, say, style, table } from '../terminal.ts';

export interface Verification extends ChainVerdict {
  readonly records: number;
  readonly incidents: number;
}

/** Checks a ledger offline: nothing is asked of a bot, nothing is written. */
export function verifyLedger(dir: string): Verification {
  const lines = readLedger(dir);
  const state = readEscalation(dir);
  const remembered: Partial<EscalationState> = state.ok ? state.value : {};
  const chain = checkChain(lines, readSetAside(dir), remembered.ledger_head ?? null);
  const hasLoss =
    chain.accounted.length > 0 || chain.findings.some(({ rule }) => rule === 'removed' || rule === 'unreadable');
  const ledger = checkLedger(lines, remembered.recent_incidents ?? [], hasLoss);
  const unknown: LedgerFinding[] =
    state.ok || state.missing
      ? []
      : [{ rule: 'state', line: null, incident: null, reason: `the operator's state cannot be read: ${state.reason}` }];
  const findings = [...chain.findings, ...ledger.findings, ...unknown].sort(
    (a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) || 0,
  );
  return { ...chain, findings, records: lines.length, incidents: ledger.incidents.size };
}

const RESTORE = `compare ${LEDGER_FILE} with a copy of it, and restore that: nothing here can make up what is not there`;
/** What a person does about a finding, by its rule; the rest is of records that say what cannot have been. */
const REMEDIES: Readonly<Record<string, string>> = {
  unreadable: 'kintsugi heal sets it aside, where no bot runs (one that runs does it by itself)',
  state: 'kintsugi heal sets it aside, and puts the kill switch on',
  ...Object.fromEntries(['removed', 'changed', 'order', 'link', 'unchained', 'lost'].map((rule) => [rule, RESTORE])),
};
const SAYS_WHAT_CANNOT_BE =
  'another program wrote it, or this one is wrong: keep the file as it is; kintsugi explain INCIDENT tells what stands there';

const whereabouts = ({ rule }: LedgerFinding): { readonly file: string; readonly remedy: string } => ({
  file: rule === 'state' ? ESCALATION_FILE : LEDGER_FILE,
  remedy: REMEDIES[rule] ?? SAYS_WHAT_CANNOT_BE,
});

/** `kintsugi verify`: is the ledger whole, and can what it says be true? */
export function verify({ dir: given, json }: { readonly dir: string; readonly json?: boolean }): number {
  const dir = directoryOfRun(given);
  const { findings: bare, accounted, records, incidents, chained, legacy, head } = verifyLedger(dir);
  const findings = bare.map((finding) => ({ ...finding, ...whereabouts(finding) }));
  const isSound = findings.length === 0;
  if (json) {
    say(
      JSON.stringify(
        { schema: 1, dir, sound: isSound, records, incidents, chained, legacy, head, findings, accounted },
        null,
        2,
      ),
    );
    return isSound ? EXIT.done : EXIT.failed;
  }
  if (!isSound) {
    say(
      table(
        findings.map(({ file, line, rule, incident, reason }) => [
          style('red', '✖'),
          line === null ? file : `${file}, line ${line}`,
          rule,
          incident ?? '',
          reason,
        ]),
      ),
    );
    for (const remedy of new Set(findings.map((one) => one.remedy))) {
      const rules = new Set(findings.filter((one) => one.remedy === remedy).map(({ rule }) => rule));
      say(style('dim', `→ ${[...rules].join(', ')}: ${remedy}`));
    }
    say();
  }
  for (const { line, missing, quarantine } of accounted) {
    const [from, to] = missing;
    const what = from === to ? `record ${from}` : `records ${from} to ${to}`;
    say(
      `${line === null ? 'at the end' : `before line ${line}`}: ${what} could not be read and ${from === to ? 'was' : 'were'} set aside: ${quarantine.join(', ')}`,
    );
  }
  const verdict = isSound ? style('green', '✔ sound') : style('red', `✖ ${counted(findings.length, 'finding')}`);
  say(
    `${verdict}  ${counted(records, 'record')} of ${counted(incidents, 'incident')}; ${counted(chained, 'link')} in the chain`,
  );
  if (legacy > 0)
    say(
      `${counted(legacy, 'record')} ${legacy === 1 ? 'is' : 'are'} from before there was a chain: nothing proves that they are as they were written`,
    );
  if (head !== null)
    say(`The last hash is ${head.hash}. Kept elsewhere, it proves later that nothing before it was changed.`);
  return isSound ? EXIT.done : EXIT.failed;
}
