import { userInfo } from 'node:os';
import { isoTime } from '../../actors/records.ts';
import { type PauseAnswer, type PauseRequest, pausedBecause, pauseRecordOf } from '../../healing/resume.ts';
import { askRunningBot } from '../ask-running-bot.ts';
import { ANSWER_WITHIN_MS, askThere, directoryOfRun } from '../bot-directory.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { switchAtRest } from '../switch-at-rest.ts';
import { say, tell } from '../terminal.ts';

interface PauseFlags {
  readonly dir: string;
  readonly reason: string;
  readonly json?: boolean;
}

const pauseAtRest = (dir: string, request: PauseRequest): Promise<PauseAnswer> =>
  switchAtRest<PauseAnswer>(dir, (before, now) => {
    const { soft_kill_switch_active: isOn, reason: was } = before;
    if (isOn && before.paused_by_hand)
      return { answer: { paused: false, says: `it is paused already (${was}): nothing was done` } };
    const because = pausedBecause(request);
    return {
      answer: { paused: true, says: 'the kill switch is on; the bot starts with entries blocked, exits go on' },
      change: {
        record: pauseRecordOf(request, isOn ? was : null, now),
        state: {
          soft_kill_switch_active: true,
          escalation_status: 'soft_kill_switch',
          // The first reason stays: it is the one to be looked into.
          reason: isOn ? was : because,
          tripped_by: before.tripped_by ?? [],
          paused_by_hand: true,
          last_escalation: isOn ? before.last_escalation : isoTime(now),
        },
        word: `KILL SWITCH on: ${because}`,
      },
    };
  });

/** `kintsugi pause`. Throws {@link CliError} where it cannot be asked. */
export async function pause({ dir: given, reason, json }: PauseFlags): Promise<number> {
  if (reason.trim() === '') throw new CliError('--reason is empty: say why no entries may be made', EXIT.usage);
  const dir = directoryOfRun(given);
  const request = { reason: reason.trim(), by: `${userInfo().username} (process ${process.pid})` };
  const isOwned = (await askThere(dir, { timeoutMs: ANSWER_WITHIN_MS })) !== null;
  const answer = isOwned
    ? await askRunningBot<PauseAnswer>(dir, { ...request, request: 'pause' }, ({ paused }) => paused !== undefined)
    : await pauseAtRest(dir, request);
  if (json) say(JSON.stringify({ schema: 1, dir, running: isOwned, ...request, ...answer }, null, 2));
  else if (answer.paused) say(`Paused: ${answer.says}.`);
  else tell(answer.says);
  return answer.paused ? EXIT.done : EXIT.failed;
}
