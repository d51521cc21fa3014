/** Changes of state, one a line: in replay those of the span, else the last events of the actor. */

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Step } from '../../../src/inspector/contract.ts';
import { clockExact, count } from '../format.ts';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { Segmented } from '../part/tabs.tsx';
import { pathsOf, shortState } from './active.ts';
import { Scroll } from './scroll.tsx';
import { chosen, detail, range, replaying, step, steps, travel } from './store.ts';
import { useVirtual } from './virtual.ts';
import { eventWords } from './words.ts';

const ROW = 27;

const lastOf = (path: string): string => path.split('.').at(-1) ?? '';
/** Where the step led: the regions that changed. */
function goes({ was, value }: Pick<Step, 'was' | 'value'>): string {
  const [before, after] = [pathsOf(was), pathsOf(value)];
  if (before.length === 0) return `born: ${shortState(value)}`;
  const [left, come] = [before.filter((path) => !after.includes(path)), after.filter((path) => !before.includes(path))];
  if (come.length === 0) return 'stays';
  return come.length > 1
    ? `→ ${shortState(value)}`
    : `${left.length === 1 ? `${lastOf(left[0] ?? '')} ` : ''}→ ${lastOf(come[0] ?? '')}`;
}

function StepList({ of }: { readonly of: readonly Step[] }) {
  const box = useRef<HTMLDivElement>(null);
  const { from, to, above, below, onScroll } = useVirtual(box, of.length, ROW);
  const now = step.value;
  useEffect(() => {
    const at = now === null ? -1 : of.indexOf(now);
    const element = box.current;
    if (!element || at < 0) return;
    const top = at * ROW;
    if (top < element.scrollTop || top + ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top - element.clientHeight / 2;
  }, [now, of]);
  return (
    <Scroll class="rows" box={box} onScroll={onScroll} label="Steps">
      <svg width="1" height={above} aria-hidden="true" />
      {of.slice(from, to).map((one) => (
        <button
          key={one.n}
          type="button"
          class={`row-step ${one === now ? 'sel' : ''} ${now && (one.at > now.at || (one.at === now.at && one.n > now.n)) ? 'ahead' : ''}`}
          aria-current={one === now ? 'step' : undefined}
          onClick={() => travel(one.at, one.n)}
          title={`${clockExact(one.at)} ${one.actor}: ${eventWords(one.event)}, ${goes(one)}`}
        >
          <span class="n">{clockExact(one.at).slice(6)}</span>
          <span class="mono cut">{eventWords(one.event)}</span>
          <span class="to cut">{one.actor === chosen.value ? goes(one) : <span class="who">{one.actor}</span>}</span>
        </button>
      ))}
      <svg width="1" height={below} aria-hidden="true" />
    </Scroll>
  );
}

function LastEvents() {
  const log = [...(detail.value.value?.log ?? [])].reverse();
  if (log.length === 0) return <Empty title="No event yet" says="What this actor takes is listed here." />;
  return (
    <Scroll class="rows" label="Last events of the actor">
      {log.map((one) => (
        <button
          key={one.seq}
          type="button"
          class={`row-step ${one.changed ? '' : 'ahead'}`}
          title={`${clockExact(one.at)} from ${one.from ?? 'outside'}: go to this moment`}
          onClick={() => travel(one.at)}
        >
          <span class="n">{clockExact(one.at).slice(6)}</span>
          <span class="mono cut">{eventWords(one.type)}</span>
          <span class="to cut">{one.changed ? `→ ${shortState(one.value)}` : (one.from ?? '')}</span>
        </button>
      ))}
    </Scroll>
  );
}

export function Steps() {
  const which = useSignal<'all' | 'one'>('all');
  const shown = useComputed(() =>
    which.value === 'all' ? steps.value.all : steps.value.all.filter(({ actor }) => actor === chosen.value),
  );
  if (!replaying.value)
    return (
      <Panel class="steps" title="Last events" note={chosen.value ?? ''} testid="steps">
        <LastEvents />
      </Panel>
    );
  const at = step.value === null ? 0 : shown.value.indexOf(step.value) + 1;
  return (
    <Panel
      class="steps"
      title="Steps"
      note={
        shown.value.length === 0
          ? ''
          : `${at === 0 ? '–' : count(at)} of ${count(shown.value.length)}${steps.value.more ? '+' : ''}`
      }
      testid="steps"
      acts={
        <Segmented
          label="Whose steps"
          of={[
            { id: 'all', name: 'All' },
            { id: 'one', name: 'This actor' },
          ]}
          value={which.value}
          onPick={(id) => {
            which.value = id;
          }}
        />
      }
    >
      {shown.value.length === 0 ? (
        <Empty
          title="No step in this time"
          says={
            steps.value.error ??
            (range.value?.steps_from === null
              ? 'The flight recorder was off.'
              : 'No actor changed its state here. Move on, or widen the time.')
          }
        />
      ) : (
        <StepList of={shown.value} />
      )}
    </Panel>
  );
}
