import type { AnyEventObject } from 'xstate';
import type { ActorId } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import { pick } from './fault.ts';

/** What each actor takes while it runs, of what carries something that is read. */
const TAKES: Readonly<Record<ActorId, readonly string[]>> = {
  signalEngine: ['FEATURES'],
  decisionEngine: ['DECIDE', 'VETTED', 'FEATURES'],
  safetyLayer: ['VET', 'POSITION.CHANGED', 'POSITION.MARKED'],
  exitGates: ['TICK', 'PRICE', 'POSITION.CHANGED'],
  tradeExecution: ['EXECUTE', 'EXIT', 'BUS.RECORD', 'POSITION.MARKED'],
  heartbeat: ['PROGRESS'],
  featureStore: ['TICK'],
  fileIntegrity: ['VERIFIED'],
  signalBus: ['EMIT', 'APPEND'],
  stateMachine: ['BUS.RECORD', 'TRANSITION'],
  shadowEngine: ['TICK', 'BUS.RECORD'],
  decisionTracker: ['TRACK'],
  pipelineMonitor: ['PIPELINE'],
  marketFeed: ['TICKED', 'PROBED'],
  healingOperator: ['REMEDY.DONE', 'REMEDY.ASKED', 'HEALED', 'TRIP'],
  architectureHealing: ['REMEDY.DONE', 'HEALED'],
};

/** Looks like one of its messages until it is read: then it throws. */
const booby = (type: string): AnyEventObject =>
  new Proxy<AnyEventObject>(
    { type },
    {
      get: (target, field) => {
        if (field === 'type' || typeof field === 'symbol') return Reflect.get(target, field);
        throw new Error(`poisoned: ${type}.${field} cannot be read`);
      },
    },
  );

/** Messages of a kind this actor takes, with nothing in them, or with something that throws when it is read. */
export function poisonFor(actor: ActorId, chance: Chance): readonly AnyEventObject[] {
  const type = pick(chance, TAKES[actor]);
  return [chance.next() < 0.5 ? booby(type) : { type }];
}
