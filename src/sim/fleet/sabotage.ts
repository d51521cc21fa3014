/** What negative controls take away, so that the laws are seen to see. */
export type Sabotage =
  /** The store takes every commit, whoever it comes from. */
  | 'no-fence'
  /** The store looks at the epoch alone, and not at the revision. */
  | 'no-revision'
  /** Who gets no answer takes it that nothing was done, and goes on. */
  | 'silence-is-refusal'
  /** Nobody looks at his lease in the moment of sending. */
  | 'no-look-before-sending'
  /** The store lets leases run on for four times as long. */
  | 'leases-outlast'
  /** Bots do not hear of the one switch. */
  | 'deaf-to-the-switch';
