import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from '../ports/files.ts';
import { OwnedElsewhere, type Ownership } from '../ports/ownership.ts';
import { FOLDER_MODE } from './node-files.ts';

const EPOCH_FILE = 'run/epoch';

/** Somebody holds the directory and does not answer. */
export class OwnerSilent extends Error {
  constructor(dir: string, waitedMs: number) {
    super(`the bot in ${dir} holds its directory but did not answer within ${waitedMs} ms: it hangs, or is very busy`);
    this.name = 'OwnerSilent';
  }
}

/**
 * The socket of a directory. On Linux an abstract one: it has no file, and the kernel frees it however its process dies, so
 * there is no stale lock to guess about.
 */
function socketOf(dir: string): string {
  const name = `kintsugi-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 32)}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/**
 * Asks the bot that owns a directory.
 * @returns its answer, or `null` when nobody owns the directory. Throws {@link OwnerSilent}.
 */
export function askOwner(dir: string, { timeoutMs }: { readonly timeoutMs: number }): Promise<unknown> {
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
      end(() => (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? resolve(null) : reject(error))),
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

export interface KernelLockOptions {
  readonly files: Files;
  /** What the owner answers anybody who asks; must be JSON. */
  readonly answer: () => unknown;
}

/** One owner per directory: a listening socket is the lock, and the door at which `kintsugi status` knocks. */
export function kernelLock(dir: string, { files, answer }: KernelLockOptions): Ownership {
  /** The epoch rises with every owner. An unreadable one is no reason to go back: time is above all that were given. */
  const nextEpoch = async (): Promise<number> => {
    const bytes = await files.read(EPOCH_FILE);
    const last = bytes === null ? 0 : Number(new TextDecoder().decode(bytes));
    return Number.isSafeInteger(last) && last >= 0 ? last + 1 : Math.floor(Date.now() / 1000);
  };
  return {
    acquire: async (partition) => {
      mkdirSync(dir, { recursive: true, mode: FOLDER_MODE });
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.end(`${JSON.stringify(answer())}\n`);
      });
      try {
        await listen(server, socketOf(dir));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        const owner = await askOwner(dir, { timeoutMs: 1_000 }).catch(() => null);
        const pid = (owner as { pid?: unknown } | null)?.pid;
        throw new OwnedElsewhere(dir, typeof pid === 'number' ? `process ${pid}` : 'it does not say which');
      }
      server.unref();
      const epoch = await nextEpoch();
      await files.writeWhole(EPOCH_FILE, new TextEncoder().encode(`${epoch}\n`));
      return { partition, epoch, release: () => new Promise((resolve) => server.close(() => resolve())) };
    },
  };
}
