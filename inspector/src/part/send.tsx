/** A command under way, and what came of it. */
import { type Signal, useSignal } from '@preact/signals';
import type { Command, CommandAnswer } from '../../../src/inspector/contract.ts';
import { command } from '../ask.ts';
import { Icon } from './icons.tsx';

export interface Sending {
  readonly busy: boolean;
  readonly answer: CommandAnswer | null;
}

/** Sends commands one at a time and keeps the last answer; what cannot be reached is an answer too. */
export function useSending(): {
  readonly state: Signal<Sending>;
  readonly send: (wanted: Command) => Promise<CommandAnswer>;
} {
  const state = useSignal<Sending>({ busy: false, answer: null });
  const send = async (wanted: Command): Promise<CommandAnswer> => {
    state.value = { busy: true, answer: null };
    const answer = await command(wanted).catch(
      (error: unknown): CommandAnswer => ({ ok: false, says: `It was not sent: ${(error as Error).message}` }),
    );
    state.value = { busy: false, answer };
    return answer;
  };
  return { state, send };
}

export function AnswerLine({ answer }: { readonly answer: CommandAnswer | null }) {
  return (
    <div role="status">
      {answer !== null && (
        <p class={`answer ${answer.ok ? 'is-ok' : 'is-bad'}`}>
          <Icon name={answer.ok ? 'tick' : 'octagon'} class={answer.ok ? 'ok' : 'bad'} />
          <span>{answer.says}</span>
        </p>
      )}
    </div>
  );
}
