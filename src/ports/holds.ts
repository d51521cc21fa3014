/** Why no entries may be made, for reasons outside of the bot: what it trades with was not checked yet, or did not pass. */
export interface Holds {
  /** All reasons that hold; `null` for none. */
  why(): string | null;
  /** Calls back whenever {@link why} may have changed. @returns how to listen no more */
  onChange(listener: () => void): () => void;
}
