/** A worker thread that is asked questions: answered in time or refused in words, and started anew when it dies. */
import { Worker } from 'node:worker_threads';

/** What the worker is sent, and what it sends back. */
export interface Asked {
  readonly id: number;
  readonly ask: string;
  readonly with: readonly unknown[];
}
export type Answered =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | { readonly id: number; readonly ok: false; readonly name: string; readonly message: string };

/** The other thread did not answer, or is no more. The message is for people. */
export class WorkerFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WorkerFault';
  }
}

export interface WorkerClientOptions {
  /** Its module. */
  readonly entry: URL;
  /** Given to it at its start. */
  readonly data: unknown;
  /** As it is called in messages: `the reader of /path`. */
  readonly name: string;
  /** ms */
  readonly answerWithinMs: number;
  /** What it may be doing when it is late, and what then can be done. */
  readonly whenLate: string;
  /** MB of old space; beyond it the worker dies, and not the process. */
  readonly memoryMb: number;
  /** MB for what has just been made; V8's own measure where it is left out. More of it is collected less often. */
  readonly youngMb?: number;
}

/** It is started anew at once after its first death, and after others in a row only when so much time has passed, ms. */
const WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;

interface Pending {
  readonly settle: (answer: unknown) => void;
  readonly refuse: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The module beside another one, as source or as built: `./worker` beside `file:///…/reader.ts` is `file:///…/worker.ts`.
 * TypeScript rewrites the paths of imports, not those of URLs.
 */
export const besideModule = (name: string, moduleUrl: string): URL =>
  new URL(`${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);

export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #lastId = 0;
  #closed = false;
  /** Why the last one died, until the next one has answered. */
  #death: string | null = null;
  /** Deaths without an answer between them. */
  #deaths = 0;
  #mayStartAt = 0;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  /** Of the worker that runs; `null` while none does. */
  get threadId(): number | null {
    return this.#worker?.threadId ?? null;
  }

  /**
   * Asks a question; the worker is started where none runs. Rejects with {@link WorkerFault}, and with the worker's own error
   * under its own name.
   */
  ask(ask: string, ...given: readonly unknown[]): Promise<unknown> {
    const { name, answerWithinMs, whenLate } = this.#options;
    if (this.#closed) return Promise.reject(new WorkerFault(`${name} was closed; nothing is asked of it any more`));
    const wait = Math.ceil((this.#mayStartAt - performance.now()) / 1000);
    if (this.#worker === null && wait > 0)
      return Promise.reject(
        new WorkerFault(`${name} died ${this.#deaths} times in a row: ${this.#death}. It is tried again in ${wait} s`),
      );
    const worker = this.#running();
    const id = ++this.#lastId;
    return new Promise((settle, refuse) => {
      const late = (): void => {
        const after = this.#death === null ? '' : `. It was started anew after it had died: ${this.#death}`;
        this.#end(id)?.refuse(
          new WorkerFault(`${name} did not answer within ${Math.round(answerWithinMs / 1000)} s: ${whenLate}${after}`),
        );
      };
      const timer = setTimeout(late, answerWithinMs);
      timer.unref();
      this.#pending.set(id, { settle, refuse, timer });
      worker.ref();
      worker.postMessage({ id, ask, with: given } satisfies Asked);
    });
  }

  /** Ends the worker; what is still asked is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = null;
    this.#refuseAll(`${this.#options.name} was closed before it answered`);
    await worker?.terminate();
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const { entry, data, memoryMb, youngMb } = this.#options;
    const worker = new Worker(entry, {
      workerData: data,
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMb,
        ...(youngMb === undefined ? {} : { maxYoungGenerationSizeMb: youngMb }),
      },
      // With a compile cache a thread that dies of its memory takes the process with it (SIGABRT, Node 24.21).
      env: { ...process.env, NODE_COMPILE_CACHE: '', NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    let why = '';
    worker.on('message', (message: Answered) => this.#answered(message));
    worker.on('error', (error: Error) => {
      why = error.message;
    });
    worker.on('exit', (code) => this.#died(worker, why || `it ended with code ${code}`));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #answered(message: Answered): void {
    this.#death = null;
    this.#deaths = 0;
    const pending = this.#end(message.id);
    if (!pending) return;
    if (message.ok) pending.settle(message.answer);
    else {
      const error = new Error(message.message);
      error.name = message.name;
      pending.refuse(error);
    }
  }

  #died(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#death = why;
    this.#deaths++;
    const wait = this.#deaths === 1 ? 0 : Math.min(LONGEST_WAIT_MS, WAIT_MS * 2 ** (this.#deaths - 2));
    this.#mayStartAt = performance.now() + wait;
    this.#refuseAll(`${this.#options.name} died: ${why}. It is started anew with the next question`);
  }

  #end(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    if (this.#pending.size === 0) this.#worker?.unref();
    return pending;
  }

  #refuseAll(message: string): void {
    for (const id of [...this.#pending.keys()]) this.#end(id)?.refuse(new WorkerFault(message));
  }
}
