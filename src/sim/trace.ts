import { createHash } from 'node:crypto';

/** Lines that are hashed together. */
const AT_ONCE = 2_000;

/** What happened, in order, as one hash: two runs in which anything differed have two. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #tell: ((line: string) => void) | undefined;
  #lines: string[] = [];

  /** @param tell is told every line; of bytes their own hash */
  constructor(tell?: (line: string) => void) {
    this.#tell = tell;
  }

  note(line: string): void {
    this.#tell?.(line);
    if (this.#lines.push(line) >= AT_ONCE) this.#flush();
  }

  bytes(name: string, bytes: Uint8Array): void {
    this.note(`${name} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`);
  }

  /** SHA-256, hex. Nothing can be noted afterwards. */
  end(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}
