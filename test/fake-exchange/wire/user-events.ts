import type { Account } from '../engine/account.ts';
import type { AccountReason, Execution } from '../engine/engine-listener.ts';
import type { AlgoOrder, Order, Trade } from '../engine/order.ts';
import { algoWire, averageOf } from './order-wire.ts';

/** `ORDER_TRADE_UPDATE` of the user's stream. */
export const orderEvent = (order: Order, execution: Execution, trade: Trade | null, now: number) => ({
  e: 'ORDER_TRADE_UPDATE',
  E: now,
  T: order.updateTime,
  o: {
    s: order.symbol,
    c: order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: order.origQty.toString(),
    p: order.price.toString(),
    ap: averageOf(order),
    sp: order.stopPrice.toString(),
    x: execution,
    X: order.status,
    i: order.orderId,
    l: trade ? trade.qty.toString() : '0',
    z: order.executedQty.toString(),
    L: trade ? trade.price.toString() : '0',
    // Without a commission the two fields are not sent at all.
    ...(trade ? { n: trade.commission.toString(), N: trade.commissionAsset } : {}),
    T: order.updateTime,
    t: trade?.id ?? 0,
    b: '0',
    a: '0',
    m: trade?.maker ?? false,
    R: order.reduceOnly,
    wt: 'CONTRACT_PRICE',
    ot: order.origType,
    ps: 'BOTH',
    cp: order.closePosition,
    rp: trade ? trade.realizedPnl.toString() : '0',
    pP: false,
    si: 0,
    ss: 0,
    V: 'NONE',
    pm: 'NONE',
    gtd: 0,
  },
});

/** `ACCOUNT_UPDATE`: the balance, and the positions that changed. */
export const accountEvent = (account: Account, reason: AccountReason, symbols: readonly string[], now: number) => ({
  e: 'ACCOUNT_UPDATE',
  E: now,
  T: now,
  a: {
    m: reason,
    B: [{ a: 'USDT', wb: account.wallet.toFixed(8), cw: account.crossWallet.toFixed(8), bc: '0' }],
    P: symbols.map((symbol) => {
      const position = account.position(symbol);
      return {
        s: symbol,
        pa: position.amt.toString(),
        ep: position.entryPrice.toString(),
        bep: position.entryPrice.toString(),
        cr: position.realisedTotal.toString(),
        up: position.unrealised(account.mark(symbol)).toFixed(8),
        mt: account.isIsolated(symbol) ? 'isolated' : 'cross',
        iw: position.isolatedWallet.toFixed(8),
        ps: 'BOTH',
        ma: 'USDT',
      };
    }),
  },
});

/** `ALGO_UPDATE`: what became of a stop. */
export const algoEvent = (algo: AlgoOrder, order: Order | null, now: number) => {
  const { actualOrderId, actualPrice } = algoWire(algo, order);
  return {
    e: 'ALGO_UPDATE',
    T: algo.updateTime,
    E: now,
    o: {
      caid: algo.clientAlgoId,
      aid: algo.algoId,
      at: 'CONDITIONAL',
      o: algo.orderType,
      s: algo.symbol,
      S: algo.side,
      ps: 'BOTH',
      f: algo.timeInForce,
      q: algo.quantity.toString(),
      X: algo.algoStatus,
      ai: actualOrderId,
      ap: actualPrice,
      aq: order ? order.executedQty.toString() : '0.00000',
      act: order ? order.type : '0',
      tp: algo.triggerPrice.toString(),
      p: algo.price.toString(),
      V: 'EXPIRE_MAKER',
      wt: algo.workingType,
      pm: 'NONE',
      cp: algo.closePosition,
      pP: false,
      R: algo.reduceOnly,
      tt: algo.triggerTime,
      gtd: 0,
      rm: algo.rejectReason,
    },
  };
};

export const leverageEvent = (symbol: string, leverage: number, now: number) => ({
  e: 'ACCOUNT_CONFIG_UPDATE',
  E: now,
  T: now,
  ac: { s: symbol, l: leverage },
});

export const listenKeyExpiredEvent = (listenKey: string, now: number) => ({ e: 'listenKeyExpired', E: now, listenKey });
