/** What no live actor can show of a machine, in the words of coverage, and why. An excuse that has become stale fails the tests. */
export interface Excuse {
  readonly what: string;
  readonly why: string;
}

const lastOfAll = (what: string): Excuse => ({
  what: `guard never false: ${what}`,
  why: 'it is the last of guards that leave nothing out, and is named so that a diagram tells what the state means',
});
const ownExpiry = (id: string): Excuse => ({
  what: `transition ${id}.running on EXPIRE: stays`,
  why: 'the refusal that all share; who expires signals, or has them expired, takes EXPIRE further down',
});

export const BEYOND_REACH: Readonly<Record<string, readonly Excuse[]>> = {
  stateMachine: [ownExpiry('stateMachine')],
  pipelineMonitor: [ownExpiry('pipelineMonitor')],
  safetyLayer: [
    lastOfAll('safetyLayer.running.work.positions on LOOKED if isMissing: safetyLayer.running.work.positions.missing'),
  ],
  architectureHealing: [
    lastOfAll('architectureHealing.running.work on ROUND if isCalm: architectureHealing.running.work.calm'),
  ],
  healingOperator: [
    lastOfAll('healingOperator.running.work.attention on ROUND if isCalm: healingOperator.running.work.attention.calm'),
  ],
  supervisor: [
    {
      what: 'transition root.givenUp on xstate.after.0.root.givenUp: stays',
      why: 'it throws SupervisorGaveUp, and XState tells of no step that throws; supervisor.test.ts sees what comes of it',
    },
  ],
};
