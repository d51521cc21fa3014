import { notHolding, operatorRecordOf, type ResumeAnswer, type ResumeRequest, refusal } from '../healing/resume.ts';
import type { HealingHabitat } from './healer-loop.ts';

/** Resets the kill switch of a running bot on the word of a person: recorded first, refused while its cause is there. */
export async function resume(
  { world, mail, mailboxes, board, ledgerWriter }: HealingHabitat,
  request: ResumeRequest,
): Promise<ResumeAnswer> {
  const operator = () => mailboxes.ref('healingOperator')?.getSnapshot();
  const present = operator();
  if (present?.status !== 'active')
    return { resumed: false, says: 'the healing operator is down; ask again when it is back', not_holding: [] };
  const isOn = () => operator()?.matches({ running: { work: { killSwitch: 'tripped' } } }) === true;
  if (!isOn()) return { resumed: false, says: 'the kill switch is off already: nothing was done', not_holding: [] };
  const { killReason, killedBy } = present.context as { killReason: string | null; killedBy: readonly string[] };
  const broken = notHolding(killedBy, board.findings());
  if (broken.length > 0 && !request.force) {
    world.log.warn(`[HEALING] ${request.by} asked to resume and was refused: ${request.reason}`);
    return refusal(broken);
  }
  let isRecorded = false;
  ledgerWriter.write(operatorRecordOf(request, killReason, broken, world.clock.now()), () => {
    isRecorded = true;
  });
  await world.pending.track(ledgerWriter.settle());
  mail.post('healingOperator', { type: 'RESET', reason: `${request.by} resumed: ${request.reason}` });
  return {
    resumed: !isOn(),
    says: isOn()
      ? 'it was asked for; the healing operator will do it when it runs again'
      : `the kill switch is off; entries are allowed again (it was on because ${killReason})${isRecorded ? '' : '; the ledger refuses the record, which waits'}`,
    not_holding: broken.map(({ id }) => id),
  };
}
