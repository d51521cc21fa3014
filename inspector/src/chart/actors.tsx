/** All actors, as the tree they are. */
import { useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Health } from '../../../src/inspector/contract.ts';
import { count } from '../format.ts';
import { stale } from '../live.ts';
import { HealthIcon, LOOK } from '../part/health.tsx';
import { Panel } from '../part/panel.tsx';
import { Empty } from '../part/state.tsx';
import { Segmented } from '../part/tabs.tsx';
import { pathsOf, shortState } from './active.ts';
import type { ActorAt } from './replay.ts';
import { actors, chosen, moment, pick, replaying } from './store.ts';
import { useVirtual } from './virtual.ts';

interface Row {
  readonly actor: ActorAt;
  readonly depth: number;
}

const DEEPEST = 12;
/** As `.actor` is high, px. */
const ROW = 26;

function treeOf(known: readonly ActorAt[], wanted: string, everyone: boolean): readonly Row[] {
  const parents = new Set(known.map(({ parent }) => parent));
  // Callbacks, promises and timers have no states: they are many, and seldom what is looked for.
  const all = everyone
    ? known
    : known.filter(({ id, machine, status }) => machine !== null || parents.has(id) || status === 'error');
  const text = wanted.trim().toLowerCase();
  if (text !== '')
    return all
      .filter(({ id, value, status }) => `${id} ${pathsOf(value).join(' ')} ${status}`.toLowerCase().includes(text))
      .map((actor) => ({ actor, depth: 0 }));
  const ids = new Set(all.map(({ id }) => id));
  const children = Map.groupBy(all, ({ parent }) => (parent !== null && ids.has(parent) ? parent : null));
  const rows: Row[] = [];
  const add = (parent: string | null, depth: number): void => {
    for (const actor of children.get(parent) ?? []) {
      rows.push({ actor, depth });
      if (depth < DEEPEST) add(actor.id, depth + 1);
    }
  };
  add(null, 0);
  return rows;
}

/** What its health is; an actor without one is told by whether it lives. */
export const healthOfActor = ({ health, status }: ActorAt): Health =>
  stale.value && !replaying.value
    ? 'unknown'
    : (health ?? (status === 'error' ? 'red' : status === 'active' ? 'green' : 'unknown'));
const wordOf = (actor: ActorAt): string =>
  actor.status === 'active' ? LOOK[healthOfActor(actor)].word : actor.status === 'error' ? 'crashed' : actor.status;

export function Actors() {
  const wanted = useSignal('');
  const list = useRef<HTMLDivElement>(null);
  const everyone = useSignal(false);
  const rows = useComputed(() => treeOf(actors.value, wanted.value, everyone.value || wanted.value.trim() !== ''));
  const move = (event: KeyboardEvent): void => {
    const at = rows.value.findIndex(({ actor }) => actor.id === chosen.value);
    const last = rows.value.length - 1;
    const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    const row = next === undefined ? undefined : rows.value[next];
    if (!row || next === undefined) return;
    event.preventDefault();
    pick(row.actor.id);
    const box = list.current;
    if (!box) return;
    if (next * ROW < box.scrollTop) box.scrollTop = next * ROW;
    else if ((next + 2) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (next + 2) * ROW - box.clientHeight;
    // Its row is there after the next drawing.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => box.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus()),
    );
  };
  const known = rows.value;
  const { from, to, above, below, onScroll } = useVirtual(list, known.length, ROW);
  return (
    <Panel
      class="actors"
      title="Actors"
      note={count(rows.value.length)}
      testid="actors"
      acts={
        <>
          <Segmented
            label="Which actors"
            of={[
              { id: 'machines', name: 'Machines' },
              { id: 'all', name: 'All' },
            ]}
            value={everyone.value ? 'all' : 'machines'}
            onPick={(id) => {
              everyone.value = id === 'all';
            }}
          />
          <input
            class="field tiny"
            type="search"
            aria-label="Filter actors by name or state"
            placeholder="filter"
            value={wanted.value}
            onInput={(event) => {
              wanted.value = event.currentTarget.value;
            }}
          />
        </>
      }
    >
      {known.length === 0 ? (
        <Empty
          title={wanted.value === '' ? 'No actor is known' : 'No actor matches'}
          says={
            replaying.value
              ? (moment.value.error ?? 'The flight recorder has nothing of this time.')
              : 'They appear as soon as they are born.'
          }
        />
      ) : (
        <div
          class="tree scroll"
          role="tree"
          tabIndex={-1}
          aria-label="Actors"
          ref={list}
          onKeyDown={move}
          onScroll={onScroll}
        >
          <div style={{ height: `${above}px` }} aria-hidden="true" />
          {known.slice(from, to).map(({ actor, depth }, n) => {
            const selected = actor.id === chosen.value;
            const held = actor.mail?.held ?? 0;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself takes the keys
              <div
                key={actor.id}
                role="treeitem"
                aria-level={depth + 1}
                aria-setsize={known.length}
                aria-posinset={from + n + 1}
                data-row={from + n}
                aria-selected={selected}
                tabIndex={selected || (chosen.value === null && actor === known[0]?.actor) ? 0 : -1}
                class={`actor d${Math.min(depth, 6)} ${selected ? 'sel' : ''}`}
                onClick={() => pick(actor.id)}
                title={`${actor.id}: ${wordOf(actor)}; ${pathsOf(actor.value).join(' + ')}`}
              >
                <HealthIcon health={healthOfActor(actor)} />
                <span class="vh">{wordOf(actor)}: </span>
                <span class="name cut">{actor.id}</span>
                {actor.incarnation > 1 && (
                  <span class="chip" title={`incarnation ${actor.incarnation}`}>
                    #{actor.incarnation}
                  </span>
                )}
                {held > 0 && (
                  <span class="chip c-warn" title={`${held} events wait`}>
                    {count(held)} held
                  </span>
                )}
                <span class="is cut">{actor.status === 'active' ? shortState(actor.value) : wordOf(actor)}</span>
              </div>
            );
          })}
          <div style={{ height: `${below}px` }} aria-hidden="true" />
        </div>
      )}
    </Panel>
  );
}
