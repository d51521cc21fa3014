/** Machines nobody wrote: any nesting, any targets, for laws of drawing. */

import type { MachineView, StateView, TransitionView } from '../../src/inspector/contract.ts';
import { fc } from '../fast-check.ts';

interface Seed {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly words: number;
  readonly children: readonly Seed[];
}
const seed: fc.Memo<Seed> = fc.memo(
  (depth): fc.Arbitrary<Seed> =>
    depth <= 1
      ? fc.record({
          kind: fc.constantFrom('atomic' as const, 'atomic' as const, 'final' as const, 'history' as const),
          words: fc.nat(3),
          children: fc.constant([]),
        })
      : fc.record({
          kind: fc.constantFrom('compound' as const, 'compound' as const, 'parallel' as const),
          words: fc.nat(3),
          children: fc.array(fc.oneof(seed(1), seed(depth - 1)), { minLength: 1, maxLength: 5 }),
        }),
);

const KEYS = [
  'a',
  'awaitingTheFillOfAnOrder',
  'x y',
  'idle',
  'W',
  'ünïcode',
  'a_very_long_name_that_no_one_would_ever_give_a_state',
];
const EVENTS = [
  '',
  'GO',
  '*',
  'xstate.after.5000.m',
  'xstate.done.actor.open',
  'ORDERS.ARE.CHANGED.BY.THE.EXCHANGE',
  'xstate.done.state.m',
];

export const randomMachine: fc.Arbitrary<MachineView> = fc
  .tuple(
    seed(4),
    fc.array(fc.tuple(fc.nat(), fc.array(fc.nat(), { maxLength: 2 }), fc.nat(), fc.boolean()), { maxLength: 40 }),
  )
  .map(([root, arrows]) => {
    const ids: string[] = [];
    const outline = ({ kind, words, children }: Seed, id: string, key: string): StateView => {
      ids.push(id);
      const below = children.map((child, at) => {
        const name = `${KEYS[(at + words) % KEYS.length]}${at}`;
        return outline(child, `${id}.${name}`, name);
      });
      return {
        id,
        key,
        type: kind,
        initial: kind === 'compound' ? (below[0]?.key ?? null) : null,
        entry: Array.from({ length: words }, (_, n) => `enter${n}`),
        exit: words > 2 ? ['leave'] : [],
        invoke: words === 1 ? ['something'] : [],
        tags: [],
        description: null,
        transitions: [],
        children: below,
      };
    };
    const tree = outline(root, 'm', 'm');
    const given = new Map<string, TransitionView[]>();
    for (const [from, targets, event, guarded] of arrows) {
      const source = ids[from % ids.length] ?? 'm';
      const type = EVENTS[event % EVENTS.length] ?? '';
      const known = given.get(source) ?? [];
      known.push({
        id: `${source}|${type}|${known.filter((one) => one.event === type).length}`,
        event: type,
        targets: targets.map((to) => ids[to % ids.length] ?? 'm'),
        guard: guarded ? 'mayDoSo' : null,
        actions: guarded ? ['count'] : [],
        delay_ms: type.startsWith('xstate.after') ? 5_000 : null,
      });
      given.set(source, known);
    }
    const filled = (state: StateView): StateView => ({
      ...state,
      transitions: given.get(state.id) ?? [],
      children: state.children.map(filled),
    });
    return { id: 'm', root: filled(tree) };
  });

export const transitionsIn = (state: StateView): readonly TransitionView[] => [
  ...state.transitions,
  ...state.children.flatMap(transitionsIn),
];
export const statesIn = (state: StateView): readonly StateView[] => [state, ...state.children.flatMap(statesIn)];
