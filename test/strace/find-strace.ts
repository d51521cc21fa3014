import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram } from '../debian-program.ts';

const run = promisify(execFile);
const STANDS = 'the enumeration of calls in one process (test/faults/kill-at-every-write.test.ts) stands';

/** strace where it may be used, or why it may not. */
export type Strace =
  | { readonly path: string; readonly version: string }
  | { readonly path: null; readonly reason: string };

/** Whether it can change what a call returns: a container may forbid ptrace(2), and old ones cannot inject. */
async function canInject(path: string): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-ptrace-'));
  const [log, file] = [join(folder, 'log'), join(folder, 'file')];
  writeFileSync(file, '');
  const probe = ['-f', '-o', log, '-P', file, '-e', 'trace=openat', '-e', 'inject=openat:error=EIO:when=1'];
  try {
    await run(path, [...probe, 'cat', file]);
    return 'what it injects does not arrive';
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    return /Input\/output error/.test(stderr) ? null : stderr.trim().split('\n')[0] || String(error);
  }
}

async function find(): Promise<Strace> {
  if (process.platform !== 'linux')
    return { path: null, reason: `there is no strace on ${process.platform}: ${STANDS}` };
  const install = 'install it (Debian: sudo apt-get install strace)';
  const path = await debianProgram({ names: ['strace'], packageName: 'strace' }).catch((error: unknown) => {
    const { stderr = '' } = error as { readonly stderr?: string };
    return new Error(stderr.trim().split('\n').at(-1) || String(error));
  });
  if (path instanceof Error)
    return {
      path: null,
      reason: `strace is missing and could not be installed (${path.message}); ${install}. Until then ${STANDS}`,
    };
  if (path === null) return { path: null, reason: `strace is missing: ${install}. Until then ${STANDS}` };
  const refusal = await canInject(path);
  if (refusal !== null) return { path: null, reason: `ptrace is not allowed here (${refusal}): ${STANDS}` };
  const { stdout } = await run(path, ['-V']);
  return { path, version: stdout.split('\n')[0] ?? '' };
}

let known: Promise<Strace> | null = null;

/** Where strace is and that it works; as root on Debian it is installed where there is none. Never rejects. */
export function findStrace(): Promise<Strace> {
  known ??= find();
  return known;
}
