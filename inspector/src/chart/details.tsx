/** The chosen actor at the instant: what happened, what is in it, what changed, what was checked. */

import { useComputed, useSignal } from '@preact/signals';
import { overview } from '../live.ts';
import { Health, LOOK } from '../part/health.tsx';
import { JsonTree } from '../part/json-tree.tsx';
import { Bounded } from '../part/panel.tsx';
import { Empty, Loading } from '../part/state.tsx';
import { TabPanel, Tabs } from '../part/tabs.tsx';
import { healthOfActor } from './actors.tsx';
import { Changed } from './changed.tsx';
import { ChecksNow } from './checks.tsx';
import { differences } from './differences.ts';
import { Now, Then } from './happened.tsx';
import { Part } from './part-of.tsx';
import { Scroll } from './scroll.tsx';
import { Send } from './send.tsx';
import { actor, contextBefore, detail, moment, replaying, step } from './store.ts';

type Tab = 'step' | 'context' | 'changes' | 'checks' | 'send';

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

function Changes() {
  const now = step.value;
  if (replaying.value)
    return (
      <Part title="What the step changed">
        {now && now.diff.length > 0 ? (
          <Changed changes={now.diff} label={`Context of ${now.actor} before and after`} />
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
      <Changed changes={differences(contextBefore.value, known.context)} label="Context before and now" />
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
      <Scroll class="body pad" label="Details">
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
      </Scroll>
    </section>
  );
}
