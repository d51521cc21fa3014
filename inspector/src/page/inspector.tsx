/** Statecharts, actors and events, now and at any instant that was. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import '../style/chart.css';
import type { ActorEvent } from '../../../src/inspector/contract.ts';
import { activeIds, entriesOf, shortState } from '../chart/active.ts';
import { Actors, healthOfActor } from '../chart/actors.tsx';
import { Canvas } from '../chart/canvas.tsx';
import { Details } from '../chart/details.tsx';
import { Events } from '../chart/events.tsx';
import { keepInspector } from '../chart/keep.ts';
import { Lanes } from '../chart/lanes.tsx';
import { Legend } from '../chart/legend.tsx';
import type { Light } from '../chart/light.ts';
import { visitsIn } from '../chart/replay.ts';
import { Sequence } from '../chart/sequence.tsx';
import { SignalPanel } from '../chart/signal-panel.tsx';
import { pathOf } from '../chart/signal-path.ts';
import { Steps } from '../chart/steps.tsx';
import * as store from '../chart/store.ts';
import { TimeBar } from '../chart/timebar.tsx';
import { Health } from '../part/health.tsx';
import { Bounded } from '../part/panel.tsx';
import { Empty, Loading } from '../part/state.tsx';
import { Segmented, TabPanel, Tabs } from '../part/tabs.tsx';
import { go, route, to } from '../route.ts';

type Below = 'timeline' | 'events' | 'sequence';
type Pane = 'actors' | 'chart' | 'details' | 'below';

/** Steps told as events, for the parts that show events. */
const asEvents = (): readonly ActorEvent[] =>
  store.steps.value.all.map((one) => ({
    seq: one.n,
    at: one.at,
    from: one.from,
    to: one.actor,
    type: one.event,
    event: { type: one.event, ...Object.fromEntries(one.diff.map(({ key, is }) => [key, is])) },
    value: one.value,
    changed: JSON.stringify(one.was) !== JSON.stringify(one.value),
    taken: one.taken,
  }));

function useLight() {
  return useComputed((): Light => {
    const machine = store.machine.value;
    const none = { active: new Set<string>(), taken: new Set<string>(), entries: null, visits: null, path: null };
    if (machine === null) return none;
    if (store.signalId.value !== null) {
      const shown = store.signalShown.value.value;
      if (shown === null) return none;
      const { value, path, last, seen } = pathOf(machine, shown);
      return {
        ...none,
        entries: seen,
        active: activeIds(machine.root, value),
        taken: new Set(last === null ? [] : [last]),
        path,
      };
    }
    const actor = store.actor.value;
    if (actor === null) return none;
    const lit = { active: activeIds(machine.root, actor.value), taken: new Set(actor.taken), path: null };
    if (store.replaying.value) {
      const all = store.steps.value.all;
      return { ...lit, ...visitsIn(all, actor.id, store.step.value, (value) => activeIds(machine.root, value)) };
    }
    const known = store.detail.value.value;
    const visits = known?.id === actor.id && Object.keys(known.visits).length > 0 ? known.visits : null;
    return {
      ...lit,
      entries: visits === null ? null : entriesOf(machine.root, visits),
      visits,
    };
  });
}

function ChartPanel() {
  const as = useSignal<'chart' | 'outline'>('chart');
  const light = useLight();
  const actor = store.actor.value;
  const machine = store.machine.value;
  const tint = useComputed(() => {
    const now = store.actor.value;
    return store.signalId.value !== null || now === null ? '' : healthOfActor(now);
  });
  const { value: all, error } = store.machines.value;
  const signal = store.signalId.value;
  const shown = store.signalShown.value.value;
  return (
    <section class="panel chart-panel" aria-label="Statechart" data-testid="chart">
      <header>
        <h2 class="cut" title={signal ?? actor?.id}>
          {signal === null
            ? (actor?.id ?? 'Statechart')
            : shown
              ? `${shown.symbol} ${shown.direction.toLowerCase()}`
              : 'Signal'}
        </h2>
        {signal === null && actor && (
          <Health health={healthOfActor(actor)} says={shortState(actor.value) || actor.status} />
        )}
        {signal !== null && (
          <button
            type="button"
            class="btn tiny"
            onClick={() => {
              const [, ...rest] = route.value.path;
              go(to('inspector', ...rest));
            }}
          >
            Back to the actor
          </button>
        )}
        <div class="acts">
          <Legend path={signal !== null} />
          <Segmented
            label="How it is shown"
            of={[
              { id: 'chart', name: 'Chart' },
              { id: 'outline', name: 'Outline' },
            ]}
            value={as.value}
            onPick={(id) => {
              as.value = id;
            }}
          />
        </div>
      </header>
      <div class="body">
        <Bounded what="the statechart">
          {machine ? (
            <Canvas machine={machine} light={light} tint={tint} as={as.value} />
          ) : all === null && error === null ? (
            <Loading what="the machines" lines={9} />
          ) : (
            <Empty
              title={
                error !== null
                  ? 'The machines could not be read'
                  : actor
                    ? `${actor.id} is no machine`
                    : 'No actor is chosen'
              }
              says={
                error ??
                (actor
                  ? 'It is a callback, a promise or a stream: there is no chart of it. Its events are below.'
                  : 'Choose one at the left.')
              }
            />
          )}
        </Bounded>
      </div>
    </section>
  );
}

function BelowPanel() {
  const tab = useSignal<Below | null>(null);
  const picked = useSignal<number | null>(null);
  const shown = useComputed(() => (store.replaying.value ? asEvents() : store.events.value));
  const value = tab.value ?? (store.replaying.value ? 'timeline' : 'events');
  return (
    <section class="panel below" aria-label="In time" data-testid="below">
      <header>
        <Tabs
          label="In time"
          id="below"
          of={[
            { id: 'timeline', name: 'Timeline' },
            { id: 'events', name: 'Events' },
            { id: 'sequence', name: 'Sequence' },
          ]}
          value={value}
          onPick={(id) => {
            tab.value = id;
          }}
        />
        <span class="note below-note">Chart, timeline and log share one cursor</span>
      </header>
      <div class="body">
        <Bounded what="this panel">
          <TabPanel id="below" value={value}>
            {value === 'timeline' && <Lanes />}
            {value === 'events' && (
              <Events
                all={shown}
                picked={picked.value}
                onPick={(seq) => {
                  picked.value = seq;
                }}
              />
            )}
            {value === 'sequence' && (
              <Sequence
                events={shown.value}
                picked={picked.value}
                onPick={(seq) => {
                  picked.value = seq;
                  tab.value = 'events';
                }}
              />
            )}
          </TabPanel>
        </Bounded>
      </div>
    </section>
  );
}

export function InspectorPage() {
  useEffect(keepInspector, []);
  const pane = useSignal<Pane>('chart');
  return (
    <main class="page inspector" id="main" data-pane={pane.value}>
      <h1 class="vh">Inspector</h1>
      <TimeBar />
      <div class="panes">
        <Segmented
          label="What is shown"
          of={[
            { id: 'actors', name: 'Actors' },
            { id: 'chart', name: 'Chart' },
            { id: 'details', name: 'Details' },
            { id: 'below', name: 'In time' },
          ]}
          value={pane.value}
          onPick={(id) => {
            pane.value = id;
          }}
        />
      </div>
      <div class="grid">
        <div class="side">
          <Actors />
          <Steps />
        </div>
        <ChartPanel />
        {store.signalId.value === null ? <Details /> : <SignalPanel />}
      </div>
      <BelowPanel />
    </main>
  );
}
