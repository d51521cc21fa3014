import type { AnyMachineSnapshot, AnyStateNode } from 'xstate';

const isInner = (type: string): boolean => type === '' || type.startsWith('xstate.');

const matches = (descriptor: string, type: string): boolean =>
  descriptor === type ||
  descriptor === '*' ||
  (descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1)));

interface Outcome {
  /** It may lead somewhere, or do something. */
  readonly leads: boolean;
  /** States around it are not asked any more. */
  readonly stops: boolean;
}

/** Of the state alone: the most exact descriptor first, up to the first transition without a guard. */
function ownOutcome(node: AnyStateNode, type: string): Outcome {
  const fitting = [...node.transitions].filter(([descriptor]) => matches(descriptor, type));
  fitting.sort(([a], [b]) => Number(b === type) - Number(a === type) || b.length - a.length);
  let leads = false;
  for (const { target, actions, guard } of fitting.flatMap(([, transitions]) => transitions)) {
    leads ||= target !== undefined || actions.length > 0;
    if (guard === undefined) return { leads, stops: true };
  }
  return { leads, stops: false };
}

/** As XState selects transitions: from the inside out; a region that takes or forbids an event takes it from all around. */
function outcome(node: AnyStateNode, type: string, active: ReadonlySet<AnyStateNode>): Outcome {
  const own = ownOutcome(node, type);
  const below = Object.values(node.states as Record<string, AnyStateNode>)
    .filter((child) => active.has(child))
    .map((child) => outcome(child, type, active));
  const stopped = below.some(({ stops }) => stops);
  return {
    leads: below.some(({ leads }) => leads) || (!stopped && own.leads),
    stops: stopped || own.stops,
  };
}

/**
 * Types of event that lead somewhere in the present state, sorted; guards are not asked, since they may look at what an event
 * carries. A wildcard stands for the types its machine speaks of elsewhere, or for itself where there are none.
 */
export function acceptedBy(snapshot: AnyMachineSnapshot): readonly string[] {
  if (snapshot.status !== 'active') return [];
  const active = new Set((snapshot as unknown as { _nodes: readonly AnyStateNode[] })._nodes);
  const { root, events } = snapshot.machine as { readonly root: AnyStateNode; readonly events: readonly string[] };
  const spoken = events.filter((type) => !isInner(type));
  const exact = spoken.filter((type) => !type.endsWith('*'));
  const open = spoken.filter((type) => type.endsWith('*') && !exact.some((one) => matches(type, one)));
  return [...new Set([...exact, ...open])].filter((type) => outcome(root, type, active).leads).sort();
}
