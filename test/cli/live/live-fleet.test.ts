/** What stands before a worker's first real order, and before the first of each of its partitions. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIVE_FILE, liveNoteIn } from '../../../src/adapters/live-note.ts';
import { nodeFiles } from '../../../src/adapters/node-files.ts';
import { EXCHANGE_FILE } from '../../../src/adapters/paper-state.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { killPathOf } from '../../../src/cli/live/kill-path.ts';
import { type LiveFleet, type LivePartition, openLiveFleet, refusePaper } from '../../../src/cli/live/live-fleet.ts';
import type { LiveSession } from '../../../src/cli/live/session.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';
import { freshFolder } from '../cli.ts';

const KEY = 'a-key-of-some-length';
let exchange: FakeExchange;
const open: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  exchange = await FakeExchange.start({ apiKey: { key: KEY, secret: 'a-secret-of-some-length' } });
  exchange.price('BTCUSDT', '60000');
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  await exchange.close();
});

async function fleet(change: { testnet?: boolean; confirm?: string; partitions?: number } = {}): Promise<LiveFleet> {
  const { testnet = false, confirm = 'binanceusdm', partitions = 1 } = change;
  const made = await openLiveFleet({
    ...{ feed: 'ccxt:binanceusdm', speed: 1, exchange: { testnet }, dir: freshFolder(), symbols: ['BTCUSDT'] },
    ...{ leverage: 3, partitions, question: null },
    environment: {
      KINTSUGI_API_KEY: KEY,
      KINTSUGI_API_SECRET: 'a-secret-of-some-length',
      KINTSUGI_EXCHANGE_URL: exchange.url,
      KINTSUGI_LIVE_CONFIRM: confirm,
      XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'kintsugi-state-')),
    },
  });
  open.push(made);
  return made;
}
function partition(remainingMs = 60_000): LivePartition {
  const files = nodeFiles(freshFolder(), { durability: 'written', watched: false });
  const lease = { partition: 'default/0of1', epoch: 1, remainingMs: () => remainingMs, release: async () => undefined };
  return { files, lease };
}
const write = ({ files }: LivePartition, path: string, value: object): Promise<void> =>
  files.writeWhole(path, new TextEncoder().encode(`${JSON.stringify(value)}\n`));
async function session(of: LiveFleet, part: LivePartition): Promise<LiveSession> {
  const made = await of.session(part);
  open.push(made);
  return made;
}

describe('a partition', () => {
  it('begins with entries held until keys and kill path have passed for it; whose its records are is kept with them', async () => {
    const part = partition();
    const made = await session(await fleet(), part);
    expect(made.holds.why()).toBe(
      'start-up is not green yet; what the keys may do has not been asked yet; the kill path has not been tested yet',
    );
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    made.begin({ log, stop: () => undefined, status: () => ({ status: 'green', invariants: [] }) as never });
    await expect.poll(() => made.holds.why()).toBe('start-up is not green yet');
    expect(made.status()).toMatchObject({ kill_path: { ok: true }, keys: expect.stringContaining('may not withdraw') });
    const note = liveNoteIn(await part.files.read(LIVE_FILE));
    expect(note).toEqual({
      exchange: 'binanceusdm',
      testnet: false,
      account: made.account.fingerprint,
      confirmed_to: null,
    });
    // The next owner goes on.
    await session(await fleet(), part);
    await expect(refusePaper(part)).rejects.toMatchObject({
      ...{
        exitCode: EXIT.refused,
        message: expect.stringContaining('default/0of1 are of a real account at binanceusdm'),
      },
    });
    await refusePaper(partition());
  });

  it('with records of paper, of another network, or of other keys is refused, and the others are not', async () => {
    const live = await fleet();
    const paper = partition();
    await write(paper, EXCHANGE_FILE, {});
    await expect(live.session(paper)).rejects.toThrow(/default\/0of1 are of a bot that traded on paper/);
    const testnet = partition();
    await write(testnet, LIVE_FILE, { exchange: 'binanceusdm', testnet: true, account: 'x', confirmed_to: null });
    await expect(live.session(testnet)).rejects.toThrow(/are of the test network of binanceusdm/);
    const others = partition();
    await write(others, LIVE_FILE, { exchange: 'binanceusdm', testnet: false, account: 'x', confirmed_to: null });
    await expect(live.session(others)).rejects.toThrow(/say other-keys in KINTSUGI_LIVE_CONFIRM/);
    await session(await fleet({ confirm: 'binanceusdm+other-keys' }), others);
    const torn = partition();
    await torn.files.writeWhole(LIVE_FILE, new TextEncoder().encode('{"exch'));
    await expect(live.session(torn)).rejects.toThrow(/Nothing is traded there/);
    await session(live, partition());
  });

  it('arms the exchange’s dead-man switch only while it is its own: not at all, or refused where it comes late', async () => {
    let until = performance.now() + 300;
    const lease = { partition: 'default/0of1', remainingMs: () => Math.max(0, until - performance.now()) };
    const keys = { apiKey: KEY, secret: 'a-secret-of-some-length' };
    const path = killPathOf({ exchange: 'binanceusdm', isTestnet: false }, keys, new URL(exchange.url), lease);
    const arm = async (): Promise<void> => path?.countdown('BTCUSDT', 120_000);
    const asked = (): number => exchange.audit.report().requests['POST /fapi/v1/countdownCancelAll'] ?? 0;
    await expect(arm()).rejects.toThrow(/too short for a request to arrive while it is; it was not sent/);
    expect(asked()).toBe(0);
    until = performance.now() + 1_500;
    exchange.inject({ kind: 'delay-before', ms: 2_000, on: { method: 'POST', path: '/countdownCancelAll' } });
    await expect(arm()).rejects.toThrow(/outside of the recvWindow/);
    expect(exchange.audit.report().deadMan.armed).toEqual({});
    until = performance.now() + 60_000;
    await arm();
    expect(exchange.audit.report().deadMan.armed).toMatchObject({ BTCUSDT: expect.any(Number) });
  });
});

it('limits that hold for each of many partitions are to be confirmed', async () => {
  await expect(fleet({ partitions: 3 })).rejects.toMatchObject({
    ...{ exitCode: EXIT.refused, message: expect.stringContaining('does not say limits-per-partition') },
  });
  await fleet({ partitions: 3, confirm: 'binanceusdm+limits-per-partition' });
});
