/** One funding time. `rate` is a fraction of the notional; above 0 longs pay shorts. */
export interface FundingDue {
  readonly at: number;
  readonly rate: number;
}

/** When funding is due. What comes later than now may not be known, and is not to be acted on. */
export interface FundingRates {
  /** The first funding of a symbol after a moment. */
  after(symbol: string, at: number): FundingDue;
}
