import { isIP, type NetConnectOpts, Socket } from 'node:net';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/** Thrown into whoever opens a connection to another machine. */
export class NotLoopback extends Error {
  constructor(host: string) {
    super(`a connection to ${host} was opened in a test that must stay on this machine`);
    this.name = 'NotLoopback';
  }
}

export interface LoopbackGuard extends Disposable {
  /** Addresses that were tried. A test expects none. */
  readonly outside: readonly string[];
}

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/** The host of any way to call `Socket.connect`; null for a socket of the file system. */
function hostOf(args: readonly unknown[]): string | null {
  // Node's own callers pass the arguments as one list.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null) {
    const options = first as NetConnectOpts;
    return 'path' in options && typeof options.path === 'string'
      ? null
      : ('host' in options && options.host) || 'localhost';
  }
  if (typeof first === 'string' && Number.isNaN(Number(first))) return null;
  return typeof second === 'string' ? second : 'localhost';
}

/** Until it is disposed of, no socket of this process reaches another machine: it throws, and is remembered. */
export function guardLoopback(): LoopbackGuard {
  const outside: string[] = [];
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const real = prototype.connect;
  prototype.connect = function connect(...args) {
    const host = hostOf(args);
    if (host !== null && !LOOPBACK.test(host)) {
      outside.push(isIP(host) ? host : host.toLowerCase());
      throw new NotLoopback(host);
    }
    return real.apply(this, args);
  };
  return {
    outside,
    [Symbol.dispose]: () => {
      prototype.connect = real;
    },
  };
}
