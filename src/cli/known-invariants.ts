import { catalogue } from '../healing/invariants/catalogue.ts';
import { type CatalogueEntry, catalogueEntry } from '../healing/status.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { paceFor } from './pace.ts';

/** The catalogue of a bot with default settings, of which nothing is known: for a directory in which none runs. */
export const knownInvariants = (): readonly CatalogueEntry[] => {
  const { symbols, sim } = DEFAULT_CONFIG;
  return catalogue({ barMs: sim.intervalMs, recorded: false, ...paceFor(1) }, symbols).map((invariant) =>
    catalogueEntry(invariant, undefined),
  );
};
