import type { Numeric } from '../engine/decimal.ts';
import type { FundingTime } from '../engine/funding.ts';
import type { PlayedCandle } from '../engine/klines.ts';
import type { FakeExchange } from '../fake-exchange.ts';
import type { Fault } from '../faults/fault.ts';
import { faultPlan, type PlanScope } from '../faults/fault-plan.ts';
import type { Permissions } from '../rest/permissions.ts';

/** What can be asked of an exchange in another process: the same words as in this one. Arguments and results are plain JSON. */
export const adminCommands = (exchange: FakeExchange, playing: () => boolean) => ({
  price: (symbol: string, last: Numeric, more?: { mark?: Numeric; volume?: Numeric }) =>
    exchange.price(symbol, last, more),
  bar: (candle: PlayedCandle) => exchange.bar(candle),
  history: (candles: readonly PlayedCandle[]) => exchange.history(candles),
  liquidity: (symbol: string, perMove: Numeric | null) => exchange.liquidity(symbol, perMove),
  breakFills: (pieces: number) => exchange.breakFills(pieces),
  fundingRate: (symbol: string, rate: Numeric) => exchange.fundingRate(symbol, rate),
  fundingTable: (symbol: string, table: readonly FundingTime[]) => exchange.fundingTable(symbol, table),
  settleFunding: (symbol: string, rate?: Numeric) => exchange.settleFunding(symbol, rate),
  permit: (change: Partial<Permissions>) => exchange.permit(change),
  inject: (fault: Fault, times?: number) => exchange.inject(fault, times),
  plan: (seed: number, count: number, scope: PlanScope) => exchange.plan(faultPlan(seed, count, scope)),
  disarm: () => exchange.faults.disarm(),
  audit: () => exchange.audit.report(),
  /** `playing` is false before a file is played and after its end. */
  clock: () => ({ now: exchange.clock.now(), timeScale: exchange.clock.timeScale, playing: playing() }),
});

export type AdminCommands = ReturnType<typeof adminCommands>;
export type AdminCommand = keyof AdminCommands;
