/** What `kintsugi heal` does about findings. Nothing is deleted, nothing is invented (DESIGN §1). */
import { CHECKPOINT_FILE } from '../../actors/bus-history.ts';
import { ESCALATION_FILE } from '../../actors/healing-operator.ts';
import { documentOf, readPositions } from '../../actors/positions-file.ts';
import { isBusFile, isoTime, POSITIONS_FILE } from '../../actors/records.ts';
import { EXCHANGE_FILE, paperState } from '../../adapters/paper-state.ts';
import type { EscalationState } from '../../healing/kill-switch.ts';
import { someOf } from '../../healing/words.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLogs } from '../../ports/event-log.ts';
import type { Files } from '../../ports/files.ts';
import type { Quarantine } from '../../ports/quarantine.ts';
import type { Store } from '../../ports/store.ts';
import { dropCheckpoint } from '../drop-checkpoint.ts';
import { counted } from '../terminal.ts';
import type { BusFacts } from './bus-log.ts';
import type { Examination } from './examine.ts';
import type { Finding } from './finding.ts';
import { provenEmpty } from './missing.ts';

/** What mending needs of the world. */
export interface Workbench {
  readonly files: Files;
  readonly quarantine: Quarantine;
  readonly logs: EventLogs;
  readonly store: Store;
  readonly clock: Clock;
}

/** One thing that would be done; `run` does it and says what came of it. */
export interface Mend {
  readonly file: string;
  readonly does: string;
  readonly run: (bench: Workbench) => Promise<string>;
}

const LOGS: readonly Finding['kind'][] = ['bad-line', 'torn-tail'];
/** @param dropsCheckpoint it is of the event log, and there is a checkpoint of what that was */
function mendLog(file: string, findings: readonly Finding[], dropsCheckpoint: boolean): Mend {
  const bad = findings.filter(({ kind }) => kind === 'bad-line');
  const tails = findings.length - bad.length;
  const parts = [
    bad.length > 0
      ? `move the bytes of ${counted(bad.length, 'bad line')} (${someOf(bad.map(({ line }) => line))}) to quarantine/ and blank them in place`
      : '',
    tails > 0 ? 'end the last line' : '',
    dropsCheckpoint ? `move ${CHECKPOINT_FILE} to quarantine/; kintsugi run makes it anew from the log` : '',
  ].filter((part) => part !== '');
  return {
    file,
    does: parts.join('; '),
    run: async ({ logs, files, quarantine }) => {
      const log = logs.log(file, { sequenced: false });
      // Seen twice, a last line without an end is not in the making.
      await log.verify();
      await log.verify();
      const { quarantined } = await log.repair();
      const dropped = isBusFile(file) ? await dropCheckpoint(files, quarantine, 'the log was mended') : null;
      const besides =
        dropped === null ? '' : `; ${CHECKPOINT_FILE}, which is of the log as it was, moved to ${dropped}`;
      const kept = [...new Set(quarantined.map(({ file: keptIn }) => keptIn))];
      const done =
        kept.length === 0
          ? 'ended the last line'
          : `${counted(quarantined.length, 'bad line')} moved to ${someKept(kept)}, blanked in place`;
      return done + besides;
    },
  };
}
const someKept = (kept: readonly string[]): string =>
  kept.length === 1 ? (kept[0] ?? '') : `quarantine/ (${counted(kept.length, 'file')})`;

/** Sets a document aside. @returns where it lies now */
async function setAside({ files, quarantine }: Workbench, file: string, reason: string): Promise<string | null> {
  const bytes = await files.read(file);
  if (bytes === null) return null;
  return (await quarantine.keep(file, 0, bytes, reason)).file;
}

const mendDocument = ({ file, reason }: Finding): Mend => ({
  file,
  does: 'move it to quarantine/; its owner writes it anew',
  run: async (bench) => {
    const kept = await setAside(bench, file, reason);
    if (kept === null) return 'it is gone already';
    await bench.files.move(file, `${kept}.original`);
    return `moved to ${kept}; its owner writes it anew`;
  },
});

/** A kill switch that cannot be read is on: unknown is not green. */
const mendKillSwitch = ({ file, reason }: Finding): Mend => ({
  file,
  does: 'move it to quarantine/ and write one with the kill switch on: whether it was cannot be read',
  run: async (bench) => {
    const kept = await setAside(bench, file, reason);
    const now = isoTime(bench.clock.now());
    const state: EscalationState = {
      soft_kill_switch_active: true,
      escalation_status: 'soft_kill_switch',
      reason: `its state could not be read; the bytes are in ${kept}`,
      last_escalation: now,
      budgets: {},
      recurrences: {},
      last_updated: now,
    };
    await bench.store.save(file, state);
    return `moved to ${kept}; written with the kill switch on, entries return after a quiet hour`;
  },
});

/** Why what is held is not proven; `null` where the log says it whole, and the paper exchange says nothing else. */
async function doubts(facts: BusFacts, { store }: Pick<Workbench, 'store'>): Promise<string | null> {
  const exchange = await store.load(EXCHANGE_FILE, paperState);
  if (!exchange.ok) {
    if (!exchange.missing) return `${EXCHANGE_FILE} cannot be read, so the exchange cannot be asked`;
    return facts.incomplete ? 'lines of the event log are missing, so it does not prove what is held' : null;
  }
  const ours = facts.book.net();
  const theirs = exchange.value.positions;
  const differs = [...new Set([...ours.keys(), ...Object.keys(theirs)])]
    .map((symbol) => ({ symbol, log: ours.get(symbol) ?? 0, held: theirs[symbol]?.qty ?? 0 }))
    .filter(({ log, held }) => log !== held)
    .map(({ symbol, log, held }) => `${symbol}: the log says ${log}, the exchange ${held}`);
  return differs.length > 0 ? differs.join('; ') : null;
}

const mendPositions = ({ reason }: Finding, facts: BusFacts): Mend => ({
  file: POSITIONS_FILE,
  does: `keep what is there in quarantine/ and write what the event log says: ${counted(facts.book.openCount, 'open position')}`,
  run: async (bench) => {
    const bytes = await bench.files.read(POSITIONS_FILE);
    const kept = await setAside(bench, POSITIONS_FILE, reason);
    const before = bytes === null ? null : readPositions(bytes);
    const midnight = before === null || typeof before === 'string' ? null : before.equity_at_midnight;
    await bench.store.save(POSITIONS_FILE, documentOf(facts.book, midnight));
    const held = counted(facts.book.openCount, 'open position');
    // How far a price went between two fills is in no log.
    const written = `written from the event log: ${held}, peaks and stops as of the last fill`;
    return kept === null ? written : `${written}; the old bytes are in ${kept}`;
  },
});

const create = (file: string): Mend => ({
  file,
  does: 'create it empty: the event log proves that nothing stood in it',
  run: async ({ files }) => {
    await files.createNew(file, new Uint8Array());
    return 'created empty';
  },
});

export interface Plan {
  readonly mends: readonly Mend[];
  /** Findings that are left as they are, and why. */
  readonly left: readonly { readonly finding: Finding; readonly why: string }[];
}

/** What would be done about what was found, in the order in which it would be. Looks, and changes nothing. */
export async function plan({ findings, facts }: Examination, bench: Pick<Workbench, 'store' | 'files'>): Promise<Plan> {
  const mends: Mend[] = [];
  const left: { finding: Finding; why: string }[] = [];
  const relevant = findings.filter(({ severity }) => severity !== 'info');
  const logs = [...new Set(relevant.filter(({ kind }) => LOGS.includes(kind)).map(({ file }) => file))];
  // It goes with the first of the log's files that is mended.
  const first = (await bench.files.read(CHECKPOINT_FILE)) === null ? undefined : logs.find(isBusFile);
  for (const file of logs) {
    const own = relevant.filter((one) => one.file === file && LOGS.includes(one.kind));
    mends.push(mendLog(file, own, file === first));
  }
  for (const finding of relevant) {
    const { kind, file } = finding;
    const leave = (why: string) => left.push({ finding, why });
    if (kind === 'bad-document' && file === EXCHANGE_FILE) {
      leave('it is all the paper exchange knows of cash and positions; without it the account would begin anew');
    } else if (kind === 'bad-document')
      mends.push(file === ESCALATION_FILE ? mendKillSwitch(finding) : mendDocument(finding));
    else if (kind === 'missing' && provenEmpty(file, facts)) mends.push(create(file));
    else if (kind === 'positions') {
      const doubt = facts?.ours ? await doubts(facts, bench) : 'the event log here does not tell positions';
      if (doubt === null && facts) mends.push(mendPositions(finding, facts));
      else leave(`${doubt}; kintsugi run asks the exchange`);
    } else if (!LOGS.includes(kind)) leave(finding.remedy);
  }
  return { mends, left };
}
