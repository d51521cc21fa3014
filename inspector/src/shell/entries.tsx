/** Pausing entries, and resuming them: always with a reason, which the ledger keeps. */
import { useSignal } from '@preact/signals';
import { overview } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Dialog } from '../part/dialog.tsx';
import { mayCommand, NeedsToken } from '../part/needs-token.tsx';
import { AnswerLine, useSending } from '../part/send.tsx';
import { close } from './open.ts';

export function EntriesDialog() {
  const off = useSignal(overview.value?.status.kill_switch.active ?? false).value;
  const reason = useSignal('');
  const force = useSignal(false);
  const { state, send } = useSending();
  const kill = overview.value?.status.kill_switch;
  const isFleet = overview.value?.kind === 'fleet';
  const { busy, answer } = state.value;
  const done = answer?.ok === true;
  const refused = answer !== null && !answer.ok;
  const submit = (event: Event): void => {
    event.preventDefault();
    const says = reason.value.trim();
    if (says === '') return;
    void send(
      off ? { do: 'resume', reason: says, ...(force.value ? { force: true } : {}) } : { do: 'pause', reason: says },
    );
  };
  return (
    <Dialog title={off ? 'Resume entries' : 'Pause entries'} onClose={close} testid="entries-dialog">
      <form class="stack" onSubmit={submit}>
        {off ? (
          <p class="soft">
            The kill switch is on: no position is opened, exits go on. It was switched on because{' '}
            <b>{kill?.reason ?? 'somebody asked for it'}</b>
            {(kill?.tripped_by.length ?? 0) > 0 && <> (tripped by {kill?.tripped_by.join(', ')})</>}.
          </p>
        ) : (
          <p class="soft">
            No new position is opened until somebody resumes. What is open stays guarded: stops, take-profits and exits
            go on. The healing goes on as well.{isFleet && ' It holds for every worker of the fleet.'}
          </p>
        )}
        <NeedsToken what={off ? 'resume entries' : 'pause entries'}>
          <div>
            <label class="label" for="reason">
              {isFleet ? 'Reason, read by all workers' : 'Reason, kept in the ledger'}
            </label>
            <textarea
              id="reason"
              class="field"
              rows={2}
              required
              maxLength={300}
              placeholder={off ? 'The disk is writable again, checked by hand' : 'News at 14:30'}
              value={reason.value}
              onInput={(event) => {
                reason.value = event.currentTarget.value;
              }}
            />
          </div>
          {off && refused && (
            <label class="check">
              <input
                type="checkbox"
                checked={force.value}
                onChange={(event) => {
                  force.value = event.currentTarget.checked;
                }}
              />
              Resume although what tripped it does not hold; I take it on me
            </label>
          )}
        </NeedsToken>
        <AnswerLine answer={answer} />
        <div class="row ends">
          <Button kind="ghost" onClick={close}>
            {done ? 'Close' : 'Cancel'}
          </Button>
          {mayCommand() && !done && (
            <Button type="submit" kind={off ? 'primary' : 'danger'} disabled={busy || reason.value.trim() === ''}>
              {busy ? 'Asking the bot …' : off ? 'Resume entries' : 'Pause entries'}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
