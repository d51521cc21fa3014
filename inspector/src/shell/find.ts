/** What can be searched for, and how well it fits. */
import type { ActorView, IncidentRecord, Overview, SignalView } from '../../../src/inspector/contract.ts';
import { words } from '../format.ts';
import { to } from '../route.ts';
import { pagesFor } from './pages.tsx';

export interface Found {
  readonly kind: 'page' | 'component' | 'actor' | 'incident' | 'signal';
  readonly id: string;
  readonly name: string;
  readonly says: string;
  readonly address: string;
}

export const pageFound = (kind: Overview['kind'] | undefined): readonly Found[] =>
  pagesFor(kind).map(({ id, name }) => ({ kind: 'page', id, name, says: 'page', address: to(id) }));
export const componentFound = (known: Overview | null): readonly Found[] =>
  (known?.components ?? []).map(({ id, name, health }) => ({
    kind: 'component',
    id,
    name,
    says: health,
    address: to('overview', { component: id }),
  }));
export const actorFound = (all: ReadonlyMap<string, ActorView>): readonly Found[] =>
  [...all.values()].map(({ id, status }) => ({
    kind: 'actor',
    id,
    name: id,
    says: status,
    address: to('inspector', id),
  }));
export const incidentFound = (all: readonly IncidentRecord[]): readonly Found[] =>
  all.map(({ incident_id, component, status, evidence_before }) => ({
    kind: 'incident',
    id: incident_id,
    name: `${words(component)}: ${evidence_before.says}`,
    says: status,
    address: to('incidents', incident_id),
  }));
export const signalFound = (all: readonly SignalView[]): readonly Found[] =>
  all.map(({ id, symbol, direction, state }) => ({
    kind: 'signal',
    id,
    name: `${symbol} ${direction.toLowerCase()}`,
    says: state,
    address: to('signals', id),
  }));

/** How well a thing fits: 0 not at all, 3 by its very beginning. */
function howWell({ id, name }: Found, wanted: string): number {
  const texts = [id.toLowerCase(), name.toLowerCase()];
  if (texts.some((text) => text.startsWith(wanted))) return 3;
  if (texts.some((text) => text.split(/[\s_-]/).some((word) => word.startsWith(wanted)))) return 2;
  return texts.some((text) => text.includes(wanted)) ? 1 : 0;
}

/** The best of them, in the order in which they came where they fit alike. */
export function best(all: readonly Found[], wanted: string, most: number): readonly Found[] {
  const text = wanted.trim().toLowerCase();
  if (text === '') return all.slice(0, most);
  return all
    .map((one) => ({ one, fits: howWell(one, text) }))
    .filter(({ fits }) => fits > 0)
    .sort((a, b) => b.fits - a.fits)
    .slice(0, most)
    .map(({ one }) => one);
}
