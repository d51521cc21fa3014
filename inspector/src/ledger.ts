/** The incidents this page knows: what the ledger had, and what is told since. */
import { computed, effect, signal } from '@preact/signals';
import type { IncidentRecord } from '../../src/inspector/contract.ts';
import { ask } from './ask.ts';
import { link, news } from './live.ts';

const READ_AT_ONCE = 500;
const read = signal<readonly IncidentRecord[] | null>(null);
export const ledgerError = signal<string | null>(null);

/** Newest first; `null` until the ledger was read. */
export const incidents = computed((): readonly IncidentRecord[] | null => {
  if (read.value === null) return null;
  const all = new Map(read.value.map((one) => [one.incident_id, one]));
  for (const [id, one] of news.value) {
    const known = all.get(id);
    if (known === undefined || known.ts <= one.ts) all.set(id, one);
  }
  return [...all.values()].sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));
});

async function readLedger(): Promise<void> {
  try {
    read.value = await ask<readonly IncidentRecord[]>(`api/incidents?limit=${READ_AT_ONCE}`);
    ledgerError.value = null;
  } catch (error) {
    ledgerError.value = (error as Error).message;
  }
}

let kept = false;
/** Reads the ledger now, and whenever the link is there again. Called by whoever shows incidents. */
export function keepLedger(): void {
  if (kept) return;
  kept = true;
  effect(() => {
    if (link.value === 'live') void readLedger();
  });
}
export const readLedgerAgain = (): void => void readLedger();
