/** Break something, and watch it heal. Paper only. */
import { computed, useSignal } from '@preact/signals';
import type { FaultView } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { overview } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Icon } from '../part/icons.tsx';
import { mayCommand, NeedsToken } from '../part/needs-token.tsx';
import { Panel } from '../part/panel.tsx';
import { AnswerLine, useSending } from '../part/send.tsx';
import { Answer } from '../part/state.tsx';
import { type Asking, Follow, nowAsking } from './follow.tsx';

/** A signal of its own: the question is not asked anew with every overview. */
const heard = computed(() => overview.value !== null);

interface Done {
  readonly fault: FaultView;
  readonly asking: Asking;
  readonly incident: string | null;
}

function FaultCard({
  fault,
  busy,
  onBreak,
}: {
  readonly fault: FaultView;
  readonly busy: boolean;
  readonly onBreak: () => void;
}) {
  return (
    <li class="fault">
      <Button onClick={onBreak} disabled={busy} testid={`fault-${fault.id}`}>
        <Icon name="bolt" class="warn" />
        {fault.name}
      </Button>
      <p>{fault.says}</p>
      <p class="dim">How it ends: {fault.ends}</p>
    </li>
  );
}

export function Faults() {
  const asked = useAsked<readonly FaultView[]>(() => (heard.value ? 'api/faults' : null));
  const { state, send } = useSending();
  const done = useSignal<Done | null>(null);
  const asking = useSignal(false);
  const { value } = asked.value;
  if (value !== null && value.length === 0) return null;
  const breakIt = async (fault: FaultView): Promise<void> => {
    if (!mayCommand()) {
      asking.value = true;
      return;
    }
    const sent = nowAsking();
    const answer = await send({ do: 'fault', fault: fault.id });
    done.value = answer.ok ? { fault, asking: sent, incident: answer.incident ?? null } : null;
  };
  return (
    <Panel title="Break something, and watch it heal" note="paper only: no money moves" class="faults" testid="faults">
      <Answer asked={asked.value} what="the faults" lines={3}>
        {(all) => (
          <>
            <ul class="faultlist">
              {all.map((fault) => (
                <FaultCard key={fault.id} fault={fault} busy={state.value.busy} onBreak={() => void breakIt(fault)} />
              ))}
            </ul>
            {asking.value && (
              <div class="under">
                <NeedsToken what="break something" />
              </div>
            )}
            {state.value.answer !== null && (
              <div class="under">
                <AnswerLine answer={state.value.answer} />
              </div>
            )}
            {done.value !== null && (
              <div class="under">
                <Follow key={done.value.asking.at} incident={done.value.incident} asking={done.value.asking} />
              </div>
            )}
          </>
        )}
      </Answer>
    </Panel>
  );
}
