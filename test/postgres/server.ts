/** A PostgreSQL of its own, on loopback, in a temporary folder: Debian's. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from '../../src/adapters/postgres/connection.ts';

/** Nobody: PostgreSQL refuses to run as root. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const DEBIAN = '/usr/lib/postgresql';

/** For tests: `describe.skipIf(!isProvided())`, which says so. */
export function isProvided(): boolean {
  const isThere = postgresBinaries() !== null;
  if (!isThere) console.warn('no PostgreSQL is installed (apt-get install postgresql): what needs one is skipped');
  return isThere;
}

/** Where the newest PostgreSQL of this machine has its programs; `null` where none is installed (Debian: `apt-get install postgresql`). */
export function postgresBinaries(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number).filter(Number.isFinite) : [];
  const bin = join(DEBIAN, String(Math.max(...versions)), 'bin');
  return existsSync(join(bin, 'initdb')) ? bin : null;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/**
 * None of those that the kernel gives to who connects (from 32768, Linux's ip_local_port_range): while the server is away, one of the many
 * who try to reach it would be given its port, and it could not come back.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 16_384 + Math.floor(Math.random() * 16_384);
    if (await isFree(port)) return port;
  }
}

export interface Postgres {
  /** Of its owner, who may do everything. */
  readonly url: string;
  readonly pid: () => number;
  /** As a power cut of the server alone; `start` brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and takes its folder away. */
  end(): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const bin = postgresBinaries();
  if (bin === null) throw new Error('no PostgreSQL is installed: apt-get install postgresql');
  const home = mkdtempSync(join(tmpdir(), 'kintsugi-postgres-'));
  const data = join(home, 'data');
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? NOBODY : {};
  mkdirSync(data);
  chmodSync(home, 0o755);
  if (isRoot) {
    // The tests' own temporary folder, which mkdtemp makes for its owner alone.
    if (basename(tmpdir()).startsWith('kintsugi-')) chmodSync(tmpdir(), 0o711);
    chownSync(data, NOBODY.uid, NOBODY.gid);
  }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'owner', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    {
      ...as,
      cwd: data,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const port = await freePort();
  const url = `postgres://owner@127.0.0.1:${port}/postgres`;
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '100' };
  const begin = () =>
    spawn(
      join(bin, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      { ...as, cwd: data, stdio: 'ignore' },
    );
  let server = begin();
  const ready = async (): Promise<void> => {
    const connection = connectTo(url);
    try {
      for (let tries = 0; ; tries++) {
        const answer = await connection.ask('select 1 as one').catch((error: Error) => error);
        if (!(answer instanceof Error)) return;
        if (tries > 300) throw answer;
        await sleep(100);
        // It refuses to start while one that served the killed one has not noticed yet that it is alone.
        if (server.exitCode !== null) server = begin();
      }
    } finally {
      await connection.close();
    }
  };
  const gone = (): Promise<void> =>
    new Promise((resolve) => {
      if (server.exitCode !== null || server.signalCode !== null) resolve();
      else server.once('exit', () => resolve());
    });
  await ready();
  return {
    url,
    pid: () => server.pid ?? 0,
    kill: async () => {
      server.kill('SIGKILL');
      await gone();
    },
    start: async () => {
      server = begin();
      await ready();
    },
    end: async () => {
      server.kill('SIGINT');
      await gone();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
