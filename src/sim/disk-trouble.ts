/** What can be the matter with a disk. */
export interface DiskTrouble {
  /** Why nothing can be written, as the system names it; `null`: it can. */
  readonly refusing: 'ENOSPC' | 'EIO' | 'EACCES' | 'EROFS' | null;
  /** A part of what is refused was written all the same. */
  readonly inPart: boolean;
  /** Nothing can be read. */
  readonly unreadable: boolean;
  /** A sync fails, and what it was to make durable never will be. */
  readonly unsyncable: boolean;
  /** A call that changes the disk takes so long, ms. */
  readonly slowMs: number;
}

export const SOUND: DiskTrouble = { refusing: null, inPart: false, unreadable: false, unsyncable: false, slowMs: 0 };

/** The worst of what is the matter at once. */
export const worstOf = (troubles: Iterable<Partial<DiskTrouble>>): DiskTrouble => {
  let all = SOUND;
  for (const one of troubles)
    all = {
      refusing: all.refusing ?? one.refusing ?? null,
      inPart: all.inPart || one.inPart === true,
      unreadable: all.unreadable || one.unreadable === true,
      unsyncable: all.unsyncable || one.unsyncable === true,
      slowMs: Math.max(all.slowMs, one.slowMs ?? 0),
    };
  return all;
};
