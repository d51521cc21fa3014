import type { IncidentRecord } from '../../healing/ledger.ts';
import { COMPONENTS } from '../../machines/messages.ts';
import { CliError } from '../exit-codes.ts';
import { distance, nearest } from '../nearest.ts';

/** What a person may mean by a name. */
export type Named =
  | { readonly kind: 'incident'; readonly incident: IncidentRecord }
  | { readonly kind: 'component' | 'invariant'; readonly name: string };

/** What has invariants and is none of the thirteen. */
const BESIDE = ['market_feed', 'healingOperator', 'architectureHealing'];

/** `signalBus` and `signal-bus` are `signal_bus`, except for what is called so. */
const asComponent = (name: string, known: readonly string[]): string | null => {
  if (known.includes(name)) return name;
  const snake = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/-/g, '_')
    .toLowerCase();
  return known.find((one) => one.toLowerCase() === snake || one.toLowerCase() === name.toLowerCase()) ?? null;
};

const componentsIn = (incidents: readonly IncidentRecord[]): readonly string[] => [
  ...new Set([...COMPONENTS, ...BESIDE, ...incidents.map(({ component }) => component)]),
];

/** How far a name is from what was typed: who leaves out the component may mean an invariant by what stands behind it. */
const farFrom = (typed: string, name: string): number =>
  Math.min(
    ...[name, name.slice(name.indexOf('/') + 1)].map((part) => distance(typed.toLowerCase(), part.toLowerCase())),
  );

/** The three names that are nearest, as a question; advice where none is near. */
const didYouMean = (name: string, known: readonly string[], advice: string): string => {
  const parts = known.flatMap((one) => [one, one.slice(one.indexOf('/') + 1)]);
  if (nearest(name, parts) === null) return advice;
  const near = [...known].sort((a, b) => farFrom(name, a) - farFrom(name, b)).slice(0, 3);
  return `Did you mean ${near.join(', or ')}?`;
};

/** The component by its name. Throws {@link CliError} with the nearest ones. */
export function componentNamed(name: string, incidents: readonly IncidentRecord[]): string {
  const known = componentsIn(incidents);
  const found = asComponent(name, known);
  if (found !== null) return found;
  throw new CliError(`${name}: there is no such component. ${didYouMean(name, known, `Known: ${known.join(', ')}`)}`);
}

/** An incident by its id or the beginning of it, a component, or an invariant. Throws {@link CliError}. */
export function named(name: string, incidents: readonly IncidentRecord[], invariants: readonly string[]): Named {
  const component = asComponent(name, componentsIn(incidents));
  if (component !== null) return { kind: 'component', name: component };
  const known = [...new Set([...invariants, ...incidents.map(({ invariant }) => invariant)])];
  const invariant = known.find((one) => one.toLowerCase() === name.toLowerCase());
  if (invariant !== undefined) return { kind: 'invariant', name: invariant };
  const begins = (id: string) => id.toLowerCase().startsWith(name.toLowerCase());
  const ids = incidents.filter(({ incident_id: id }) => begins(id) || begins(id.replace(/^INC-/, '')));
  const exact = ids.find(({ incident_id: id }) => id.toLowerCase() === name.toLowerCase());
  const only = exact ?? (ids.length === 1 ? ids[0] : undefined);
  if (only) return { kind: 'incident', incident: only };
  if (ids.length > 1) {
    const some = ids.slice(-5).map(({ incident_id: id }) => id);
    throw new CliError(
      `${name}: ${ids.length} incidents begin so, the last are ${some.join(', ')}. Give more of the id`,
    );
  }
  const all = [...componentsIn(incidents), ...known, ...incidents.map(({ incident_id: id }) => id)];
  const advice = 'See kintsugi incidents, and kintsugi invariants';
  throw new CliError(`${name}: no incident, component or invariant is called so. ${didYouMean(name, all, advice)}`);
}
