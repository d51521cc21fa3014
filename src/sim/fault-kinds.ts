/** Every kind of fault of the simulated world, by what it strikes. */
export const FAULT_KINDS = [
  // The process and its machine.
  'crash',
  'power-cut',
  'clock-forward',
  'clock-back',
  // Actors.
  'actor-ends',
  'actor-wedged',
  'actor-throws',
  'healer-ends',
  'healer-wedged',
  // What they send each other.
  'message-poisoned',
  'answer-doubled',
  'event-storm',
  // Files, by another's hand.
  'log-deleted',
  'file-replaced',
  'file-truncated',
  'garbage-appended',
  'foreign-writer',
  'bytes-overwritten',
  'bit-flipped',
  'document-torn',
  'file-locked',
  // The disk.
  'disk-full',
  'disk-errors',
  'disk-unreadable',
  'disk-denied',
  'disk-slow',
  'sync-fails',
  // The market.
  'feed-silent',
  'feed-doubled',
  'feed-reordered',
  // The exchange.
  'order-rejected',
  'order-unknown',
  'exchange-silent',
  'fills-late',
  'fills-reordered',
  'fills-doubled',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
