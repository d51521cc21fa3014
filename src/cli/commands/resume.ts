import { userInfo } from 'node:os';
import type { EscalationState } from '../../healing/kill-switch.ts';
import {
  type NotHolding,
  operatorRecordOf,
  type ResumeAnswer,
  type ResumeRequest,
  refusal,
} from '../../healing/resume.ts';
import { askRunningBot } from '../ask-running-bot.ts';
import { ANSWER_WITHIN_MS, askThere, directoryOfRun } from '../bot-directory.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { readIncidents } from '../read-incidents.ts';
import { switchAtRest } from '../switch-at-rest.ts';
import { say, tell } from '../terminal.ts';

interface ResumeFlags {
  readonly dir: string;
  readonly reason: string;
  readonly force?: boolean;
  readonly json?: boolean;
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

const resumeAtRest = (dir: string, request: ResumeRequest): Promise<ResumeAnswer> =>
  switchAtRest<ResumeAnswer>(dir, (before, now) => {
    if (!before.soft_kill_switch_active)
      return { answer: { resumed: false, says: 'the kill switch is off already: nothing was done', not_holding: [] } };
    const broken = lastWords(dir, trippedBy(before));
    if (broken.length > 0 && !request.force) return { answer: refusal(broken) };
    const says = `the kill switch is off (it was on because ${before.reason}); entries are allowed when the bot starts`;
    return {
      answer: { resumed: true, says, not_holding: broken.map(({ id }) => id) },
      change: {
        record: operatorRecordOf(request, before.reason, broken, now),
        state: {
          soft_kill_switch_active: false,
          escalation_status: 'normal',
          reason: null,
          tripped_by: [],
          paused_by_hand: false,
        },
        word: `kill switch off: ${request.by} resumed: ${request.reason}`,
      },
    };
  });

/** `kintsugi resume`. Throws {@link CliError} where it cannot be asked. */
export async function resume({ dir: given, reason, force = false, json }: ResumeFlags): Promise<number> {
  if (reason.trim() === '') throw new CliError('--reason is empty: say why entries may be made again', EXIT.usage);
  const dir = directoryOfRun(given);
  const request = { reason: reason.trim(), by: `${userInfo().username} (process ${process.pid})`, force };
  const isOwned = (await askThere(dir, { timeoutMs: ANSWER_WITHIN_MS })) !== null;
  const answer = isOwned
    ? await askRunningBot<ResumeAnswer>(dir, { ...request, request: 'resume' }, ({ resumed }) => resumed !== undefined)
    : await resumeAtRest(dir, request);
  if (json) say(JSON.stringify({ schema: 1, dir, running: isOwned, ...request, ...answer }, null, 2));
  else if (answer.resumed) say(`Resumed: ${answer.says}.`);
  else tell(answer.says);
  return answer.resumed ? EXIT.done : EXIT.failed;
}
