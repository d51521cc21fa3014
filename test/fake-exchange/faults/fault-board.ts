import { type Fault, type FiredFault, isRestFault, isStreamFault, type RestFault, type StreamFault } from './fault.ts';

/** Faults that wait for their victim, and all that have fired. */
export class FaultBoard {
  readonly fired: FiredFault[] = [];
  readonly #now: () => number;
  #rest: RestFault[] = [];
  #stream: StreamFault[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Those that have met nothing yet. */
  get waiting(): readonly Fault[] {
    return [...this.#rest, ...this.#stream];
  }

  /** @returns false for one that does not wait but happens */
  arm(fault: Fault): boolean {
    if (isRestFault(fault)) this.#rest.push(fault);
    else if (isStreamFault(fault)) this.#stream.push(fault);
    else return false;
    return true;
  }

  disarm(): void {
    this.#rest = [];
    this.#stream = [];
  }

  record(fault: Fault, met: string): void {
    this.fired.push({ fault, at: this.#now(), met });
  }

  /** The first fault that waits for such a request; one request meets one fault. */
  takeForRequest(method: string, path: string): RestFault | null {
    const found = this.#rest.find(
      ({ on }) =>
        (on?.method === undefined || on.method === method) && (on?.path === undefined || path.endsWith(on.path)),
    );
    if (!found) return null;
    this.#rest.splice(this.#rest.indexOf(found), 1);
    this.record(found, `${method} ${path}`);
    return found;
  }

  takeForMessage(kinds: readonly StreamFault['kind'][], symbol: string, met: string): StreamFault | null {
    const found = this.#stream.find(
      (fault) => kinds.includes(fault.kind) && (fault.symbol === undefined || fault.symbol === symbol),
    );
    if (!found) return null;
    this.#stream.splice(this.#stream.indexOf(found), 1);
    this.record(found, met);
    return found;
  }
}
