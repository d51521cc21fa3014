import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const HTTP = join(import.meta.dirname, '../../../src/adapters/http/serve.ts');
const FAKE = join(import.meta.dirname, 'fake-source.ts');
const REDACTOR = join(import.meta.dirname, '../../../src/adapters/redactor.ts');

/** A process with a server and a client that listens, which then has nothing left to do. */
const program = (staysAlive: boolean) => `
  const { serveInspector } = await import(${JSON.stringify(HTTP)});
  const { FakeSource, Lines } = await import(${JSON.stringify(FAKE)});
  const { Redactor } = await import(${JSON.stringify(REDACTOR)});
  const { get } = await import('node:http');
  const server = await serveInspector({ source: new FakeSource(), port: 0, token: null, page: '/nowhere',
    redactor: new Redactor(), log: new Lines(), staysAlive: ${staysAlive} });
  const request = get(server.url + 'api/stream');
  const response = await new Promise((resolve) => request.on('response', resolve));
  await new Promise((resolve) => response.once('data', resolve));
  request.socket.unref();
  console.log('served');
  process.on('exit', () => console.log('ended by itself'));
`;

/** What it printed until it ended, or until a while after it had served. */
function run(staysAlive: boolean): Promise<{ readonly printed: string; readonly ended: boolean }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(staysAlive)]);
    let printed = '';
    let waiting: NodeJS.Timeout | undefined;
    let ended = true;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
      waiting ??= setTimeout(() => {
        ended = false;
        child.kill('SIGKILL');
      }, 3000);
    });
    child.on('close', () => {
      clearTimeout(waiting);
      resolve({ printed, ended });
    });
  });
}

describe('the server', () => {
  it('keeps no process alive that wants to end, with a page open neither', async () => {
    expect(await run(false)).toEqual({ printed: 'served\nended by itself\n', ended: true });
  });

  it('keeps one alive where it is all there is to do', async () => {
    expect(await run(true)).toEqual({ printed: 'served\n', ended: false });
  });
});
