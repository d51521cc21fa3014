import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from '../ports/files.ts';
import { OwnedElsewhere, type Ownership } from '../ports/ownership.ts';
import { says } from '../ports/says.ts';
import { FOLDER_MODE, faultOf } from './node-files.ts';
import { ownerElsewhere, signOwner } from './owner-record.ts';
import { forgetToken, freshToken, isToken } from './request-token.ts';

/** Which owner of the directory this is: whoever has one was owned once. */
export const EPOCH_FILE = 'run/epoch';

/** Somebody holds the directory and does not answer. */
export class OwnerSilent extends Error {
  /** @param who where it cannot be asked from here */
  constructor(dir: string, waitedMs: number, who: string | null = null) {
    super(
      who === null
        ? `the bot in ${dir} holds its directory but did not answer within ${waitedMs} ms: it hangs, or is very busy`
        : `${dir} is owned by another bot (${who}), which cannot be asked from here`,
    );
    this.name = 'OwnerSilent';
  }
}

/**
 * The socket of a directory, whatever path leads to it. On Linux an abstract one: it has no file, and the kernel frees it however its
 * process dies, so there is no stale lock to guess about.
 */
function socketOf(dir: string): string {
  const { dev, ino } = statSync(dir, { bigint: true });
  const name = `kintsugi-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32)}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

export interface Asking {
  readonly timeoutMs: number;
  /** What the owner is to do, with the token that is in `run/token`. */
  readonly request?: { readonly token: string; readonly [field: string]: unknown };
}

/**
 * Asks the bot that owns a directory how it is, or, with a request, to do something.
 * @returns its answer, or `null` when nobody owns the directory. Throws {@link OwnerSilent}.
 */
export function askOwner(dir: string, { timeoutMs, request }: Asking): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(socketOf(dir));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new OwnerSilent(dir, timeoutMs));
    }, timeoutMs);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    socket.end(request === undefined ? '' : `${JSON.stringify(request)}\n`);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () =>
      end(() => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(new Error(`the bot in ${dir} gave an answer that is not JSON`, { cause: error }));
        }
      }),
    );
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(() => {
        if (error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT') return reject(error);
        try {
          const who = ownerElsewhere(dir);
          if (who === null) resolve(null);
          else reject(new OwnerSilent(dir, timeoutMs, who));
        } catch (refusal) {
          reject(refusal);
        }
      }),
    );
  });
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Off Linux the socket is a file, which outlives a process that is killed: one at which nobody answers is in the way, and no lock. */
async function takeSocket(server: Server, dir: string): Promise<void> {
  const path = socketOf(dir);
  const isDeserted = async () =>
    process.platform !== 'linux' && (await askOwner(dir, { timeoutMs: 1_000 }).catch(() => undefined)) === null;
  try {
    await listen(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isDeserted())) throw error;
    rmSync(path, { force: true });
    await listen(server, path);
  }
}

export interface KernelLockOptions {
  readonly files: Files;
  /** What the owner answers anybody who asks; must be JSON. */
  readonly answer: () => unknown;
  /** Does what somebody asks for who has proven that they may; its answer must be JSON. Without it nothing can be asked. */
  readonly act?: (request: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** Told where it cannot be said any more who owns the directory, and of {@link OwnedElsewhere} where that is another now. */
  readonly troubled?: (error: unknown) => void;
}

/** More than a request is long. */
const REQUEST_BYTES = 64 * 1024;
/** Who connects and says nothing wants to know how the bot is. */
const SAYS_NOTHING_MS = 1_000;
const GONE_MS = 5_000;

/** What one visitor asked for, once they have said it; empty for nothing. */
function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => resolve(text), SAYS_NOTHING_MS);
    const end = () => {
      clearTimeout(timer);
      resolve(text);
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > REQUEST_BYTES) socket.destroy();
    });
    socket.on('end', end);
    socket.on('close', end);
  });
}

/** The socket can be reached by everybody on this machine: to look is free, to change something takes the token. */
async function replyTo(text: string, token: string, { answer, act }: KernelLockOptions): Promise<unknown> {
  if (text.trim() === '') return answer();
  try {
    const request = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    if (act === undefined) return { error: 'the owner of the directory takes no requests' };
    if (!isToken(token, request?.token)) return { error: 'the request does not carry the token that is in run/token' };
    return await act(request ?? {});
  } catch (error) {
    return { error: says(error) };
  }
}

/**
 * One owner per directory: a listening socket is the lock, and the door at which `kintsugi status` knocks. Where the socket is not seen,
 * the owner's record in the directory keeps others out (`owner-record.ts`).
 */
export function kernelLock(dir: string, options: KernelLockOptions): Ownership {
  const { files } = options;
  /** The epoch rises with every owner. An unreadable one is no reason to go back: time is above all that were given. */
  const nextEpoch = async (): Promise<number> => {
    const bytes = await files.read(EPOCH_FILE);
    if (bytes === null) return 1;
    const text = new TextDecoder().decode(bytes).trim();
    const last = Number(text);
    return /^\d+$/.test(text) && Number.isSafeInteger(last) ? last + 1 : Math.floor(Date.now() / 1000);
  };
  return {
    acquire: async (partition) => {
      try {
        mkdirSync(dir, { recursive: true, mode: FOLDER_MODE });
      } catch (error) {
        throw faultOf('make the folder', dir, error);
      }
      let token = '';
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => socket.destroy());
        // Who does not take the answer must not keep the bot from stopping.
        socket.setTimeout(GONE_MS, () => socket.destroy());
        heard(socket)
          .then((text) => replyTo(text, token, options))
          .then(
            (reply) => socket.end(`${JSON.stringify(reply)}\n`, () => socket.destroy()),
            () => socket.destroy(),
          );
      });
      try {
        await takeSocket(server, dir);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        const owner = await askOwner(dir, { timeoutMs: 1_000 }).catch(() => null);
        const pid = (owner as { pid?: unknown } | null)?.pid;
        throw new OwnedElsewhere(dir, typeof pid === 'number' ? `process ${pid}` : 'it does not say which');
      }
      server.unref();
      const free = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
      let withdraw: () => void = () => undefined;
      try {
        withdraw = signOwner(dir, options.troubled ?? (() => undefined));
        const epoch = await nextEpoch();
        await files.writeWhole(EPOCH_FILE, new TextEncoder().encode(`${epoch}\n`));
        if (options.act) token = freshToken(files.root);
        const release = async (): Promise<void> => {
          try {
            // While nobody else can own the directory: it would be theirs.
            if (options.act) forgetToken(files.root);
            withdraw();
          } finally {
            await free();
          }
        };
        return { partition, epoch, release };
      } catch (error) {
        // Who could not become the owner does not stand in the way of the next try.
        withdraw();
        await free();
        throw error;
      }
    },
  };
}
