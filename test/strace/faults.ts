/** What can be done to a call, and which errors the system may give it (its man page). */
export const CALLS = {
  write: ['ENOSPC', 'EIO'],
  pwrite64: ['ENOSPC', 'EIO'],
  fsync: ['EIO', 'ENOSPC', 'EROFS'],
  fdatasync: ['EIO', 'ENOSPC'],
  rename: ['ENOSPC', 'EIO', 'EACCES', 'EROFS'],
  link: ['ENOSPC', 'EIO', 'EACCES', 'EROFS'],
  unlink: ['EIO', 'EACCES', 'EROFS'],
  openat: ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'],
  mkdir: ['ENOSPC', 'EIO', 'EACCES', 'EROFS'],
  // The bot shortens no file: these are watched, so that it is seen if it ever does.
  ftruncate: ['EIO'],
  truncate: ['EIO'],
} as const;

export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as readonly CallName[];

/** SIGKILL as the call is entered; an error instead of it; a while before it returns. */
export type Fault =
  | { readonly kind: 'kill' }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'delay'; readonly ms: number };

/** A fault at the n-th call of a name on the bot's own files, or, where it `lasts`, from the n-th on. */
export interface Point {
  readonly workload: string;
  readonly call: CallName;
  readonly fault: Fault;
  readonly at: number;
  readonly lasts: boolean;
}

export const sayFault = (fault: Fault): string => {
  if (fault.kind === 'kill') return 'SIGKILL';
  return fault.kind === 'error' ? fault.code : `${fault.ms} ms late`;
};

/** As strace's `-e inject=` has it. */
export function injection({ call, fault, at, lasts }: Point): string {
  const what = {
    kill: () => 'signal=SIGKILL',
    error: () => `error=${fault.kind === 'error' ? fault.code : ''}`,
    delay: () => `delay_exit=${fault.kind === 'delay' ? fault.ms * 1_000 : 0}`,
  }[fault.kind]();
  return `inject=${call}:${what}:when=${at}${lasts ? '+' : ''}`;
}
