import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Link } from '../../src/healing/chain.ts';
import { seal } from '../../src/healing/chain.ts';
import { type IncidentRecord, recordOf } from '../../src/healing/ledger.ts';
import { heal } from '../../src/healing/loop.ts';
import { type Impulse, type Policy, type Round, restful } from '../../src/healing/round.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { world } from '../healing/facts.ts';
import { freshFolder } from './cli.ts';

/**
 * A cascade, as the loop writes it: the feed goes silent, the features go stale with it, a restart mends both; then the bus
 * is broken for good and given up. Seven incidents' lines in all.
 */
export function cascade(more: Partial<Policy> = {}): readonly IncidentRecord[] {
  const w = world();
  const policy = w.policy(
    [
      w.invariant('market_feed/fresh', { remedies: [{ type: 'RESTART', scope: 'rest', to: 'marketFeed' }] }),
      w.invariant('feature_store/fresh', { dependsOn: ['market_feed/fresh'], severity: 'high' }),
      w.invariant('signal_bus/log-verifies', { remedies: [{ type: 'REPAIR', target: 'log' }], neverRestart: true }),
    ],
    { affects: (to) => [to, 'featureStore'], ...more },
  );
  const written: IncidentRecord[] = [];
  let round: Round = restful;
  const then = (impulse: Impulse): void => {
    round = heal(round, impulse, policy);
    for (const command of round.commands)
      if (command.do === 'record') written.push(recordOf(command.incident, w.view.now));
  };
  const acting = (id: string): string => round.incidents.get(id)?.id ?? '';
  w.facts.set('market_feed/fresh', false);
  w.facts.set('feature_store/fresh', false);
  then(w.seen());
  w.pass(1_200);
  w.facts.set('market_feed/fresh', true);
  w.facts.set('feature_store/fresh', true);
  then(w.done(acting('market_feed/fresh')));
  w.pass(60_000);
  w.facts.set('signal_bus/log-verifies', false);
  then(w.seen());
  for (let i = 0; i < 2; i++) {
    w.pass(1_000);
    then(w.refused(acting('signal_bus/log-verifies')));
    w.pass(1_000);
    then(w.seen());
  }
  return written;
}

/** The records as lines of a ledger with its chain. */
export function sealed(records: readonly LogRecord[]): readonly string[] {
  let last: Link | null = null;
  return records.map((record) => {
    const next: LogRecord & Link = seal(record, last);
    last = next;
    return JSON.stringify(next);
  });
}

/** A bot's directory with this ledger. */
export function directoryWith(lines: readonly string[]): string {
  const dir = freshFolder();
  mkdirSync(join(dir, 'logs'));
  writeFileSync(join(dir, 'logs/healing.jsonl'), lines.map((line) => `${line}\n`).join(''));
  return dir;
}

/** The operator's state, as it is written when it stops. */
export function escalation(dir: string, change: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(dir, 'feature_store'), { recursive: true });
  const state = {
    soft_kill_switch_active: false,
    escalation_status: 'normal',
    reason: null,
    last_escalation: null,
    budgets: {},
    recurrences: {},
    last_updated: '1970-01-01T00:00:00.000Z',
    ...change,
  };
  writeFileSync(join(dir, 'feature_store/healing_escalation_state.json'), JSON.stringify(state));
}
