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

/** `kintsugi verify`: is the ledger whole, and can what it says be true? */
export function verify({ dir: given, json }: { readonly dir: string; readonly json?: boolean }): number {
  const dir = directoryOfRun(given);
  const { findings, accounted, records, incidents, chained, legacy, head } = verifyLedger(dir);
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
        findings.map(({ line, rule, incident, reason }) => [
          style('red', '✖'),
          line === null ? 'whole' : `line ${line}`,
          rule,
          incident ?? '',
          reason,
        ]),
      ),
    );
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
