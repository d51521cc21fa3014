import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { ShownSnapshot } from './inspection.ts';

const nameOf = (code: unknown): string => {
  if (typeof code === 'string') return code;
  const { type, name } = (code ?? {}) as { type?: unknown; name?: unknown };
  return [type, name].find((one): one is string => typeof one === 'string' && one !== '') ?? '(inline)';
};

const transition = ({ target, guard, actions, reenter }: AnyTransitionDefinition) => ({
  target: target?.map((node) => `#${node.id}`),
  cond: guard === undefined ? undefined : nameOf(guard),
  actions: actions.map(nameOf),
  internal: !reenter,
});

/** The child that is entered first: the initial target may lie deeper. */
function initialOf(node: AnyStateNode): string | undefined {
  let at: AnyStateNode | undefined = node.initial.target?.[0];
  while (at !== undefined && at.parent !== node) at = at.parent;
  return at?.key;
}

/** A statechart of XState 5 as configuration of XState 4: names only, so that it is data. The context is not in it. */
export function v4Config(node: AnyStateNode): object {
  return {
    id: node.id,
    key: node.key,
    type: node.type === 'atomic' ? undefined : node.type,
    initial: node.type === 'compound' ? initialOf(node) : undefined,
    history: node.type === 'history' ? node.history || 'shallow' : undefined,
    states: Object.fromEntries(
      Object.entries(node.states as Record<string, AnyStateNode>).map(([key, child]) => [key, v4Config(child)]),
    ),
    on: Object.fromEntries(
      [...(node.transitions as Map<string, AnyTransitionDefinition[]>)].map(([event, all]) => [
        event,
        all.map(transition),
      ]),
    ),
    always: node.always?.map(transition),
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    invoke: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' ? src : id })),
    tags: node.tags,
    meta: node.meta,
    description: node.description,
    // Only the root's is read; it keeps the old package from warning.
    predictableActionArguments: node.parent === undefined ? true : undefined,
  };
}

/** An event as XState 4 has it on the wire. */
export const v4Event = (event: { readonly type: string }) => ({
  name: event.type,
  data: event,
  $$type: 'scxml',
  type: 'external',
});

/** A snapshot as the state of XState 4. */
export const v4State = (snapshot: ShownSnapshot, session: string, event: { readonly type: string }) => ({
  value: snapshot.value ?? {},
  context: snapshot.context ?? {},
  event,
  _event: v4Event(event),
  _sessionid: session,
  actions: [],
  activities: {},
  meta: {},
  events: [],
  children: {},
  done: snapshot.status !== 'active',
  tags: snapshot.tags ?? [],
  changed: true,
  transitions: [],
});
