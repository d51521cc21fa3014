/** A fault that is injected, found, mended and proven before one's eyes: made up, in three seconds. */
import type * as api from '../../src/inspector/contract.ts';
import { fixtureIncidents } from './fixture-incidents.ts';

type Listener = (event: api.StreamEvent) => void;
const iso = (ms: number): string => new Date(ms).toISOString();

export function fixtureFault(from: number) {
  const startedAt = Date.now();
  const now = (): number => from + Date.now() - startedAt;
  const listeners = new Set<Listener>();
  let count = 0;
  const mend = (): void => {
    const model = fixtureIncidents(from)[0];
    if (!model) return;
    const opened = now();
    const id = `INC-00f00${++count}ab`;
    const tell = (at: number, change: Partial<api.IncidentRecord>): void => {
      const incident = {
        ...model,
        incident_id: id,
        status: 'open' as const,
        broken_since: iso(opened - 350),
        opened_at: iso(opened),
        closed_at: null,
        healed_ms: null,
        evidence_after: null,
        remedies: [],
        ts: at / 1000,
        timestamp: iso(at),
        ...change,
      };
      for (const listener of listeners) listener({ type: 'incident', incident });
    };
    const sent = model.remedies.map((remedy) => ({
      ...remedy,
      at: iso(opened + 60),
      answered_at: null,
      outcome: 'under way',
      says: '',
    }));
    const proven = model.remedies.map((remedy) => ({
      ...remedy,
      at: iso(opened + 60),
      answered_at: iso(opened + 400),
    }));
    setTimeout(() => tell(opened, {}), 700);
    setTimeout(() => tell(opened + 60, { remedies: sent }), 1_500);
    setTimeout(
      () =>
        tell(opened + 412, {
          status: 'healed',
          closed_at: iso(opened + 412),
          healed_ms: 412,
          remedies: proven,
          evidence_after: model.evidence_after,
        }),
      3_000,
    );
  };
  return {
    now,
    follow: (listener: Listener): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** `null`: not of its business. */
    command: (wanted: api.Command): api.CommandAnswer | null => {
      if (wanted.do !== 'fault') return null;
      mend();
      return {
        ok: true,
        says: 'The log is torn: 12 bytes of line 4,311 are flipped, and its last line ends in the middle.',
      };
    },
  };
}
