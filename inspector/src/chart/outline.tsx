/** A machine in words: the same as its drawing, for who does not see it, or would rather read. */
import type { ReadonlySignal } from '@preact/signals';
import type { MachineView, StateView } from '../../../src/inspector/contract.ts';
import type { Light } from './light.ts';
import { sentence } from './words.ts';

const KIND: Readonly<Record<StateView['type'], string>> = {
  atomic: '',
  compound: '',
  parallel: 'all at once',
  final: 'final',
  history: 'history',
};

function State({
  state,
  root,
  light,
  open,
}: {
  readonly state: StateView;
  readonly root: string;
  readonly light: Light;
  readonly open: boolean;
}) {
  const isActive = light.active.has(state.id);
  const entered = light.entries?.get(state.id);
  const facts = [
    KIND[state.type],
    state.invoke.length > 0 ? `invokes ${state.invoke.join(', ')}` : '',
    state.entry.length > 0 ? `entry: ${state.entry.join(', ')}` : '',
    state.exit.length > 0 ? `exit: ${state.exit.join(', ')}` : '',
    state.initial !== null ? `begins in ${state.initial}` : '',
    entered !== undefined && entered > 0 ? `entered ${entered}×` : '',
  ].filter((fact) => fact !== '');
  return (
    <li>
      <details open={open || isActive}>
        <summary>
          <b class={isActive ? 'on' : ''}>{state.key === '(machine)' ? root : state.key}</b>
          {isActive && <span class="chip accent">active</span>}
          <span class="dim">{facts.join('; ')}</span>
        </summary>
        {state.transitions.length > 0 && (
          <ul class="ways">
            {state.transitions.map((one) => (
              <li key={one.id} class={light.taken.has(one.id) ? 'taken' : ''}>
                {sentence(one, root)}
                {light.taken.has(one.id) && <span class="chip accent">just taken</span>}
                {(light.visits?.[one.id] ?? 0) > 0 && <span class="dim"> {light.visits?.[one.id]}×</span>}
              </li>
            ))}
          </ul>
        )}
        {state.children.length > 0 && (
          <ul>
            {state.children.map((child) => (
              <State key={child.id} state={child} root={root} light={light} open={false} />
            ))}
          </ul>
        )}
      </details>
    </li>
  );
}

export function Outline({ machine, light }: { readonly machine: MachineView; readonly light: ReadonlySignal<Light> }) {
  return (
    <ul class="outline scroll" aria-label={`${machine.id} in words`} data-testid="outline">
      <State state={machine.root} root={machine.root.id} light={light.value} open />
    </ul>
  );
}
