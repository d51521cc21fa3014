/** What was sent, as planned and as done. */
import type { IncidentRecord } from '../../../src/inspector/contract.ts';
import { clockExact, duration } from '../format.ts';
import { HealthIcon, LOOK } from '../part/health.tsx';
import { Empty } from '../part/state.tsx';
import { outcomeHealth } from './look.ts';

type Remedy = IncidentRecord['remedies'][number];

function Plan({ plan }: { readonly plan: NonNullable<Remedy['plan']> }) {
  return (
    <dl class="kv small">
      <dt>Planned</dt>
      <dd>to {plan.does}</dd>
      {plan.preconditions.length > 0 && (
        <>
          <dt>Only if</dt>
          <dd>{plan.preconditions.join('; ')}</dd>
        </>
      )}
      <dt>Affects</dt>
      <dd>{plan.affects.join(', ') || 'nothing else'}</dd>
      <dt>Undo</dt>
      <dd>{plan.undo}</dd>
      <dt>Predicted</dt>
      <dd>{plan.expects}</dd>
    </dl>
  );
}

function Attempt({ of, n, openedAt }: { readonly of: Remedy; readonly n: number; readonly openedAt: number }) {
  const at = Date.parse(of.at);
  const answered = of.answered_at === null ? null : Date.parse(of.answered_at);
  return (
    <li data-testid={`remedy-${n}`} data-outcome={of.outcome}>
      <HealthIcon health={outcomeHealth(of)} />
      <div>
        <h3 class="h">
          {n}. {of.type} {of.to}
          {of.target === null ? '' : `: ${of.target}`}
        </h3>
        <p class="k mono">
          {clockExact(at)} <span class="dim">UTC, {duration(at - openedAt)} after it was opened</span>
        </p>
        {of.plan !== null && <Plan plan={of.plan} />}
        <dl class="kv small deed">
          <dt>Done</dt>
          <dd>
            <b class={LOOK[outcomeHealth(of)].ink}>{of.outcome}</b>
            {answered !== null && <span class="dim"> after {duration(answered - at)}</span>}
            {of.says !== '' && <>: {of.says}</>}
          </dd>
        </dl>
      </div>
    </li>
  );
}

export function Remedies({ of }: { readonly of: IncidentRecord }) {
  if (of.remedies.length === 0)
    return (
      <Empty
        icon="wrench"
        title="No remedy was sent"
        says={
          of.waits_for === null
            ? of.status === 'cleared'
              ? 'It cleared by itself before one was needed.'
              : 'None was needed, or none may be sent.'
            : `It waits for ${of.waits_for}, which it depends on: the cause is healed first.`
        }
      />
    );
  return (
    <ol class="attempts">
      {of.remedies.map((one, n) => (
        <Attempt key={one.at} of={one} n={n + 1} openedAt={Date.parse(of.opened_at)} />
      ))}
    </ol>
  );
}
