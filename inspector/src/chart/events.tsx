/** What all actors take, as it happens; any of it can be opened. */
import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ActorEvent } from '../../../src/inspector/contract.ts';
import { clockExact, count } from '../format.ts';
import { eventsDropped } from '../live.ts';
import { Button } from '../part/button.tsx';
import { Icon } from '../part/icons.tsx';
import { JsonTree } from '../part/json-tree.tsx';
import { Empty } from '../part/state.tsx';
import { pathsOf, shortState } from './active.ts';
import { Scroll } from './scroll.tsx';
import { actors, machines, pick, replaying, travel } from './store.ts';
import { transitionsOf } from './transitions.ts';
import { useVirtual } from './virtual.ts';
import { eventWords, sentence } from './words.ts';

const ROW = 26;
const MOST_OFFERED = 200;

function One({ event, onClose }: { readonly event: ActorEvent; readonly onClose: () => void }) {
  const machineId = actors.value.find(({ id }) => id === event.to)?.machine;
  const machine = machines.value.value?.find(({ id }) => id === machineId);
  const known = machine ? transitionsOf(machine) : null;
  return (
    <aside class="one-event scroll" aria-label="The event" data-testid="event-detail">
      <div class="bar">
        <b class="mono cut">{event.type}</b>
        <span class="sp" />
        <Button kind="bare" size="square" label="Close the event" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </div>
      <dl class="kv">
        <dt>When</dt>
        <dd>
          {clockExact(event.at)}{' '}
          <button type="button" class="lnk bare" onClick={() => travel(event.at)}>
            go there
          </button>
        </dd>
        <dt>From</dt>
        <dd>{event.from ?? 'outside (a timer, or the world)'}</dd>
        <dt>To</dt>
        <dd>
          <button type="button" class="lnk bare" onClick={() => pick(event.to)}>
            {event.to}
          </button>
        </dd>
        <dt>State after</dt>
        <dd class="mono">
          {pathsOf(event.value).join(' + ') || '–'}
          {event.changed ? '' : ' (as before)'}
        </dd>
        <dt>Took</dt>
        <dd>
          {event.taken.length === 0
            ? 'no transition'
            : event.taken.map((id) => {
                const found = known?.get(id);
                return (
                  <div key={id}>
                    {found && machine ? `${found.from}: ${sentence(found.transition, machine.id)}` : id}
                  </div>
                );
              })}
        </dd>
      </dl>
      <JsonTree value={event.event} open={3} />
    </aside>
  );
}

interface EventsProps {
  readonly all: ReadonlySignal<readonly ActorEvent[]>;
  readonly picked: number | null;
  readonly onPick: (seq: number | null) => void;
}

export function Events({ all, picked, onPick }: EventsProps) {
  const text = useSignal('');
  const whose = useSignal('');
  const changed = useSignal(false);
  const held = useSignal<readonly ActorEvent[] | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const tall = useRef(0);
  const shown = useComputed(() => {
    const words = text.value.trim().toLowerCase();
    return (held.value ?? all.value).filter(
      (one) =>
        (whose.value === '' || one.to === whose.value || one.from === whose.value) &&
        (!changed.value || one.changed) &&
        (words === '' ||
          `${one.type} ${one.from ?? ''} ${one.to} ${JSON.stringify(one.event)}`.toLowerCase().includes(words)),
    );
  });
  // A list to choose from is no list where it is endless; the filter finds every actor by its name.
  const offered = useComputed(() => {
    const ids = actors.value.map(({ id }) => id).slice(0, MOST_OFFERED);
    return whose.value === '' || ids.includes(whose.value) ? ids : [...ids, whose.value];
  });
  const { from, to, above, below, onScroll } = useVirtual(box, shown.value.length, ROW);
  const last = shown.value.at(-1)?.seq;
  useEffect(() => {
    if (follow.current && box.current && !replaying.value) box.current.scrollTop = box.current.scrollHeight;
  }, [last, shown.value.length]);
  const opened = picked === null ? undefined : (held.value ?? all.value).find(({ seq }) => seq === picked);
  return (
    <div class="events" data-testid="events">
      <div class="bar">
        <input
          class="field tiny"
          type="search"
          aria-label="Filter events by text"
          placeholder="type, actor or content"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <select
          class="select tiny"
          aria-label="Events of which actor"
          value={whose.value}
          onChange={(event) => {
            whose.value = event.currentTarget.value;
          }}
        >
          <option value="">all actors</option>
          {offered.value.map((id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
        <label class="check">
          <input
            type="checkbox"
            checked={changed.value}
            onChange={(event) => {
              changed.value = event.currentTarget.checked;
            }}
          />{' '}
          changed the state
        </label>
        {!replaying.value && (
          <Button
            size="tiny"
            pressed={held.value !== null}
            onClick={() => {
              held.value = held.value === null ? all.value : null;
            }}
          >
            {held.value === null ? 'Pause' : 'Resume'}
          </Button>
        )}
        <span class="dim">
          {count(shown.value.length)} shown
          {held.value !== null
            ? `, paused; ${count(Math.max(0, (all.value.at(-1)?.seq ?? 0) - (held.value.at(-1)?.seq ?? 0)))} since`
            : ''}
          {eventsDropped.value > 0 && !replaying.value ? `; ${count(eventsDropped.value)} left out at the source` : ''}
        </span>
      </div>
      <div class="two">
        {shown.value.length === 0 ? (
          <Empty
            title="No event"
            says={all.value.length === 0 ? 'None was taken in this time.' : 'The filter leaves nothing.'}
          />
        ) : (
          <Scroll
            class="rows"
            box={box}
            label="Events, oldest first"
            onScroll={() => {
              onScroll();
              const element = box.current;
              if (!element) return;
              // Who scrolls up wants to stay there; a list that grew was not scrolled.
              if (element.scrollHeight === tall.current)
                follow.current = element.scrollTop + element.clientHeight > element.scrollHeight - 2 * ROW;
              tall.current = element.scrollHeight;
            }}
          >
            <svg width="1" height={above} aria-hidden="true" />
            {shown.value.slice(from, to).map((one) => (
              <button
                key={one.seq}
                type="button"
                class={`row-event ${one.seq === picked ? 'sel' : ''} ${one.changed ? 'changed' : ''}`}
                onClick={() => onPick(one.seq)}
              >
                <span class="n">{clockExact(one.at)}</span>
                <span class="mono cut">{eventWords(one.type)}</span>
                <span class="cut dim">{one.from ?? 'outside'}</span>
                <span class="dim">→</span>
                <span class="cut">{one.to}</span>
                <span class="cut to">{one.changed ? shortState(one.value) : ''}</span>
              </button>
            ))}
            <svg width="1" height={below} aria-hidden="true" />
          </Scroll>
        )}
        {opened && <One event={opened} onClose={() => onPick(null)} />}
      </div>
    </div>
  );
}
