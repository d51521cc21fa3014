/** Ordinary values of the trading vocabulary; a test changes what it is about. */

import type { GuardContext } from '../../src/actors/guards/guard.ts';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import type { Candle, Features, Position, Signal } from '../../src/machines/messages.ts';
import type { Instrument } from '../../src/ports/broker.ts';

export const NOW = 1_746_403_200_000;
export const MINUTE = 60_000;

export const features = (change: Partial<Features> = {}): Features => ({
  symbol: 'BTCUSDT',
  at: NOW,
  bars: 1_000,
  price: 100_000,
  stable: true,
  emaFast: 100_010,
  emaSlow: 100_000,
  rsi: 50,
  atr: 50,
  donchianHigh: 100_100,
  donchianLow: 99_900,
  volatility: 0.0006,
  regime: 'trending',
  spreadBps: 0.5,
  fundingRate: 0.0001,
  returns: Array.from({ length: 60 }, (_, i) => Math.sin(i * 1.7) * 0.0005),
  ...change,
});

export const signal = (change: Partial<Signal> = {}): Signal => ({
  signalId: 'BTCUSDT_1746403200000_00000001',
  symbol: 'BTCUSDT',
  direction: 'LONG',
  strategy: 'ema_cross',
  confidence: 0.6,
  reason: 'a test',
  at: NOW,
  price: 100_000,
  features: features(),
  ...change,
});

export const position = (change: Partial<Position> = {}): Position => ({
  signalId: 'BTCUSDT_1746399600000_00000002',
  symbol: 'BTCUSDT',
  direction: 'LONG',
  strategy: 'ema_cross',
  entryPrice: 100_000,
  qty: 0.03,
  initialQty: 0.03,
  leverage: 3,
  marginUsd: 1_000,
  liquidationPrice: 67_000,
  stopPrice: 98_500,
  peakPrice: 100_000,
  troughPrice: 100_000,
  rungsTaken: [],
  openedAt: NOW,
  orderId: 'order-1',
  feesUsd: 1.5,
  realisedUsd: 0,
  fundingUsd: 0,
  costUsd: 3_000,
  ...change,
});

/** The same position sold short. */
export const short = (change: Partial<Position> = {}): Position =>
  position({ direction: 'SHORT', stopPrice: 101_500, liquidationPrice: 133_000, ...change });

export const candle = (open: number, high: number, low: number, close: number, ts = NOW): Candle => ({
  symbol: 'BTCUSDT',
  ts,
  open,
  high,
  low,
  close,
  volume: 1,
});

export const instrument = (change: Partial<Instrument> = {}): Instrument => ({
  symbol: 'BTCUSDT',
  tick: 0.1,
  lot: 0.001,
  minNotionalUsd: 100,
  maxLeverage: 125,
  maintenanceMargin: 0.004,
  takerFee: 0.0005,
  ...change,
});

export const context = (change: Partial<GuardContext> = {}): GuardContext => ({
  signal: signal(),
  now: NOW,
  equityUsd: 10_000,
  pnlTodayUsd: 0,
  openPositions: [],
  entriesUnderWay: [],
  approvals: [],
  features: new Map([['BTCUSDT', features()]]),
  instrument: instrument(),
  limits: GUARD_LIMITS,
  ...change,
});
