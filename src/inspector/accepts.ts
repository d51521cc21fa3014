import type { AnyMachineSnapshot, AnyStateNode } from 'xstate';

const isInner = (type: string): boolean => type === '' || type.startsWith('xstate.');

const matches = (descriptor: string, type: string): boolean =>
  descriptor === '*' || (descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1)));

/**
 * Types of event that lead somewhere in the present state, sorted; guards are not asked, since they may look at what an event
 * carries. A wildcard stands for the types its machine speaks of elsewhere, or for itself where there are none.
 */
export function acceptedBy(snapshot: AnyMachineSnapshot): readonly string[] {
  if (snapshot.status !== 'active') return [];
  const nodes = (snapshot as unknown as { _nodes: readonly AnyStateNode[] })._nodes;
  const known = [...new Set(nodes[0]?.machine.events as readonly string[] | undefined)].filter(
    (type) => !isInner(type) && !type.endsWith('*'),
  );
  const accepted = new Set<string>();
  for (const leaf of nodes) {
    if (Object.keys(leaf.states).length > 0) continue;
    /** Types that an inner state forbids (`STOP: {}`) to those around it. */
    const forbidden = new Set<string>();
    for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
      for (const [descriptor, transitions] of node.transitions) {
        if (isInner(descriptor)) continue;
        const leads = transitions.some(({ target, actions, reenter }) => target || actions.length > 0 || reenter);
        const types = descriptor.endsWith('*') ? known.filter((type) => matches(descriptor, type)) : [descriptor];
        if (!leads) for (const type of types) forbidden.add(type);
        else for (const type of types.length > 0 ? types : [descriptor]) if (!forbidden.has(type)) accepted.add(type);
      }
    }
  }
  return [...accepted].sort();
}
