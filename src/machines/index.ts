/** Every statechart of the bot, pure: for inspectors, and for tests of other programs; and `compile`, for any machine. */
export { architectureHealing } from './architecture-healing.ts';
export { type CompiledMachine, compile, type Way } from './compile/compile.ts';
export { CannotCompile } from './compile/refusal.ts';
export { decisionEngine } from './decision-engine.ts';
export { decisionTracker } from './decision-tracker.ts';
export { exitGates } from './exit-gates.ts';
export { featureStore } from './feature-store.ts';
export { fileIntegrity } from './file-integrity.ts';
export { healingOperator } from './healing-operator.ts';
export { heartbeat } from './heartbeat.ts';
export {
  alive,
  bornAs,
  type LifeContext,
  type LifeEvent,
  type LifeInput,
  lifeActions,
  lifeActors,
  lifeGuards,
} from './life.ts';
export { marketFeed } from './market-feed.ts';
export { pipelineMonitor } from './pipeline-monitor.ts';
export { safetyLayer } from './safety-layer.ts';
export { shadowEngine } from './shadow-engine.ts';
export { signalBus } from './signal-bus.ts';
export { signalEngine } from './signal-engine.ts';
export { signalLifecycle } from './signal-lifecycle.ts';
export { stateMachine } from './state-machine.ts';
export { tradeExecution } from './trade-execution.ts';
