/** Open positions are looked at, and what the gates did is written down. */
import type { ExitGatesContext } from '../../machines/exit-gates.ts';
import type { Invariant } from '../invariant.ts';
import { records } from './architecture.ts';
import {
  about,
  broken,
  fileIsSound,
  fromFirstBar,
  holds,
  isAlive,
  mailDrains,
  type Subject,
  type Times,
  unknown,
} from './judging.ts';
import { lastTickAt } from './market.ts';

const exitGates: Subject = { component: 'exit_gates', actor: 'exitGates' };

/** How long an open position may go without a look while prices come, ms. */
const UNSEEN_AFTER_MS = 30_000;

export function exitInvariants(times: Times): readonly Invariant[] {
  const log = fileIsSound(
    exitGates,
    { path: 'logs/exit_runtime_events.jsonl', content: 'file integrity judges it', target: 'log' },
    times,
  );
  return [
    isAlive(exitGates),
    mailDrains(exitGates),
    log,
    records(exitGates, log.id),
    {
      id: 'exit_gates/positions-looked-at',
      ...exitGates,
      severity: 'critical',
      dependsOn: ['exit_gates/alive', 'exit_gates/mail-drains'],
      patienceMs: 0,
      ...fromFirstBar(times),
      proofWithinMs: times.barMs * 2 + 5_000,
      holds: about<ExitGatesContext>('exitGates', ({ watch, lastTickAt: lookedAt }, view) => {
        const { open, blind } = watch;
        const tickAt = lastTickAt(view);
        if (open === 0 || tickAt === null) return holds(view.now, 'no position is open', { open });
        if (lookedAt === null)
          return unknown(view.now, `${open} positions are open, and no candle came since it started`);
        const behind = tickAt - lookedAt;
        const limit = Math.max(UNSEEN_AFTER_MS, times.barMs * 2);
        const figures = { open, behind_ms: behind, limit_ms: limit, blind: blind.join(' ') };
        return behind <= limit
          ? holds(view.now, `${open} open positions are looked at`, figures)
          : broken(view.now, `an open position was not looked at for ${behind} ms while prices came`, figures);
      }),
      remedies: [{ type: 'RESTART' }],
    },
    {
      id: 'exit_gates/no-position-is-blind',
      ...exitGates,
      severity: 'medium',
      dependsOn: ['exit_gates/positions-looked-at', 'heartbeat/progress'],
      patienceMs: 0,
      proofWithinMs: Math.max(UNSEEN_AFTER_MS, times.barMs * 3),
      holds: about<ExitGatesContext>('exitGates', ({ watch: { open, blind } }, view) => {
        const figures = { open, blind: blind.join(' ') };
        if (blind.length === 0) return holds(view.now, 'prices come for every open position', figures);
        const words = `no prices come for ${blind.join(', ')}: only the time stop can close ${blind.length === 1 ? 'it' : 'them'}`;
        return times.recorded
          ? holds(view.now, `${words}; the recording has none`, figures)
          : broken(view.now, words, figures);
      }),
      remedies: [{ type: 'RESTART', to: 'marketFeed' }],
    },
  ];
}
