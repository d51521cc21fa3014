import type { Account } from '../engine/account.ts';
import { type Decimal, sum } from '../engine/decimal.ts';
import type { Income } from '../engine/ledger.ts';
import type { Order } from '../engine/order.ts';
import type { Position } from '../engine/position.ts';

const usdt = (amount: Decimal): string => amount.toFixed(8);

/** A held position as `GET /fapi/v3/positionRisk` lists it; `v2` has leverage and margin type besides. */
export function positionRiskWire(account: Account, position: Position, v2: boolean) {
  const { symbol } = position;
  const mark = account.mark(symbol);
  const isolated = account.isIsolated(symbol);
  const unrealised = position.unrealised(mark);
  const { leverage, marginType } = account.setting(symbol);
  return {
    symbol,
    positionSide: 'BOTH',
    positionAmt: position.amt.toString(),
    entryPrice: position.entryPrice.toString(),
    breakEvenPrice: position.entryPrice.toString(),
    markPrice: usdt(mark),
    unRealizedProfit: usdt(unrealised),
    liquidationPrice: account.liquidationPrice(position).toString(),
    isolatedMargin: isolated ? usdt(position.isolatedWallet.plus(unrealised)) : '0',
    notional: position.amt.times(mark).toString(),
    marginAsset: 'USDT',
    isolatedWallet: usdt(position.isolatedWallet),
    initialMargin: usdt(account.initialMargin(position)),
    maintMargin: usdt(account.maintenanceMargin(position)),
    positionInitialMargin: usdt(account.initialMargin(position)),
    openOrderInitialMargin: '0',
    adl: 1,
    bidNotional: '0',
    askNotional: '0',
    updateTime: position.updateTime,
    ...(v2
      ? {
          leverage: String(leverage),
          marginType: marginType === 'ISOLATED' ? 'isolated' : 'cross',
          isAutoAddMargin: 'false',
          maxNotionalValue: account.maxNotional(symbol).toString(),
        }
      : {}),
  };
}

/** `GET /fapi/v3/account`, and v2, whose positions are the same with more fields. */
export function accountWire(account: Account, orders: readonly Order[], now: number) {
  const unrealised = account.unrealised();
  const inPositions = sum(account.open.map((position) => account.initialMargin(position)));
  const inOrders = sum(orders.map((order) => account.orderMargin(order)));
  const maintenance = sum(account.open.map((position) => account.maintenanceMargin(position)));
  const available = usdt(account.available(orders));
  const crossed = account.unrealised(account.crossed);
  return {
    feeTier: 0,
    canTrade: true,
    canDeposit: true,
    canWithdraw: false,
    multiAssetsMargin: false,
    updateTime: 0,
    totalInitialMargin: usdt(inPositions.plus(inOrders)),
    totalMaintMargin: usdt(maintenance),
    totalWalletBalance: usdt(account.wallet),
    totalUnrealizedProfit: usdt(unrealised),
    totalMarginBalance: usdt(account.wallet.plus(unrealised)),
    totalPositionInitialMargin: usdt(inPositions),
    totalOpenOrderInitialMargin: usdt(inOrders),
    totalCrossWalletBalance: usdt(account.crossWallet),
    totalCrossUnPnl: usdt(crossed),
    availableBalance: available,
    maxWithdrawAmount: available,
    assets: [
      {
        asset: 'USDT',
        walletBalance: usdt(account.wallet),
        unrealizedProfit: usdt(unrealised),
        marginBalance: usdt(account.wallet.plus(unrealised)),
        maintMargin: usdt(maintenance),
        initialMargin: usdt(inPositions.plus(inOrders)),
        positionInitialMargin: usdt(inPositions),
        openOrderInitialMargin: usdt(inOrders),
        crossWalletBalance: usdt(account.crossWallet),
        crossUnPnl: usdt(crossed),
        availableBalance: available,
        maxWithdrawAmount: available,
        updateTime: now,
      },
    ],
    positions: account.open.map((position) => accountPositionWire(account, position)),
  };
}

function accountPositionWire(account: Account, position: Position) {
  const { symbol } = position;
  const risk = positionRiskWire(account, position, true);
  const keep = ['symbol', 'positionSide', 'positionAmt', 'notional', 'isolatedMargin', 'isolatedWallet'] as const;
  return {
    ...Object.fromEntries(keep.map((name) => [name, risk[name]])),
    entryPrice: risk.entryPrice,
    leverage: String(account.setting(symbol).leverage),
    isolated: account.isIsolated(symbol),
    unrealizedProfit: risk.unRealizedProfit,
    initialMargin: risk.initialMargin,
    maintMargin: risk.maintMargin,
    positionInitialMargin: risk.positionInitialMargin,
    openOrderInitialMargin: '0',
    updateTime: position.updateTime,
  };
}

/** `GET /fapi/v2/balance` and v3. */
export const balanceWire = (account: Account, orders: readonly Order[], now: number) => [
  {
    accountAlias: 'SgsR',
    asset: 'USDT',
    balance: usdt(account.wallet),
    crossWalletBalance: usdt(account.crossWallet),
    crossUnPnl: usdt(account.unrealised(account.crossed)),
    availableBalance: usdt(account.available(orders)),
    maxWithdrawAmount: usdt(account.available(orders)),
    marginAvailable: true,
    updateTime: now,
  },
];

export const incomeWire = (entry: Income) => ({
  symbol: entry.symbol,
  incomeType: entry.incomeType,
  income: entry.income.toFixed(8),
  asset: 'USDT',
  info: entry.incomeType,
  time: entry.time,
  tranId: entry.tranId,
  tradeId: entry.tradeId === null ? '' : String(entry.tradeId),
});
