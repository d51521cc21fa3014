/** What the exchange says of a stop's end, when it says so at an awkward moment, or says it not at all. */
import { afterEach, describe, expect, it } from 'vitest';
import { stopId } from '../../src/actors/order-ids.ts';
import { type ProtectedBot, protectedBot } from './protected-bot.ts';

let bot: ProtectedBot | null = null;
afterEach(async () => {
  await bot?.end();
  bot = null;
});

const held = async (): Promise<{ t: ProtectedBot; signalId: string }> => {
  bot = await protectedBot();
  const { signal } = await bot.decide('BTCUSDT', 'LONG', 100_000);
  return { t: bot, signalId: signal.signalId };
};
const isProtected = async (t: ProtectedBot): Promise<void> => {
  const position = (await t.fold()).on('BTCUSDT');
  expect(position).not.toBeNull();
  expect(t.exchange.openStops()).toMatchObject([{ qty: position?.qty }]);
  expect(t.context().protection).toMatchObject({ bare: [], refused: [] });
};

describe('a stop that the exchange takes away', () => {
  it('before it has answered that it took it, is replaced as soon as that answer is there', async () => {
    bot = await protectedBot();
    const { exchange } = bot;
    const submit = exchange.submit.bind(exchange);
    exchange.submit = async (intent) => {
      const answer = await submit(intent);
      if (intent.clientOrderId.endsWith('-S1')) exchange.expire(intent.clientOrderId);
      return answer;
    };
    await bot.decide('BTCUSDT', 'LONG', 100_000);
    await bot.advance(5_000);
    await isProtected(bot);
    expect(exchange.bareMs()).toBeLessThan(3_000);
  });

  it('is not believed to rest because one who was asked right then had not heard of it', async () => {
    const { t, signalId } = await held();
    await t.advance(2_000);
    const first = stopId(signalId, 1);
    const { exchange } = t;
    const [listed] = (await exchange.resting()).filter(({ clientOrderId }) => clientOrderId === first);
    if (!listed) throw new Error('no stop rests');
    let behind = true;
    const fate = exchange.fate.bind(exchange);
    const resting = exchange.resting.bind(exchange);
    exchange.fate = async (order) =>
      behind && order.clientOrderId === first ? { status: 'open', fills: [] } : fate(order);
    exchange.resting = async () => [...(behind ? [listed] : []), ...(await resting())];
    exchange.expire(first);
    await t.advance(1_500);
    behind = false;
    await t.advance(5_000);
    await isProtected(t);
    expect(exchange.bareMs()).toBeLessThan(1_000);
  });

  it('unheard, is missed long before the next comparison', async () => {
    const { t, signalId } = await held();
    await t.advance(20_000);
    t.exchange.expire(stopId(signalId, 1), 'lost');
    await t.advance(20_000);
    await isProtected(t);
    expect(t.exchange.bareMs()).toBeLessThan(17_000);
  });

  it('is looked for in between: a comparison that is asked for just then is done after that', async () => {
    const { t } = await held();
    await t.advance(20_000);
    const { exchange } = t;
    const resting = exchange.resting.bind(exchange);
    let asked = 0;
    exchange.resting = async () => {
      if (asked++ === 0) exchange.doubt('a connection was lost');
      return resting();
    };
    await t.advance(20_000);
    expect(asked).toBeGreaterThan(1);
    expect(t.work()).toMatchObject({ books: 'agreed', entries: 'open', protection: 'protected' });
  });

  it('after a part of it has filled, unheard, is asked after: what is left is not taken for protected', async () => {
    const { t, signalId } = await held();
    await t.advance(2_000);
    const first = stopId(signalId, 1);
    t.exchange.script.parts = ({ clientOrderId }) => (clientOrderId === first ? 'stuck' : 1);
    const [stop] = t.exchange.openStops();
    t.exchange.price('BTCUSDT', stop?.stopPrice ?? 0);
    await t.advance(200);
    t.exchange.expire(first, 'lost');
    t.exchange.price('BTCUSDT', 99_900);
    await t.advance(45_000);
    await isProtected(t);
  });
});
