import type { AlgoOrder, Order, Trade } from './order.ts';

export type Execution = 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED' | 'AMENDMENT' | 'CALCULATED';
export type AccountReason = 'ORDER' | 'FUNDING_FEE' | 'INSURANCE_CLEAR' | 'MARGIN_TYPE_CHANGE';

/** Who is told of what the engine did: the user's stream, the audit. Called at once, in order. */
export interface EngineListener {
  orderChanged(order: Order, execution: Execution, trade: Trade | null): void;
  algoChanged(algo: AlgoOrder): void;
  /** @param symbols whose positions changed */
  accountChanged(reason: AccountReason, symbols: readonly string[]): void;
  leverageChanged(symbol: string, leverage: number): void;
}
