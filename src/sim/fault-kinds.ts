/** Every kind of fault of the simulated world, by what it strikes. */
export const FAULT_KINDS = [
  'crash',
  'power-cut',
  'actor-ends',
  'actor-wedged',
  'actor-throws',
  'log-deleted',
  'garbage-appended',
  'bytes-overwritten',
  'document-torn',
  'disk-full',
  'disk-errors',
  'feed-silent',
  'order-rejected',
  'order-unknown',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
