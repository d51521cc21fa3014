import type { FleetObserver } from './fleet-observer.ts';

/** Many observers as one; those that are put in the list later are told, too. */
export function allTogether(observers: readonly FleetObserver[]): Required<FleetObserver> {
  const tell =
    <Hook extends keyof FleetObserver>(hook: Hook) =>
    (...told: Parameters<Required<FleetObserver>[Hook]>): void => {
      for (const observer of observers) (observer[hook] as ((...args: typeof told) => void) | undefined)?.(...told);
    };
  return {
    claimed: tell('claimed'),
    committed: tell('committed'),
    opened: tell('opened'),
    acknowledged: tell('acknowledged'),
    sent: tell('sent'),
    taken: tell('taken'),
    filled: tell('filled'),
    broke: tell('broke'),
    looked: tell('looked'),
    ended: tell('ended'),
  };
}
