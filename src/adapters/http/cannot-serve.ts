/** The inspector's server cannot start. The message is for people: what, why, and what to do. */
export class CannotServe extends Error {
  /** The system's code, `EADDRINUSE`; `null` where we refuse ourselves. */
  readonly code: string | null;

  constructor(message: string, code: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CannotServe';
    this.code = code;
  }
}

/** What the system says about listening, in words. */
export function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): CannotServe {
  const code = error.code ?? null;
  const why: Record<string, string> = {
    EADDRINUSE: `port ${port} of ${host} is taken, perhaps by another bot. Choose another with --port, or go without with --no-http`,
    EACCES: `this user may not listen at port ${port}. Choose one above 1023 with --port, or go without with --no-http`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Choose one that is, or go without with --no-http`,
    ENOTFOUND: `${host} is no address that is known. Choose one that is, or go without with --no-http`,
  };
  const says = why[code ?? ''] ?? `${host}:${port} does not work: ${error.message}. Go without with --no-http`;
  return new CannotServe(`The inspector cannot be served: ${says}.`, code, { cause: error });
}
