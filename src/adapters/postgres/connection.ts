import pg from 'pg';
import { StoreRefused, StoreSilent, StoreUnreachable } from './errors.ts';

/** Who waits so long for an answer takes it that none will come, ms. */
const ANSWER_MS = 10_000;
const CONNECT_MS = 5_000;
/** Of the time in which an answer is waited for, the database may spend so much on waiting for a lock. */
const LOCK_PART = 0.75;

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

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message || String(error) : String(error));

export type Row = Readonly<Record<string, unknown>>;

/** Asks the database; one question after the other. */
export interface Connection {
  /** For messages: the address without its password. */
  readonly store: string;
  /** Throws {@link StoreUnreachable}, {@link StoreRefused} or {@link StoreSilent}. */
  ask(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly max?: number;
  /** How long an answer is waited for, ms. */
  readonly answerMs?: number;
  /** How long one of them is waited for, ms: nothing was asked yet, and nothing is lost by waiting. */
  readonly connectMs?: number;
}

class NoAnswer extends Error {}

/**
 * What was asked, or {@link NoAnswer} after `ms`. A process that was held up itself (a long computation, a SIGSTOP) finds its own timer due
 * before it reads what has come meanwhile: the event loop goes round once more before the other side is called silent.
 */
function withinReach<T>(answer: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const silent = () => reject(new NoAnswer(`no answer within ${ms} ms`));
    const timer = setTimeout(() => setImmediate(() => setImmediate(silent)), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * A connection that is made anew where it broke. `max` of them may be used at a time. TLS as the address says (`sslmode=verify-full`), the
 * password from the address or `PGPASSWORD`; neither is ever written anywhere.
 */
export function connectTo(
  url: string,
  { max = 1, answerMs = ANSWER_MS, connectMs = CONNECT_MS }: ConnectionOptions = {},
): Connection {
  const store = addressInWords(url);
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'kintsugi',
    connectionTimeoutMillis: connectMs,
    // Who waits for what somebody keeps locked is told in time that it was in vain, and knows then that nothing was done.
    lock_timeout: Math.ceil(answerMs * LOCK_PART),
    keepAlive: true,
  });
  // A connection that breaks while nobody asks: the next question makes another.
  pool.on('error', () => undefined);
  // One that breaks while it is lent out tells so twice: to who asked, and as an event that nobody may leave unheard.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    store,
    ask: async (sql, values = []) => {
      const client = await pool.connect().catch((error: unknown) => {
        throw new StoreUnreachable(store, wordsOf(error), { cause: error });
      });
      let broken = false;
      try {
        const answer = client.query(sql, [...values]);
        // It is refused when its connection is closed, and nobody waits for it by then.
        answer.catch(() => undefined);
        return (await withinReach(answer, answerMs)).rows as Row[];
      } catch (error) {
        const code = error instanceof pg.DatabaseError ? error.code : undefined;
        // Class 57: the server goes down, or ended this connection, maybe behind a commit. Class 08: the connection broke.
        if (code !== undefined && !/^(57|08)/.test(code))
          throw new StoreRefused(store, code, wordsOf(error), { cause: error });
        broken = true;
        throw new StoreSilent(store, wordsOf(error), { cause: error });
      } finally {
        // Where an answer is still to come, it would be taken for that to the next question.
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}
