/** The chosen actor at the instant: what happened, what is in it, what changed, what was checked. */
import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ActorEvent, TransitionView } from '../../../src/inspector/contract.ts';
import { clockExact, count, duration } from '../format.ts';
import { botNow, overview, stale } from '../live.ts';
import { changesBetween, Diff } from '../part/diff.tsx';
import { Health, HealthIcon, healthOf, LOOK } from '../part/health.tsx';
import { JsonTree } from '../part/json-tree.tsx';
import { Bounded } from '../part/panel.tsx';
import { Empty, Loading } from '../part/state.tsx';
import { TabPanel, Tabs } from '../part/tabs.tsx';
import { pathsOf } from './active.ts';
import { healthOfActor } from './actors.tsx';
import { Send } from './send.tsx';
import { actor, contextBefore, cursor, detail, machine, moment, replaying, step } from './store.ts';
import { transitionsOf } from './transitions.ts';
import { eventWords, guardText } from './words.ts';

type Tab = 'step' | 'context' | 'changes' | 'checks' | 'send';

function Part({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

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

function StateList() {
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

function Now() {
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

function Then() {
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
              <Diff changes={known.diff} label={`What the step changed in ${known.actor}`} />
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
      <Trading />
    </>
  );
}

const componentOf = (id: string): string => id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function ChecksThen() {
  const all = moment.value.value?.invariants ?? [];
  const mine = all.filter(({ component }) => component === componentOf(actor.value?.id ?? ''));
  const shown = mine.length > 0 ? mine : all;
  return (
    <Part title={mine.length > 0 ? 'Checks at this instant' : 'Checks at this instant, of all'}>
      {shown.length === 0 ? (
        <p class="dim">The ledger says nothing of this time.</p>
      ) : (
        <ul class="checks">
          {shown.map(({ id, holds, says }) => (
            <li key={id}>
              <HealthIcon health={healthOf(holds)} />
              <span class="vh">{holds === null ? 'not known' : holds ? 'holds' : 'broken'}: </span>
              <span>
                <code>{id.split('/').at(-1)}</code> {says}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function LogThen() {
  const known = moment.value.value;
  if (!known) return null;
  return (
    <>
      <Part title="Log at this instant">
        {known.log.length === 0 ? (
          <p class="dim">No line near it.</p>
        ) : (
          <ul class="log-lines">
            {known.log.map((one, at) => (
              <li key={`${one.at}-${at}`} class={one.level}>
                <span class="dim">{clockExact(one.at)}</span> {one.message}
              </li>
            ))}
          </ul>
        )}
      </Part>
      <Part title="Records of the event log">
        {known.records.length === 0 ? <p class="dim">None near it.</p> : <JsonTree value={known.records} open={1} />}
      </Part>
    </>
  );
}

function Trading() {
  const known = moment.value.value;
  if (!known) return null;
  const states = Object.entries(known.by_state);
  if (states.length === 0 && known.positions.length === 0) return null;
  return (
    <Part title="Signals and positions">
      <p class="chips">
        {states.map(([state, n]) => (
          <span key={state} class="chip">
            {state} {count(n)}
          </span>
        ))}
      </p>
      {known.positions.length > 0 && (
        <ul class="paths">
          {known.positions.map(({ symbol, qty, entry }) => (
            <li key={symbol}>
              {symbol} {qty} at {entry}
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Context() {
  if (replaying.value) {
    const then = moment.value.value?.actors.find(({ id }) => id === actor.value?.id);
    return (
      <Part title="Context at this instant">
        {then && Object.keys(then.context).length > 0 ? (
          <JsonTree value={then.context} open={2} />
        ) : (
          <p class="dim">The flight recorder keeps plain values only, and has none of it here.</p>
        )}
      </Part>
    );
  }
  const known = detail.value.value;
  return (
    <Part title="Context">{known ? <JsonTree value={known.context} open={2} /> : <Loading what="the context" />}</Part>
  );
}

const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : { value });

function Changes() {
  const now = step.value;
  if (replaying.value)
    return (
      <Part title="What the step changed">
        {now && now.diff.length > 0 ? (
          <Diff changes={now.diff} label={`Context of ${now.actor} before and after`} />
        ) : (
          <p class="dim">No plain value of the context changed.</p>
        )}
      </Part>
    );
  const known = detail.value.value;
  if (!known || contextBefore.value === undefined)
    return (
      <Empty
        title="No other snapshot yet"
        says="As soon as its context changes while you look, both are shown side by side."
      />
    );
  return (
    <Part title="Since the snapshot before">
      <Diff
        changes={changesBetween(asObject(contextBefore.value), asObject(known.context))}
        label="Context before and now"
      />
    </Part>
  );
}

function ChecksNow() {
  const mine = overview.value?.components.find((one) => one.actor === actor.value?.id);
  const all = mine
    ? (
        overview.value?.status.components as unknown as Record<
          string,
          { invariants?: readonly { id: string; holds: boolean | null; evidence?: { says?: string } | null }[] }
        >
      )[mine.id]?.invariants
    : undefined;
  if (replaying.value) return <ChecksThen />;
  if (!all || all.length === 0)
    return <Empty title="Nothing is checked of it" says="It belongs to no component that has invariants." />;
  return (
    <Part title={`Checks of ${mine?.name ?? 'it'}`}>
      <ul class="checks">
        {all.map(({ id, holds, evidence }) => (
          <li key={id}>
            <HealthIcon health={stale.value ? 'unknown' : healthOf(holds)} />
            <span class="vh">{holds === null ? 'not known' : holds ? 'holds' : 'broken'}: </span>
            <span>
              <code>{id.split('/').at(-1)}</code> {evidence?.says}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

export function Details() {
  const tab = useSignal<Tab>('step');
  const maySend = useComputed(
    () => !replaying.value && overview.value?.paper === true && overview.value.commands.includes('send'),
  );
  const now = actor.value;
  const of: { id: Tab; name: string }[] = [
    { id: 'step', name: replaying.value ? 'Step' : 'Now' },
    { id: 'context', name: 'Context' },
    { id: 'changes', name: 'Changes' },
    { id: 'checks', name: 'Checks' },
    ...(maySend.value ? [{ id: 'send' as const, name: 'Send' }] : []),
  ];
  const chosenTab = of.some(({ id }) => id === tab.value) ? tab.value : 'step';
  return (
    <section class="panel details" aria-label="Details of the actor" data-testid="details">
      <header>
        <Tabs
          label="Details"
          id="details"
          of={of}
          value={chosenTab}
          onPick={(id) => {
            tab.value = id;
          }}
        />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take keys */}
      <div class="body pad scroll" tabIndex={0} role="group" aria-label="Details">
        <Bounded what="the details">
          <TabPanel id="details" value={chosenTab}>
            {now && (
              <p class="who-line">
                <Health
                  health={healthOfActor(now)}
                  says={`${now.id}, ${LOOK[healthOfActor(now)].word.toLowerCase()}`}
                />
              </p>
            )}
            {chosenTab === 'step' && (replaying.value ? <Then /> : <Now />)}
            {chosenTab === 'context' && <Context />}
            {chosenTab === 'changes' && <Changes />}
            {chosenTab === 'checks' && <ChecksNow />}
            {chosenTab === 'send' && <Send />}
          </TabPanel>
        </Bounded>
      </div>
    </section>
  );
}
