import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CannotServe } from '../../src/adapters/http/cannot-serve.ts';
import type { InspectorServer } from '../../src/adapters/http/serve.ts';
import { portsFor, serveAt } from '../../src/cli/inspector/serve-at.ts';
import { inspectorWish } from '../../src/cli/inspector/wish.ts';
import { freshFolder, startForTest } from './cli.ts';

const host = '127.0.0.1';
const server = (port: number): InspectorServer => ({
  url: `http://${host}:${port}/`,
  port,
  close: async () => undefined,
});

describe('the port of the page', () => {
  it('is 7070 or the next that is free, unless one is named', () => {
    expect(portsFor({ host, port: null }, null)).toEqual([7070, 7071, 7072, 7073, 7074, 7075, 7076, 7077, 7078, 7079]);
    expect(portsFor({ host, port: 8080 }, null)).toEqual([8080]);
    expect(portsFor({ host, port: 0 }, null)).toEqual([0]);
  });

  it('is the one it was before the bot was brought back, unless another is named', () => {
    expect(portsFor({ host, port: null }, 7073).slice(0, 2)).toEqual([7073, 7070]);
    expect(portsFor({ host, port: null }, 7073)).toHaveLength(10);
    expect(portsFor({ host, port: 0 }, 45_000)).toEqual([45_000, 0]);
    expect(portsFor({ host, port: 8080 }, 45_000)).toEqual([8080]);
  });

  it('is tried in turn while ports are taken, and for no other reason', async () => {
    const tried: number[] = [];
    const taken = (port: number, code: string) => {
      tried.push(port);
      return port < 7072 ? Promise.reject(new CannotServe(`port ${port}`, code)) : Promise.resolve(server(port));
    };
    expect((await serveAt([7070, 7071, 7072], (port) => taken(port, 'EADDRINUSE'))).port).toBe(7072);
    expect(tried).toEqual([7070, 7071, 7072]);
    await expect(serveAt([7070, 7071], (port) => taken(port, 'EADDRINUSE'))).rejects.toThrow('port 7071');
    await expect(serveAt([7070, 7072], (port) => taken(port, 'EACCES'))).rejects.toThrow('port 7070');
  });
});

it('nobody is served at --speed max unless a port is typed', () => {
  const typed = { host: false, port: false, origin: false };
  const said = { enabled: true, host, port: null, origin: null, stately: false, typed };
  expect(inspectorWish(said, 'max')).toBeNull();
  expect(inspectorWish({ ...said, port: 0, typed: { ...typed, port: true } }, 'max')).toMatchObject({ port: 0 });
  // What stands in a file is for the bot that lives.
  expect(inspectorWish({ ...said, port: 8080 }, 'max')).toBeNull();
  expect(inspectorWish(said, 1)).toEqual({ host, port: null, origin: null, stately: false });
  expect(inspectorWish({ ...said, enabled: false, port: 8080 }, 1)).toBeNull();
  expect(() => inspectorWish({ ...said, enabled: false, typed: { ...typed, port: true } }, 1)).toThrow('--port');
});

it('a bot that finds its port taken ends at once, however long it was to run', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, host, resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const bot = startForTest(['run', '--dir', freshFolder(), '--no-guardian', '--for', '1h', '--port', String(port)]);
  const { code, err } = await bot.outcome;
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(`port ${port} of ${host} is taken`) });
  expect(err).not.toContain('not foreseen');
});
