/** An event sent by hand, to an actor of an app or of a bot that trades on paper. */
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { overview } from '../live.ts';
import { Button } from '../part/button.tsx';
import { NeedsToken } from '../part/needs-token.tsx';
import { AnswerLine, useSending } from '../part/send.tsx';
import { eventFrom } from './event-from.ts';
import { actor, detail } from './store.ts';

export function Send() {
  const id = useId();
  const type = useSignal('');
  const own = useSignal(false);
  const written = useSignal('{}');
  const { state, send } = useSending();
  const known = detail.value.value;
  const accepts = known?.accepts ?? [];
  const to = actor.value?.id ?? null;
  useEffect(() => {
    type.value = '';
    own.value = false;
    state.value = { busy: false, answer: null };
  }, [to]);
  const chosen = type.value === '' && !own.value ? (accepts[0] ?? '') : type.value;
  const checked = eventFrom(chosen, written.value);
  return (
    <NeedsToken what="send an event">
      <form
        class="send"
        data-testid="send"
        onSubmit={(event) => {
          event.preventDefault();
          if (to !== null && 'event' in checked) void send({ do: 'send', actor: to, event: checked.event });
        }}
      >
        <p class="dim">
          The event goes to {to} as if another actor had sent it.{' '}
          {overview.value?.kind === 'app' ? 'What comes of it is real.' : 'Orders are paper; what it does is recorded.'}
        </p>
        <label class="label" for={`${id}-type`}>
          Event
        </label>
        {own.value ? (
          <input
            id={`${id}-type`}
            class="field mono"
            value={type.value}
            onInput={(event) => {
              type.value = event.currentTarget.value;
            }}
          />
        ) : (
          <select
            id={`${id}-type`}
            class="select mono"
            value={chosen}
            onChange={(event) => {
              own.value = event.currentTarget.value === '';
              type.value = event.currentTarget.value;
            }}
          >
            {accepts.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
            <option value="">another …</option>
          </select>
        )}
        <label class="label" for={`${id}-json`}>
          What goes with it, as JSON
        </label>
        <textarea
          id={`${id}-json`}
          class="field mono"
          rows={6}
          spellcheck={false}
          value={written.value}
          aria-invalid={'wrong' in checked}
          aria-describedby={`${id}-wrong`}
          onInput={(event) => {
            written.value = event.currentTarget.value;
          }}
        />
        <p id={`${id}-wrong`} class={'wrong' in checked ? 'bad' : 'dim'}>
          {'wrong' in checked ? checked.wrong : `Will be sent: ${JSON.stringify(checked.event)}`}
        </p>
        <Button kind="primary" type="submit" disabled={'wrong' in checked || state.value.busy || to === null}>
          {state.value.busy ? 'Sending …' : `Send to ${to ?? 'nobody'}`}
        </Button>
        <AnswerLine answer={state.value.answer} />
      </form>
    </NeedsToken>
  );
}
