import { describe, expect, it } from 'vitest';
import { keyRights } from '../../../src/adapters/ccxt/permissions.ts';

const told = { ipRestrict: true, enableWithdrawals: false, enableFutures: true };
const binance = (answer: unknown) => ({ id: 'binanceusdm', sapiGetAccountApiRestrictions: async () => answer });

describe('what a key may do', () => {
  it('is what Binance says of it', async () => {
    expect(await keyRights(binance(told), false)).toMatchObject({ withdraw: 'no', trade: true });
    expect(await keyRights(binance({ ...told, enableWithdrawals: true }), false)).toMatchObject({ withdraw: 'yes' });
    expect(await keyRights(binance({ ...told, enableFutures: false }), false)).toMatchObject({ trade: false });
  });

  it('is told with what a person should change', async () => {
    const loose = { ...told, ipRestrict: false, permitsUniversalTransfer: true };
    expect((await keyRights(binance(loose), false)).says).toBe(
      'may not withdraw; may trade futures; may move money between your accounts, which the bot does not need; bound to no address: whoever has them can trade from anywhere',
    );
  });

  it('is unknown, and never no, where an exchange does not tell or answers something else', async () => {
    expect(await keyRights({ id: 'okx' }, false)).toMatchObject({ withdraw: 'unknown', trade: null });
    for (const answer of [
      {},
      null,
      'ok',
      { ...told, enableWithdrawals: 'false' },
      { ...told, enableFutures: undefined },
    ])
      expect(await keyRights(binance(answer), false), JSON.stringify(answer)).toMatchObject({ withdraw: 'unknown' });
  });

  it('is not concluded from an exchange that does not answer', async () => {
    const silent = { id: 'binanceusdm', sapiGetAccountApiRestrictions: () => Promise.reject(new Error('timeout')) };
    await expect(keyRights(silent, false)).rejects.toThrow('timeout');
  });
});
