/** How an incident is shown: its status as health and word. */
import type { Health, IncidentRecord } from '../../../src/inspector/contract.ts';

export const STATUS: Readonly<Record<IncidentRecord['status'], { readonly health: Health; readonly word: string }>> = {
  open: { health: 'yellow', word: 'Under way' },
  failed: { health: 'red', word: 'Failed' },
  healed: { health: 'green', word: 'Healed' },
  cleared: { health: 'green', word: 'Cleared' },
};

type Remedy = IncidentRecord['remedies'][number];
/** What became of a remedy: `done` is answered, and waits for its proof. */
const OUTCOME: Readonly<Record<string, Health>> = {
  proven: 'green',
  done: 'yellow',
  'under way': 'yellow',
  observed: 'unknown',
};
/** A remedy that was refused, met silence, or was not proven is red. */
export const outcomeHealth = ({ outcome }: Pick<Remedy, 'outcome'>): Health => OUTCOME[outcome] ?? 'red';

/** `REPAIR`, `RESTART × 3`: what was sent, in order. */
export function remediesInShort({ remedies }: IncidentRecord): string {
  const runs: { type: string; n: number }[] = [];
  for (const { type } of remedies) {
    const last = runs.at(-1);
    if (last?.type === type) last.n += 1;
    else runs.push({ type, n: 1 });
  }
  return runs.map(({ type, n }) => (n === 1 ? type : `${type} × ${n}`)).join(', ');
}
