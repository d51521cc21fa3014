/** What the remedies of a check would do, before anything is sent; and sending one. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ComponentView, PlanView, StatusReport } from '../../../src/inspector/contract.ts';
import { words } from '../format.ts';
import { Button } from '../part/button.tsx';
import { Dialog } from '../part/dialog.tsx';
import { Icon } from '../part/icons.tsx';
import { mayCommand, NeedsToken } from '../part/needs-token.tsx';
import { AnswerLine, useSending } from '../part/send.tsx';
import { Empty, Loading } from '../part/state.tsx';
import { Follow, nowAsking } from './follow.tsx';

type Check = StatusReport['invariants'][number];
type Remedy = PlanView['remedy'];

const WORD: Readonly<Record<Remedy, string>> = { EXPIRE: 'Expire', REPAIR: 'Repair', RESTART: 'Restart' };
/** The broken first: that is what one came for. */
const order = (check: Check): number => (check.holds === false ? 0 : check.holds === null ? 1 : 2);

interface PlanProps {
  readonly plan: PlanView;
  readonly n: number;
  readonly asking: boolean;
  /** Another of its kind comes before it: only that one can be asked for. */
  readonly later: boolean;
  readonly busy: boolean;
  readonly onAsk: (asking: boolean) => void;
  readonly onSend: () => void;
}

function Plan({ plan, n, asking, later, busy, onAsk, onSend }: PlanProps) {
  return (
    <li class="plan" data-testid={`plan-${plan.remedy}`}>
      <div class="row">
        <span class="chip">{n}</span>
        <h3>{WORD[plan.remedy]}</h3>
        <span class="sp" />
        {asking ? (
          <>
            <span class="soft small">It counts against the budget.</span>
            <Button kind="ghost" onClick={() => onAsk(false)}>
              No
            </Button>
            <Button kind="danger" disabled={busy} onClick={onSend}>
              {busy ? 'Sending …' : `Yes, send ${plan.remedy}`}
            </Button>
          </>
        ) : later ? (
          <span class="dim small">comes when that did not help</span>
        ) : (
          <Button disabled={busy} onClick={() => onAsk(true)}>
            Send {plan.remedy} …
          </Button>
        )}
      </div>
      <p class="does">It would {plan.does}.</p>
      <dl class="kv small">
        <dt>Only if</dt>
        <dd>
          {plan.preconditions.length === 0 ? (
            'always'
          ) : (
            <ul>
              {plan.preconditions.map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          )}
        </dd>
        <dt>Affects</dt>
        <dd>{plan.affects.length === 0 ? 'nothing else' : plan.affects.join(', ')}</dd>
        <dt>Undo</dt>
        <dd>{plan.undo}</dd>
        <dt>Healed when</dt>
        <dd>{plan.expects}</dd>
      </dl>
    </li>
  );
}

interface RemedyDialogProps {
  readonly component: ComponentView;
  readonly checks: readonly Check[];
  readonly onClose: () => void;
}

export function RemedyDialog({ component, checks, onClose }: RemedyDialogProps) {
  const able = [...checks].sort((a, b) => order(a) - order(b));
  const check = useSignal(able.find(({ remedies }) => remedies.length > 0)?.id ?? able[0]?.id ?? '');
  const asking = useSignal<Remedy | null>(null);
  const planned = useSending();
  const sent = useSending();
  const sending = useSignal(nowAsking());
  useEffect(() => {
    if (mayCommand() && check.value !== '') void planned.send({ do: 'plan', invariant: check.value });
    // Planned anew for another check only.
  }, [check.value]);
  const { answer, busy } = planned.state.value;
  const plans = answer?.plans ?? [];
  const remedy = async (wanted: Remedy): Promise<void> => {
    sending.value = nowAsking();
    await sent.send({ do: 'remedy', invariant: check.value, remedy: wanted });
    asking.value = null;
  };
  return (
    <Dialog
      title={`Dry run: what a repair of ${component.name} would do`}
      onClose={onClose}
      wide
      testid="remedy-dialog"
    >
      <div class="stack">
        <p class="note soft small">
          <Icon name="wrench" /> Nothing is sent until you say so. What is sent goes through the healer’s own budget and
          ledger, and counts as healed only when the check holds on evidence taken afterwards.
        </p>
        <label class="label">
          For the check
          <select
            class="select"
            value={check.value}
            onChange={(event) => {
              check.value = event.currentTarget.value;
              asking.value = null;
            }}
          >
            {able.map(({ id, holds }) => (
              <option key={id} value={id}>
                {holds === false ? 'Broken' : holds === null ? 'Unknown' : 'Holds'}: {words(id.split('/').at(-1) ?? id)}{' '}
                ({id})
              </option>
            ))}
          </select>
        </label>
        <NeedsToken what="plan or send a repair">
          {busy && <Loading what="the plans" />}
          {answer !== null && !answer.ok && <AnswerLine answer={answer} />}
          {answer?.ok === true && plans.length === 0 && (
            <Empty title="There is no remedy for this check" says={answer.says} icon="wrench" />
          )}
          <ol class="plans">
            {plans.map((plan, n) => (
              <Plan
                key={`${plan.remedy}-${plan.does}`}
                plan={plan}
                n={n + 1}
                later={plans.findIndex(({ remedy: kind }) => kind === plan.remedy) < n}
                asking={
                  asking.value === plan.remedy && plans.findIndex(({ remedy: kind }) => kind === plan.remedy) === n
                }
                busy={sent.state.value.busy}
                onAsk={(yes) => {
                  asking.value = yes ? plan.remedy : null;
                }}
                onSend={() => void remedy(plan.remedy)}
              />
            ))}
          </ol>
        </NeedsToken>
        <AnswerLine answer={sent.state.value.answer} />
        {sent.state.value.answer?.ok === true && (
          <Follow incident={sent.state.value.answer.incident ?? null} asking={sending.value} component={component.id} />
        )}
      </div>
    </Dialog>
  );
}
