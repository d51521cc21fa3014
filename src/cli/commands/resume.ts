import { userInfo } from 'node:os';
import { ESCALATION_FILE, LEDGER_FILE } from '../../actors/healing-operator.ts';
import { isoTime } from '../../actors/records.ts';
import { fileQuarantine } from '../../adapters/file-quarantine.ts';
import { jsonlLogs } from '../../adapters/jsonl-logs.ts';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { pinoLog } from '../../adapters/pino-log.ts';
import { readToken, TOKEN_FILE } from '../../adapters/request-token.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { wholeFileStore } from '../../adapters/whole-file-store.ts';
import { chainedLog } from '../../healing/chained-log.ts';
import { type EscalationState, escalationState } from '../../healing/kill-switch.ts';
import {
  type NotHolding,
  operatorRecordOf,
  type ResumeAnswer,
  type ResumeRequest,
  refusal,
} from '../../healing/resume.ts';
import { ANSWER_WITHIN_MS, askThere, botDirectory } from '../bot-directory.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { readIncidents } from '../read-incidents.ts';
import { say, tell } from '../terminal.ts';

interface ResumeFlags {
  readonly dir: string;
  readonly reason: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The bot may be busy with a disk that is slow: the record comes before the answer. */
const RESUMED_WITHIN_MS = 10_000;

/** Asks the bot that runs there. Throws {@link CliError} where it takes no such request. */
async function askBot(dir: string, request: ResumeRequest): Promise<ResumeAnswer> {
  let token: string | null;
  try {
    token = readToken(dir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${dir}/${TOKEN_FILE} cannot be read (${why}): only who may read it may resume the bot`);
  }
  if (token === null) throw new CliError(`${dir}/${TOKEN_FILE} is not there: the bot was started by an older version`);
  const asked = { ...request, request: 'resume', token };
  const answer = (await askThere(dir, { timeoutMs: RESUMED_WITHIN_MS, request: asked })) as
    | (Partial<ResumeAnswer> & { readonly error?: string })
    | null;
  if (answer?.resumed === undefined)
    throw new CliError(
      `the bot in ${dir} did not take the request: ${answer?.error ?? 'it has just stopped; ask again'}`,
    );
  return answer as ResumeAnswer;
}

/** Old states do not say which invariants tripped the switch, but their reason begins with one. */
const trippedBy = ({ tripped_by: by, reason }: EscalationState): readonly string[] => {
  const [, first] = /^([\w.-]+\/[\w.-]+)[ :]/.exec(reason ?? '') ?? [];
  return by ?? (first === undefined ? [] : [first]);
};

/** Without a bot nothing can be measured: the last word of the ledger on each invariant counts. */
function lastWords(dir: string, ids: readonly string[]): readonly NotHolding[] {
  const { incidents } = readIncidents(dir);
  return ids.flatMap((id) => {
    const last = incidents.filter(({ invariant }) => invariant === id).at(-1);
    if (last === undefined || last.status === 'healed' || last.status === 'cleared') return [];
    return [{ id, says: `${last.incident_id} is ${last.status}: ${last.verdict ?? last.evidence_before.says}` }];
  });
}

/** Resets the switch of a bot that does not run, while nobody else may own the directory. */
async function resumeAtRest(dir: string, request: ResumeRequest): Promise<ResumeAnswer> {
  const clock = wallClock();
  const files = nodeFiles(dir, { durability: 'synced', watched: false });
  const lease = await kernelLock(dir, { files, answer: () => ({ pid: process.pid, resuming: true }) }).acquire(
    'default',
  );
  try {
    const store = wholeFileStore(files);
    const state = await store.load(ESCALATION_FILE, escalationState);
    if (!state.ok && !state.missing)
      throw new CliError(`${ESCALATION_FILE} cannot be read (${state.reason}). Run kintsugi heal first`);
    if (!state.ok || !state.value.soft_kill_switch_active)
      return { resumed: false, says: 'the kill switch is off already: nothing was done', not_holding: [] };
    const before = state.value;
    const broken = lastWords(dir, trippedBy(before));
    if (broken.length > 0 && !request.force) return refusal(broken);
    const ledger = chainedLog(jsonlLogs(files, fileQuarantine(files, clock)).log(LEDGER_FILE, { sequenced: false }));
    await ledger.open({ create: 'always' });
    try {
      if (before.ledger_head) ledger.goOnFrom(before.ledger_head);
      // First the record: a switch that is off without one would be a riddle, a record too many is none.
      await ledger.append(operatorRecordOf(request, before.reason, broken, clock.now()));
      await store.save(ESCALATION_FILE, {
        ...before,
        soft_kill_switch_active: false,
        escalation_status: 'normal',
        reason: null,
        tripped_by: [],
        ledger_head: ledger.head,
        last_updated: isoTime(clock.now()),
      } satisfies EscalationState);
    } finally {
      await ledger.close();
    }
    const log = pinoLog(dir, { clock });
    log.warn(`[HEALING] kill switch off: ${request.by} resumed: ${request.reason}`);
    log.close();
    const says = `the kill switch is off (it was on because ${before.reason}); entries are allowed when the bot starts`;
    return { resumed: true, says, not_holding: broken.map(({ id }) => id) };
  } finally {
    await lease.release();
  }
}

/** `kintsugi resume`: takes the kill switch off, of a running bot or of one at rest, with a reason that is kept. */
export async function resume({ dir: given, reason, force = false, json }: ResumeFlags): Promise<number> {
  if (reason.trim() === '') throw new CliError('--reason is empty: say why entries may be made again', EXIT.usage);
  const dir = botDirectory(given);
  const request = { reason: reason.trim(), by: `${userInfo().username} (process ${process.pid})`, force };
  const isOwned = (await askThere(dir, { timeoutMs: ANSWER_WITHIN_MS })) !== null;
  const answer = isOwned ? await askBot(dir, request) : await resumeAtRest(dir, request);
  if (json) say(JSON.stringify({ schema: 1, dir, running: isOwned, ...request, ...answer }, null, 2));
  else if (answer.resumed) say(`Resumed: ${answer.says}.`);
  else tell(answer.says);
  return answer.resumed ? EXIT.done : EXIT.failed;
}
