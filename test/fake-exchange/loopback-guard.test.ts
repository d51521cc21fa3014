import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { loadClass } from './ccxt-client.ts';
import { guardLoopback } from './loopback-guard.ts';
import { classOf } from './rig.ts';

describe('the guard of a test', () => {
  it('lets no socket out of this machine, whoever opens it, and remembers where it was to go', async () => {
    using guard = guardLoopback();
    expect(() => connect(443, '192.0.2.1')).toThrow('192.0.2.1');
    expect(() => connect({ host: '192.0.2.2', port: 443 })).toThrow('192.0.2.2');
    await expect(fetch('http://192.0.2.3/')).rejects.toThrow('fetch failed');
    const Binance = await loadClass('binanceusdm');
    // As ccxt is without `pointAt`: it would ask the real exchange.
    expect(await classOf(new Binance({ timeout: 5_000 }).fetchTime())).not.toBe('nothing');
    expect(guard.outside).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', 'fapi.binance.com']);
  });

  it('lets pass what stays on it, and is gone when it is disposed of', async () => {
    const guard = guardLoopback();
    await expect(fetch('http://127.0.0.1:9/')).rejects.toThrow();
    await expect(fetch('http://localhost:9/')).rejects.toThrow();
    expect(guard.outside).toEqual([]);
    guard[Symbol.dispose]();
    const socket = connect({ host: '127.0.0.1', port: 9 });
    socket.on('error', () => socket.destroy());
    expect(guard.outside).toEqual([]);
  });
});
