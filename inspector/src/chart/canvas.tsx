/** A chart one can look around in, lit as its actor is. */
import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { MachineView, StateView } from '../../../src/inspector/contract.ts';
import { Button } from '../part/button.tsx';
import { Segmented } from '../part/tabs.tsx';
import { Drawing } from './drawing.tsx';
import { chartOf } from './known-layouts.ts';
import { type Light, shine } from './light.ts';
import { Minimap } from './minimap.tsx';
import { Outline } from './outline.tsx';
import { find } from './tree.ts';
import { useViewport } from './viewport.ts';

/** Smaller than this, letters cannot be read. */
const READABLE = 0.6;

const parentsOf = (root: StateView, id: string): readonly StateView[] => {
  if (root.id === id) return [root];
  for (const child of root.children) {
    const found = parentsOf(child, id);
    if (found.length > 0) return [root, ...found];
  }
  return [];
};

/** What of it can be folded at the top. */
const topsOf = (machine: MachineView): readonly string[] =>
  machine.root.children.filter(({ children }) => children.length > 0).map(({ id }) => id);

interface FirstLook {
  readonly focus: string | null;
  readonly folded: ReadonlySet<string>;
}

/**
 * How a machine that is too large to be read whole is looked at first: as far in as needed, along what is active; folded where that is
 * outside of all that is large.
 */
function firstLook(machine: MachineView, active: ReadonlySet<string>, frame: { w: number; h: number }): FirstLook {
  const folded = new Set<string>();
  let state = machine.root;
  for (;;) {
    const focus = state === machine.root ? null : state.id;
    const { width, height } = chartOf(machine, { folded, focus });
    if (Math.min(frame.w / width, frame.h / height) >= READABLE) return { focus, folded };
    const size = (one: StateView): number => 1 + one.children.reduce((sum, child) => sum + size(child), 0);
    const [next] = state.children
      .filter((child) => child.children.length > 0 && active.has(child.id))
      .sort((a, b) => size(b) - size(a));
    if (next === undefined) return { focus, folded: focus === null ? new Set(topsOf(machine)) : folded };
    state = next;
  }
}

interface CanvasProps {
  readonly machine: MachineView;
  readonly light: ReadonlySignal<Light>;
  readonly tint: ReadonlySignal<string>;
  readonly as: 'chart' | 'outline';
}

export function Canvas({ machine, light, tint, as }: CanvasProps) {
  const focus = useSignal<string | null>(null);
  const folded = useSignal<ReadonlySet<string>>(new Set());
  const chosen = useRef<MachineView | null>(null);
  const outer = useRef<HTMLDivElement>(null);
  /** Somebody has said what is to be seen. */
  const picked = useRef(false);
  const { active } = light.value;
  const lit = active.size > 0;
  const hides = [...folded.value].some((id) => active.has(id));
  useLayoutEffect(() => {
    const element = outer.current;
    const isNew = chosen.current !== machine;
    if (!(isNew || (hides && !picked.current)) || !lit || element === null) return;
    if (isNew) picked.current = false;
    chosen.current = machine;
    const frame = { w: element.clientWidth - 36, h: element.clientHeight - 74 };
    const first = firstLook(machine, light.peek().active, frame);
    folded.value = first.folded;
    focus.value = first.focus;
  }, [machine, lit, hides, light, focus, folded]);
  const known = focus.value !== null && find(machine.root, focus.value) === null ? null : focus.value;
  const chart = chartOf(machine, { folded: folded.value, focus: known });
  const { frame, view, whole: seeAll, zoom, key } = useViewport(chart);
  const svg = useRef<SVGGElement>(null);
  const look = (id: string | null): void => {
    picked.current = true;
    focus.value = id === machine.root.id ? null : id;
  };
  const fold = (id: string): void => {
    picked.current = true;
    const next = new Set(folded.peek());
    if (!next.delete(id)) next.add(id);
    folded.value = next;
  };
  // The same drawing while the layout is the same: what is lit is patched in.
  const drawn = useMemo(() => <Drawing chart={chart} onOpen={look} onFold={fold} />, [chart]);
  const transform = useComputed(() => `translate(${view.value.x} ${view.value.y}) scale(${view.value.k})`);
  const now = useSignal(chart);
  useEffect(() => {
    now.value = chart;
  }, [chart, now]);
  useSignalEffect(() => {
    const lit = light.value;
    if (svg.current) shine(svg.current, now.value, lit);
  });
  const tops = topsOf(machine);
  const whole = known === null && folded.value.size === 0;
  const life = known === null && tops.length > 0 && tops.every((id) => folded.value.has(id));
  const work = find(machine.root, `${machine.id}.running.work`);
  const mode = whole ? 'whole' : life ? 'life' : known !== null && known === work?.id ? 'work' : ('other' as const);
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && known !== null) look(parentsOf(machine.root, known).at(-2)?.id ?? null);
    else key(event);
  };
  return (
    <div class={`canvas ${as}`} data-health={tint.value} ref={outer}>
      <div class="canvas-bar">
        <nav aria-label="Where in the machine" class="crumbs">
          {parentsOf(machine.root, known ?? machine.root.id).map((state, at, all) =>
            at === all.length - 1 ? (
              <b key={state.id} aria-current="location">
                {at === 0 ? machine.id : state.key}
              </b>
            ) : (
              <span key={state.id}>
                <button type="button" class="crumb" onClick={() => look(state.id)}>
                  {at === 0 ? machine.id : state.key}
                </button>
                <span class="dim"> › </span>
              </span>
            ),
          )}
        </nav>
        {known !== null && (
          <ul class="life" aria-label="The life around it">
            {machine.root.children.map(({ id, key: name }) => (
              <li key={id} class={active.has(id) ? 'on' : ''}>
                {name}
                {active.has(id) && <span class="vh"> (active)</span>}
              </li>
            ))}
          </ul>
        )}
        <span class="sp" />
        {tops.length > 0 && (
          <Segmented
            label="How much of the machine"
            of={[
              { id: 'whole', name: 'Whole' },
              { id: 'life', name: work ? 'Life' : 'Top level' },
              ...(work ? [{ id: 'work' as const, name: 'Work' }] : []),
            ]}
            value={mode as 'whole' | 'life' | 'work'}
            onPick={(id) => {
              picked.current = true;
              focus.value = id === 'work' && work ? work.id : null;
              folded.value = new Set(id === 'life' ? tops : []);
            }}
          />
        )}
      </div>
      {as === 'outline' ? (
        <Outline machine={machine} light={light} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
        <div
          class="frame"
          ref={frame}
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys to move and zoom
          tabIndex={0}
          aria-label={`Statechart of ${machine.id}. Arrows move, plus and minus zoom, 0 fits; the outline says the same in words.`}
          onKeyDown={press}
        >
          {/* biome-ignore lint/a11y/noSvgWithoutTitle: what is around it has the name; a title would show wherever one points */}
          <svg class="chart" width="100%" height="100%">
            <g ref={svg} transform={transform}>
              {drawn}
            </g>
          </svg>
          <Minimap chart={chart} view={view} frame={frame} light={light} />
          <div class="zoom">
            <Button size="square" label="Zoom in" onClick={() => zoom(1.25)}>
              +
            </Button>
            <Button size="square" label="Zoom out" onClick={() => zoom(0.8)}>
              −
            </Button>
            <Button size="square" label="Fit" onClick={seeAll}>
              <svg class="ic" viewBox="0 0 16 16" aria-hidden="true">
                <path
                  d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"
                  fill="none"
                  stroke="currentColor"
                  stroke-width="1.5"
                />
              </svg>
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
