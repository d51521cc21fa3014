import type { AnyActorRef, AnyEventObject } from 'xstate';

/** What is used of XState's insides (5.33): every event of a system goes through this on its way to an actor. */
interface Insides {
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void;
}

/**
 * Tells of every event that is sent to an actor which has ended: XState drops it in silence. An inspector could tell as much,
 * but is told three things of every event of every actor, made for it, and one of 1,000,000 matters here.
 */
export function hearLostMail(root: AnyActorRef, lost: (to: AnyActorRef, event: AnyEventObject) => void): void {
  const system = root.system as unknown as Insides;
  const relay = system._relay;
  system._relay = (source, target, event) => {
    if (target.getSnapshot()?.status !== 'active' && !event.type.startsWith('xstate.')) lost(target, event);
    relay(source, target, event);
  };
}
