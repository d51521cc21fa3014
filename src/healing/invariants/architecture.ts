/** The bus, the signals' lives, the shadows, the decisions and the pipeline: what `architectureHealing` keeps in order. */

import type { LifeContext } from '../../machines/life.ts';
import type { PipelineMonitorContext } from '../../machines/pipeline-monitor.ts';
import { CRITICAL_ABOVE } from '../../machines/pipeline-monitor.ts';
import type { RecorderContext } from '../../machines/recorder.ts';
import type { ShadowEngineContext } from '../../machines/shadow-engine.ts';
import type { SignalBusContext } from '../../machines/signal-bus.ts';
import type { StateMachineContext } from '../../machines/state-machine.ts';
import type { Invariant } from '../invariant.ts';
import {
  about,
  broken,
  fileIsSound,
  holds,
  isAlive,
  mailDrains,
  type Subject,
  type Times,
  unknown,
} from './judging.ts';
import { lastTickAt } from './market.ts';

const signalBus: Subject = { component: 'signal_bus', actor: 'signalBus' };
const stateMachine: Subject = { component: 'state_machine', actor: 'stateMachine' };
const shadowEngine: Subject = { component: 'shadow_engine', actor: 'shadowEngine' };
const decisionTracker: Subject = { component: 'decision_tracker', actor: 'decisionTracker' };
const pipelineMonitor: Subject = { component: 'pipeline_monitor', actor: 'pipelineMonitor' };

const HOUR_MS = 3_600_000;
/** One is made every 5,000 records. */
const CHECKPOINT_LACKS = 20_000;
const BUS_FILE = 'logs/signal_bus.jsonl';

/** What was sent to be written is written. */
export function records({ component, actor }: Subject, fileInvariant: string): Invariant {
  return {
    id: `${component}/records-written`,
    component,
    actor,
    severity: 'critical',
    // One disk under all: while the bus is refused, that is the cause.
    dependsOn: [`${component}/alive`, fileInvariant, 'signal_bus/accepts'],
    patienceMs: 0,
    proofWithinMs: 10_000,
    holds: about<LifeContext & RecorderContext>(actor, ({ recorder }, view) => {
      const { waiting, refusal, refusingSince } = recorder;
      const figures = { waiting, refusing_since: refusingSince };
      return refusal === null
        ? holds(view.now, 'what was recorded is on disk', figures)
        : broken(view.now, `${waiting} records wait: ${refusal}`, figures);
    }),
    remedies: [{ type: 'REPAIR', target: 'log' }],
    neverRestart: true,
  };
}

export function architectureInvariants(times: Times): readonly Invariant[] {
  const bus = fileIsSound(
    signalBus,
    {
      path: BUS_FILE,
      content: 'its owner judges it',
      target: 'log',
      severity: 'critical',
      id: 'signal_bus/log-verifies',
    },
    times,
  );
  const shadowLog = fileIsSound(
    shadowEngine,
    { path: 'logs/shadow_trade_outcomes.jsonl', content: 'file integrity judges it', target: 'log' },
    times,
  );
  const realExits = fileIsSound(
    shadowEngine,
    {
      path: 'logs/shadow_real_exits.jsonl',
      content: 'file integrity judges it',
      target: 'logs/shadow_real_exits.jsonl',
    },
    times,
  );
  const decisions = fileIsSound(
    decisionTracker,
    { path: 'logs/signal_decisions.jsonl', content: 'file integrity judges it', target: 'log' },
    times,
  );
  return [
    isAlive(signalBus),
    mailDrains(signalBus),
    bus,
    {
      id: 'signal_bus/accepts',
      ...signalBus,
      severity: 'critical',
      dependsOn: ['signal_bus/alive', bus.id],
      patienceMs: 0,
      proofWithinMs: 10_000,
      holds: about<SignalBusContext>('signalBus', ({ refusal, waiting, refusingSince, lastSeq }, view) => {
        const figures = { waiting, last_seq: lastSeq, refusing_since: refusingSince };
        return refusal === null
          ? holds(view.now, 'what was sent to it is on disk, or on its way', figures)
          : broken(view.now, `${waiting} events wait: ${refusal}`, figures);
      }),
      remedies: [{ type: 'REPAIR', target: 'log' }],
      neverRestart: true,
    },
    {
      id: 'signal_bus/history-known',
      ...signalBus,
      severity: 'critical',
      dependsOn: ['signal_bus/alive'],
      patienceMs: 0,
      proofWithinMs: 5_000,
      holds: about<SignalBusContext>('signalBus', ({ historyLost, historySays }, view) =>
        historyLost
          ? broken(view.now, historySays)
          : holds(view.now, historySays || 'the log was there at start, or is the first'),
      ),
      remedies: [{ type: 'REPAIR', target: 'history' }],
    },

    {
      id: 'signal_bus/sequence-whole',
      ...signalBus,
      severity: 'medium',
      dependsOn: ['signal_bus/alive', bus.id],
      patienceMs: 0,
      proofWithinMs: Math.max(5_000, times.lookMs * 2),
      holds: about<SignalBusContext>('signalBus', ({ life }, view) => {
        const file = life.files[BUS_FILE];
        if (!file) return unknown(view.now, `nobody has looked at ${BUS_FILE} yet`);
        const gaps = file.gaps ?? 0;
        return gaps === 0
          ? holds(file.checkedAt, 'every number is in the log, or its place in quarantine', { missing: 0 })
          : broken(file.checkedAt, `${gaps} records are missing; kintsugi doctor says which, a copy may have them`, {
              missing: gaps,
            });
      }),
      // Nobody can make up what is lost; a mirror that has it gives it back when the log is opened.
      remedies: [],
      neverRestart: true,
    },
    {
      id: 'signal_bus/checkpoint-fresh',
      ...signalBus,
      severity: 'medium',
      dependsOn: ['signal_bus/alive', 'signal_bus/accepts'],
      patienceMs: 0,
      proofWithinMs: 5_000,
      holds: about<SignalBusContext>('signalBus', ({ unsaved, appended }, view) => {
        const limit = Math.max(CHECKPOINT_LACKS, appended / 2);
        const figures = { unsaved, limit: Math.round(limit) };
        return unsaved <= limit
          ? holds(view.now, `the checkpoint lacks ${unsaved} records`, figures)
          : broken(view.now, `the checkpoint lacks ${unsaved} records: a start would read them all`, figures);
      }),
      remedies: [{ type: 'REPAIR', target: 'checkpoint' }],
      neverRestart: true,
    },

    isAlive(stateMachine),
    mailDrains(stateMachine),
    {
      id: 'state_machine/states-exist',
      ...stateMachine,
      severity: 'high',
      dependsOn: ['state_machine/alive', bus.id],
      patienceMs: 0,
      proofWithinMs: 5_000,
      holds: about<StateMachineContext>('stateMachine', ({ figures }, view) => {
        if (figures === null) return unknown(view.now, 'the signals have not been counted yet');
        const { unknownStates } = figures;
        return unknownStates.length === 0
          ? holds(figures.at, 'every signal is in a state that exists', { total: figures.total })
          : broken(
              figures.at,
              `${unknownStates.length} signals are in a state that does not exist: ${unknownStates.slice(0, 3).join(', ')}`,
              {
                unknown: unknownStates.length,
              },
            );
      }),
      remedies: [{ type: 'REPAIR', target: 'states' }],
    },
    {
      id: 'state_machine/nothing-stuck',
      ...stateMachine,
      severity: 'high',
      dependsOn: ['state_machine/alive', 'signal_bus/accepts', 'pipeline_monitor/not-critical'],
      patienceMs: 0,
      proofWithinMs: Math.max(5_000, times.checkMs * 2),
      holds: about<StateMachineContext>('stateMachine', ({ figures }, view) => {
        if (figures === null) return unknown(view.now, 'the signals have not been counted yet');
        const { stuckCount, oldCount } = figures;
        const numbers = { stuck: stuckCount, old: oldCount };
        return stuckCount + oldCount === 0
          ? holds(figures.at, 'no signal has rested for an hour, none is older than two', numbers)
          : broken(
              figures.at,
              `${stuckCount} signals have not moved for an hour, ${oldCount} are older than two`,
              numbers,
            );
      }),
      remedies: [{ type: 'EXPIRE', olderThanMs: HOUR_MS }],
    },

    isAlive(shadowEngine),
    mailDrains(shadowEngine),
    shadowLog,
    realExits,
    records(shadowEngine, shadowLog.id),
    {
      id: 'shadow_engine/follows-the-market',
      ...shadowEngine,
      severity: 'medium',
      dependsOn: ['shadow_engine/alive', 'shadow_engine/mail-drains'],
      patienceMs: 0,
      timed: true,
      proofWithinMs: times.barMs * 2 + 5_000,
      holds: about<ShadowEngineContext>('shadowEngine', ({ lastTickAt: seenAt, open }, view) => {
        const tickAt = lastTickAt(view);
        if (tickAt === null || seenAt === null) return holds(view.now, 'no candle since it started', { open });
        const behind = tickAt - seenAt;
        const limit = Math.max(30_000, times.barMs * 2);
        return behind <= limit
          ? holds(view.now, `${open} shadow trades, ${behind} ms behind the feed`, { open, behind_ms: behind })
          : broken(view.now, `it is ${behind} ms behind the feed`, { open, behind_ms: behind, limit_ms: limit });
      }),
      remedies: [{ type: 'RESTART' }],
    },

    isAlive(decisionTracker),
    mailDrains(decisionTracker),
    decisions,
    records(decisionTracker, decisions.id),

    isAlive(pipelineMonitor),
    mailDrains(pipelineMonitor),
    {
      id: 'pipeline_monitor/not-critical',
      ...pipelineMonitor,
      severity: 'high',
      dependsOn: ['pipeline_monitor/alive', 'signal_bus/accepts'],
      patienceMs: 0,
      proofWithinMs: Math.max(5_000, times.checkMs * 2),
      holds: about<PipelineMonitorContext>('pipelineMonitor', ({ stuckCount, status, reportedAt }, view) => {
        if (reportedAt === null) return unknown(view.now, 'the state machine has not reported yet');
        const figures = { stuck: stuckCount, limit: CRITICAL_ABOVE, status };
        return stuckCount <= CRITICAL_ABOVE
          ? holds(reportedAt, `${stuckCount} signals are stuck`, figures)
          : broken(reportedAt, `CRITICAL: ${stuckCount} signals are stuck`, figures);
      }),
      remedies: [{ type: 'EXPIRE', olderThanMs: HOUR_MS }],
    },
    {
      id: 'pipeline_monitor/is-told',
      ...pipelineMonitor,
      severity: 'medium',
      dependsOn: [
        'pipeline_monitor/alive',
        'pipeline_monitor/mail-drains',
        'state_machine/alive',
        'state_machine/mail-drains',
      ],
      patienceMs: 0,
      timed: true,
      proofWithinMs: times.checkMs * 3 + 5_000,
      holds: about<PipelineMonitorContext>('pipelineMonitor', ({ reportedAt }, view) => {
        if (reportedAt === null) return unknown(view.now, 'the state machine has not reported yet');
        const age = view.now - reportedAt;
        const limit = times.checkMs * 5 + 10_000;
        return age <= limit
          ? holds(view.now, `the last report is ${age} ms old`, { age_ms: age })
          : broken(view.now, `the state machine has not reported for ${age} ms`, { age_ms: age, limit_ms: limit });
      }),
      remedies: [{ type: 'RESTART', to: 'stateMachine' }, { type: 'RESTART' }],
    },
  ];
}
