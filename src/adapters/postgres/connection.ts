import pg from 'pg';
import { FileFault } from '../../ports/files.ts';

/** Who waits so long for an answer takes it that none will come, ms. */
const ANSWER_MS = 10_000;
const CONNECT_MS = 5_000;

/** What a person may read of an address: all but its password. */
export function addressInWords(url: string): string {
  try {
    const at = new URL(url);
    if (at.password !== '') at.password = '***';
    for (const key of [...at.searchParams.keys()]) if (/pass/i.test(key)) at.searchParams.set(key, '***');
    return at.href;
  } catch {
    return 'the given address';
  }
}

/** The database did not do what was asked, and said so: nothing was changed. */
export class StoreRefused extends Error {
  /** SQLSTATE. */
  readonly code: string;
  constructor(store: string, code: string, says: string, options?: ErrorOptions) {
    super(`${store} refuses: ${says} (${code})`, options);
    this.name = 'StoreRefused';
    this.code = code;
  }
}

/** There was no answer: whether it was done is not known. */
export class StoreSilent extends Error {
  constructor(store: string, says: string, options?: ErrorOptions) {
    super(`${store} does not answer: ${says}. Whether the last change was made is not known`, options);
    this.name = 'StoreSilent';
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
  return new FileFault(operation, path, code, error instanceof Error ? error.message : String(error), { cause: error });
}

export type Row = Readonly<Record<string, unknown>>;

/** Asks the database; one question after the other. */
export interface Connection {
  /** For messages: the address without its password. */
  readonly store: string;
  /** Throws {@link StoreRefused} or {@link StoreSilent}. */
  ask(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/**
 * A connection that is made anew where it broke. `max` of them may be used at a time. TLS as the address says (`sslmode=verify-full`), the
 * password from the address or `PGPASSWORD`; neither is ever written anywhere.
 */
export function connectTo(url: string, { max = 1 }: { readonly max?: number } = {}): Connection {
  const store = addressInWords(url);
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'kintsugi',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody asks: the next question makes another.
  pool.on('error', () => undefined);
  return {
    store,
    ask: async (sql, values = []) => {
      try {
        return (await pool.query(sql, [...values])).rows as Row[];
      } catch (error) {
        const says = error instanceof Error ? error.message || String(error) : String(error);
        const code = error instanceof pg.DatabaseError ? error.code : undefined;
        // Class 57: the server goes down, or ended this connection, maybe behind a commit.
        if (code !== undefined && !code.startsWith('57') && !code.startsWith('08'))
          throw new StoreRefused(store, code, says, { cause: error });
        throw new StoreSilent(store, says, { cause: error });
      }
    },
    close: () => pool.end(),
  };
}
