import { FileFault } from '../../ports/files.ts';
import { says } from '../../ports/says.ts';

/** Anything that a fleet’s database does not give; said in words for people. */
export class StoreTrouble extends Error {}

/** The database did not do what was asked, and said so: nothing was changed. */
export class StoreRefused extends StoreTrouble {
  /** SQLSTATE. */
  readonly code: string;
  constructor(store: string, code: string, says: string, options?: ErrorOptions) {
    super(`${store} refuses: ${says} (${code})`, options);
    this.name = 'StoreRefused';
    this.code = code;
  }
}

/** There was no answer: whether it was done is not known. */
export class StoreSilent extends StoreTrouble {
  constructor(store: string, says: string, options?: ErrorOptions) {
    super(`${store} does not answer: ${says}. Whether the last change was made is not known`, options);
    this.name = 'StoreSilent';
  }
}

/** Nobody was reached: nothing was asked, and nothing changed. */
export class StoreUnreachable extends StoreTrouble {
  constructor(store: string, says: string, options?: ErrorOptions) {
    super(`${store} cannot be reached: ${says}`, options);
    this.name = 'StoreUnreachable';
  }
}

/** How the system would have named it. */
const CODES: Readonly<Record<string, string>> = {
  '53100': 'ENOSPC',
  '53200': 'ENOMEM',
  '53300': 'EAGAIN',
  '58030': 'EIO',
  '42501': 'EACCES',
  '25006': 'EROFS',
  KT001: 'ESTALE',
};

/** The same as of a disk: whoever writes a file need not know where it lies. */
export function faultFrom(operation: string, path: string, error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const code = error instanceof StoreRefused ? (CODES[error.code] ?? 'EIO') : 'EIO';
  return new FileFault(operation, path, code, says(error), { cause: error });
}
