import { describe, expect, it } from 'vitest';
import { PositionBook } from '../../../src/actors/position-book.ts';
import { documentOf } from '../../../src/actors/positions-file.ts';
import { POSITIONS_FILE } from '../../../src/actors/records.ts';
import type { Position } from '../../../src/machines/messages.ts';
import type { BrokerPosition, RestingOrder } from '../../../src/ports/broker.ts';
import { position } from '../../actors/samples.ts';
import { aLife, watched } from './watched.ts';

const SYMBOL = 'BTCUSDT';
const LONG = position({ qty: 1, stopPrice: 98_500 });
const stop = (change: Partial<RestingOrder> = {}): RestingOrder => ({
  clientOrderId: 'k-1-S1',
  orderId: '1',
  symbol: SYMBOL,
  purpose: 'stop',
  side: 'SELL',
  qty: 1,
  reduceOnly: true,
  stopPrice: 98_300,
  ...change,
});
type Law = ReturnType<typeof watched>;
const write = ({ disk }: Law, ...open: readonly Position[]): void => {
  const book = new PositionBook();
  for (const [n, one] of open.entries())
    book.take({ change: 'opened', fillId: `F${n}`, position: one, gate: null, at: one.openedAt });
  disk.replace(POSITIONS_FILE, Buffer.from(JSON.stringify(documentOf(book, null))));
};

describe('positions-get-their-stop', () => {
  const held = async (stops: readonly RestingOrder[], looks = 30, life = aLife().life) => {
    const law = watched('positions-get-their-stop');
    law.exchange.net.set(SYMBOL, 1);
    law.exchange.stops.push(...stops);
    await law.look(life, looks);
    return law.found;
  };

  it('finds what has been held for five minutes behind no stop, or behind one of a part of it', async () => {
    expect(await held([])).toHaveLength(1);
    expect(await held([stop({ qty: 0.4 })])).toHaveLength(1);
    expect(await held([stop({ side: 'BUY' })])).toHaveLength(1);
  });

  it('finds nothing where one rests, before its time, or where nobody works who could place it', async () => {
    expect(await held([stop()])).toEqual([]);
    expect(await held([stop({ qty: 0.4 }), stop({ clientOrderId: 'k-1-S2', qty: 0.6 })])).toEqual([]);
    expect(await held([], 29)).toEqual([]);
    expect(await held([], 60, aLife({ tradeExecution: { isOpen: false } }).life)).toEqual([]);
    expect(await held([], 60, aLife({ tradeExecution: { held: 1 } }).life)).toEqual([]);
  });
});

describe('a-better-stop-first', () => {
  const holds = (qty: number): readonly BrokerPosition[] =>
    qty === 0 ? [] : [{ symbol: SYMBOL, qty, entryPrice: LONG.entryPrice, liquidationPrice: null, markPrice: null }];
  const cancelled = async (resting: readonly RestingOrder[], qty = 1, told = qty) => {
    const law = watched('a-better-stop-first');
    law.exchange.net.set(SYMBOL, told);
    law.told.cancelled({ order: stop(), resting, held: Promise.resolve(holds(qty)) });
    await Promise.resolve();
    return law.found;
  };

  it('finds a stop that is taken back while nothing else stands behind what is held', async () => {
    expect(await cancelled([stop()])).toHaveLength(1);
    expect(await cancelled([stop(), stop({ clientOrderId: 'k-1-S2', qty: 0.5 })])).toHaveLength(1);
  });

  it('finds nothing where a better one rests, nothing is held, or it had gone off before', async () => {
    expect(await cancelled([stop(), stop({ clientOrderId: 'k-1-S2' })])).toEqual([]);
    expect(await cancelled([stop()], 0)).toEqual([]);
    expect(await cancelled([])).toEqual([]);
  });

  it('goes by what is held when it is taken back, also where the exchange has told nobody yet', async () => {
    expect(await cancelled([stop()], 0, 1)).toEqual([]);
    expect(await cancelled([stop()], 1, 0)).toHaveLength(1);
    expect(await cancelled([stop(), stop({ clientOrderId: 'k-1-S2' })], 2, 1)).toHaveLength(1);
  });
});

describe('stops-hold', () => {
  const at = async (price: number, looks: number, { left = false, life = aLife().life } = {}) => {
    const law = watched('stops-hold');
    write(law, LONG);
    law.exchange.net.set(SYMBOL, 1);
    law.market.prices.set(SYMBOL, { price });
    await law.look(life, 1);
    if (left) law.told.sent({ intent: { purpose: 'exit', signalId: LONG.signalId }, arrives: true } as never);
    // It comes back: the stop has been reached all the same.
    law.market.prices.set(SYMBOL, { price: 99_000 });
    await law.look(life, looks - 1);
    return law.found;
  };

  it('finds a position that is not left two minutes after a price went beyond its stop', async () => {
    expect(await at(98_499, 13)).toHaveLength(1);
  });

  it('finds nothing where an exit was sent, the price is not beyond, or somebody does not work', async () => {
    expect(await at(98_499, 13, { left: true })).toEqual([]);
    expect(await at(98_501, 13)).toEqual([]);
    expect(await at(98_499, 12)).toEqual([]);
    expect(await at(98_499, 30, { life: aLife({ exitGates: { held: 3 } }).life })).toEqual([]);
  });

  it('finds nothing where the price came while somebody did not work', async () => {
    const law = watched('stops-hold');
    write(law, LONG);
    law.exchange.net.set(SYMBOL, 1);
    law.market.prices.set(SYMBOL, { price: 98_000 });
    await law.look(aLife({ exitGates: { isOpen: false } }).life, 1);
    await law.look(aLife().life, 30);
    expect(law.found).toEqual([]);
  });
});

describe('stops-never-move-away', () => {
  const moved = async (before: Partial<Position>, after: Partial<Position>, isOneKeeper = true) => {
    const law = watched('stops-never-move-away');
    const { life } = aLife();
    write(law, { ...LONG, ...before });
    await law.look(life, 1);
    write(law, { ...LONG, ...after });
    await law.look(isOneKeeper ? life : aLife().life, 1);
    return law.found;
  };
  const short = { direction: 'SHORT', liquidationPrice: 140_000 } as const;

  it('finds a stop that goes away from the price, long or short', async () => {
    expect(await moved({ stopPrice: 99_000 }, { stopPrice: 98_500 })).toHaveLength(1);
    expect(await moved({ ...short, stopPrice: 101_000 }, { ...short, stopPrice: 101_500 })).toHaveLength(1);
  });

  it('finds nothing where it trails, or where another keeper has read the past anew', async () => {
    expect(await moved({ stopPrice: 98_500 }, { stopPrice: 99_000 })).toEqual([]);
    expect(await moved({ ...short, stopPrice: 101_500 }, { ...short, stopPrice: 101_000 })).toEqual([]);
    expect(await moved({ stopPrice: 99_000 }, { stopPrice: 98_500 }, false)).toEqual([]);
  });
});

describe('marks-are-kept', () => {
  interface Case {
    readonly stopPrice: number;
    readonly isReadable?: boolean;
    readonly looks?: number;
    readonly poison?: object;
    readonly entryPrice?: number;
  }
  const marked = async ({ stopPrice, isReadable = true, looks = 3, poison, entryPrice = LONG.entryPrice }: Case) => {
    const law = watched('marks-are-kept');
    const { life, attached } = aLife();
    law.told.born(life);
    if (isReadable) write(law, { ...LONG, stopPrice: 99_000 });
    attached.next({ id: 'exitGates', ref: {} as never });
    write(law, { ...LONG, stopPrice: 99_000 });
    await law.look(life, looks);
    law.told.took('safetyLayer', {
      type: 'POSITION.MARKED',
      positions: [{ ...LONG, stopPrice, entryPrice }],
      ...poison,
    });
    return law.found;
  };

  it('finds exit gates that have forgotten how far a stop had come', async () => {
    expect(await marked({ stopPrice: 98_500 })).toHaveLength(1);
  });

  it('finds nothing where they remember, or could not have known', async () => {
    expect(await marked({ stopPrice: 99_000 })).toEqual([]);
    expect(await marked({ stopPrice: 99_100 })).toEqual([]);
    expect(await marked({ stopPrice: 98_500, isReadable: false })).toEqual([]);
    expect(await marked({ stopPrice: 98_500, looks: 2 })).toEqual([]);
    expect(await marked({ stopPrice: 98_500, entryPrice: LONG.entryPrice - 500 })).toEqual([]);
  });

  it('reads nothing into a message that somebody has poisoned', async () => {
    expect(await marked({ stopPrice: 98_500, poison: { positions: undefined } })).toEqual([]);
  });
});

describe('ours-goes-off-first', () => {
  const rests = async (stopPrice: number, looks = 12, held: Position = LONG) => {
    const law = watched('ours-goes-off-first');
    write(law, held);
    law.exchange.stops.push(stop({ stopPrice, side: held.direction === 'LONG' ? 'SELL' : 'BUY' }));
    await law.look(aLife().life, looks);
    return law.found;
  };
  const short = position({ direction: 'SHORT', qty: 1, stopPrice: 101_500, liquidationPrice: 140_000 });

  it('finds a stop at the exchange that is nearer to the price than ours', async () => {
    expect(await rests(98_600)).toHaveLength(1);
    expect(await rests(101_300, 12, short)).toHaveLength(1);
  });

  it('finds nothing where it is further away, or before ours has had the time to follow', async () => {
    expect(await rests(98_300)).toEqual([]);
    expect(await rests(101_700, 12, short)).toEqual([]);
    expect(await rests(98_600, 11)).toEqual([]);
  });
});
