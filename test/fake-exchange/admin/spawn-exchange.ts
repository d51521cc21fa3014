import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The first line that `main.ts` prints. */
export interface ExchangeAddress {
  readonly url: string;
  readonly admin: string;
  readonly apiKey: string;
  readonly secret: string;
}

export interface SpawnedExchange extends ExchangeAddress, AsyncDisposable {
  readonly process: ChildProcess;
}

/** An exchange in a process of its own. It ends with the test's process, however that ends. */
export async function spawnExchange(args: readonly string[] = []): Promise<SpawnedExchange> {
  const main = join(import.meta.dirname, '../main.ts');
  const child = spawn(process.execPath, [main, '--until-stdin-ends', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
  ]);
  const address = JSON.parse(String(first[0])) as ExchangeAddress;
  return {
    ...address,
    process: child,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
