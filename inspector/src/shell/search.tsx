/** Search from anywhere: type, arrows, Enter. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { SignalPage } from '../../../src/inspector/contract.ts';
import { useAsked } from '../ask.ts';
import { incidents, keepLedger } from '../ledger.ts';
import { actors, overview } from '../live.ts';
import { Dialog } from '../part/dialog.tsx';
import { go } from '../route.ts';
import { actorFound, best, componentFound, type Found, incidentFound, pageFound, signalFound } from './find.ts';
import { close } from './open.ts';

/** A field with a list below it that it moves through; the browser’s own lists cannot be drawn. */
const COMBOBOX = { role: 'combobox', list: undefined, 'aria-expanded': true, 'aria-controls': 'found' } as const;
const SHOWN = 12;
const TYPING_MS = 180;

function useFound(wanted: () => string): () => readonly Found[] {
  const signals = useAsked<SignalPage>(() => {
    const text = wanted().trim();
    return text.length < 3 || overview.peek()?.kind === 'app'
      ? null
      : `api/signals?search=${encodeURIComponent(text)}&limit=5`;
  });
  const kind = overview.peek()?.kind;
  // The actors as they were when it was opened: a list that moves under the finger is no list.
  const still = useRef([...pageFound(kind), ...componentFound(overview.peek()), ...actorFound(actors.peek())]).current;
  const found = useComputed(() =>
    best(
      [...still, ...incidentFound(incidents.value ?? []), ...signalFound(signals.value.value?.signals ?? [])],
      wanted(),
      SHOWN,
    ),
  );
  return () => found.value;
}

export function SearchDialog() {
  const typed = useSignal('');
  const settled = useSignal('');
  const at = useSignal(0);
  const field = useRef<HTMLInputElement>(null);
  const found = useFound(() => settled.value)();
  useEffect(() => {
    keepLedger();
    field.current?.focus();
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = typed.value;
      at.value = 0;
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed.value, settled, at]);
  const pick = (one: Found | undefined): void => {
    if (one === undefined) return;
    close();
    go(one.address);
  };
  const key = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter') pick(best(found, typed.value, SHOWN)[settled.value === typed.value ? at.value : 0]);
    if (step === 0 || found.length === 0) return;
    event.preventDefault();
    at.value = (at.value + step + found.length) % found.length;
  };
  return (
    <Dialog title="Search" onClose={close} class="search" testid="search">
      <input
        ref={field}
        class="field"
        type="search"
        {...COMBOBOX}
        aria-activedescendant={found.length > 0 ? `found-${at.value}` : undefined}
        aria-label="Page, component, actor, incident or signal"
        placeholder="Page, component, actor, incident or signal …"
        autoComplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
        onKeyDown={key}
      />
      <div id="found" role="listbox" aria-label="Found" class="found">
        {found.map((one, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, as a combobox does
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus, as a combobox does
          <div
            key={`${one.kind}-${one.id}`}
            id={`found-${n}`}
            role="option"
            aria-selected={n === at.value}
            onClick={() => pick(one)}
            onMouseMove={() => {
              at.value = n;
            }}
          >
            <span class="kind">{one.kind}</span>
            <span class="cut">{one.name}</span>
            <span class="id mono cut">{one.kind === 'page' || one.id === one.name ? '' : one.id}</span>
            <span class="dim">{one.says}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p class="soft nothing">
          Nothing has “{settled.value}” in its name or id. Signals are looked for from three letters on.
        </p>
      )}
      <p class="vh" role="status">
        {found.length} found
      </p>
    </Dialog>
  );
}
