import type { Observer } from './observer.ts';

/** Many observers as one: each hook tells all that have it, in order. */
export function together(observers: readonly Observer[]): Required<Observer> {
  const those = <Hook extends keyof Observer>(hook: Hook) => observers.filter((one) => one[hook] !== undefined);
  const born = those('born');
  const died = those('died');
  const acknowledged = those('acknowledged');
  const sent = those('sent');
  const refused = those('refused');
  const cancelled = those('cancelled');
  const filled = those('filled');
  const notified = those('notified');
  const called = those('called');
  const took = those('took');
  const looked = those('looked');
  const rested = those('rested');
  const ended = those('ended');
  return {
    born: (life) => {
      for (const one of born) one.born?.(life);
    },
    died: (life) => {
      for (const one of died) one.died?.(life);
    },
    acknowledged: (record) => {
      for (const one of acknowledged) one.acknowledged?.(record);
    },
    sent: (order) => {
      for (const one of sent) one.sent?.(order);
    },
    refused: (intent) => {
      for (const one of refused) one.refused?.(intent);
    },
    cancelled: (cancel) => {
      for (const one of cancelled) one.cancelled?.(cancel);
    },
    filled: (fill) => {
      for (const one of filled) one.filled?.(fill);
    },
    notified: (fill, left) => {
      for (const one of notified) one.notified?.(fill, left);
    },
    called: (call, actor) => {
      for (const one of called) one.called?.(call, actor);
    },
    took: (actor, event) => {
      for (const one of took) one.took?.(actor, event);
    },
    looked: (life) => {
      for (const one of looked) one.looked?.(life);
    },
    rested: (life) => {
      for (const one of rested) one.rested?.(life);
    },
    ended: (left) => {
      for (const one of ended) one.ended?.(left);
    },
  };
}
