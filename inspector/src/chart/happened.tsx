/** The chosen actor at the instant: what happened, what is in it, what changed, what was checked. */

import type { ActorEvent, TransitionView } from '../../../src/inspector/contract.ts';
import { clockExact, count, duration } from '../format.ts';
import { botNow } from '../live.ts';
import { JsonTree } from '../part/json-tree.tsx';
import { Empty, Loading } from '../part/state.tsx';
import { pathsOf } from './active.ts';
import { LogThen, TradingThen } from './at-instant.tsx';
import { Changed } from './changed.tsx';
import { ChecksThen } from './checks.tsx';
import { Part } from './part-of.tsx';
import { actor, cursor, detail, machine, step } from './store.ts';
import { transitionsOf } from './transitions.ts';
import { eventWords, guardText } from './words.ts';

function Taken({ ids }: { readonly ids: readonly string[] }) {
  const known = machine.value
    ? transitionsOf(machine.value)
    : new Map<string, { transition: TransitionView; from: string }>();
  const found = ids.map((id) => known.get(id)).filter((one) => one !== undefined);
  if (found.length === 0) return <p class="dim">None: the event was taken, or refused, without one.</p>;
  return (
    <ul class="taken-list">
      {found.map(({ transition, from }) => (
        <li key={transition.id}>
          <span class="mono">
            {from} {transition.targets.length > 0 && <span class="lnk">→</span>}{' '}
            {transition.targets.map((id) => id.split('.').at(-1)).join(', ') || '(stays)'}
          </span>
          {transition.guard !== null && (
            <div>
              <span class="dim">Guard:</span> <code>{guardText(transition.guard)}</code> held
            </div>
          )}
          {transition.actions.length > 0 && (
            <div>
              <span class="dim">Actions:</span> {transition.actions.join(', ')}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

export function StateList() {
  const now = actor.value;
  if (!now) return null;
  const paths = pathsOf(now.value);
  const at = cursor.value ?? botNow.value;
  return (
    <Part title="State">
      {paths.length === 0 ? (
        <p class="dim">It has no states: it is no machine.</p>
      ) : (
        <ul class="paths mono">
          {paths.map((path) => (
            <li key={path}>{path}</li>
          ))}
        </ul>
      )}
      <p class="dim">
        {now.since <= at ? `for ${duration(at - now.since)}` : ''}; incarnation {now.incarnation}
        {now.mail
          ? `; mail ${count(now.mail.processed)} of ${count(now.mail.accepted)} taken, ${count(now.mail.held)} held`
          : ''}
      </p>
    </Part>
  );
}

function LastEvent({ last }: { readonly last: ActorEvent | undefined }) {
  if (!last) return <p class="dim">None since it was first seen.</p>;
  return (
    <>
      <p class="mono">{eventWords(last.type)}</p>
      <p class="dim">
        {clockExact(last.at)} from {last.from ?? 'outside (a timer, or the world)'}
      </p>
      <JsonTree value={last.event} open={1} />
    </>
  );
}

export function Now() {
  const known = detail.value.value;
  if (!known)
    return detail.value.error ? (
      <Empty title="Nothing is known of it" says={detail.value.error} />
    ) : (
      <Loading what="the actor" />
    );
  const last = known.log.at(-1);
  return (
    <>
      <StateList />
      <Part title="Last event">
        <LastEvent last={last} />
      </Part>
      <Part title="Transition">
        <Taken ids={last?.taken ?? []} />
      </Part>
      <Part title="Accepts now">
        {known.accepts.length === 0 ? (
          <p class="dim">Nothing: it has ended, or only XState’s own events move it.</p>
        ) : (
          <p class="chips">
            {known.accepts.map((type) => (
              <span key={type} class="chip mono">
                {type}
              </span>
            ))}
          </p>
        )}
      </Part>
    </>
  );
}

export function Then() {
  const known = step.value;
  return (
    <>
      {known ? (
        <>
          <Part title="Event">
            <p class="mono">{eventWords(known.event)}</p>
            <p class="dim">
              {clockExact(known.at)} from {known.from ?? 'outside'} to {known.actor}
            </p>
          </Part>
          {known.actor === actor.value?.id ? (
            <Part title="Transition">
              <Taken ids={known.taken} />
            </Part>
          ) : (
            <p class="dim part">
              This step is of {known.actor}; the chart shows {actor.value?.id ?? 'nobody'}.
            </p>
          )}
          {known.diff.length > 0 && (
            <Part title="Context">
              <Changed changes={known.diff} label={`What the step changed in ${known.actor}`} />
            </Part>
          )}
        </>
      ) : (
        <Part title="Event">
          <p class="dim">No step is known at or before this instant.</p>
        </Part>
      )}
      <StateList />
      <ChecksThen />
      <LogThen />
      <TradingThen />
    </>
  );
}
