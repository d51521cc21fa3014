/** What a key may do, as `GET /sapi/v1/account/apiRestrictions` tells it. */
export interface Permissions {
  readonly ipRestrict: boolean;
  readonly createTime: number;
  readonly enableReading: boolean;
  readonly enableWithdrawals: boolean;
  readonly enableInternalTransfer: boolean;
  readonly enableMargin: boolean;
  readonly enableFutures: boolean;
  readonly permitsUniversalTransfer: boolean;
  readonly enableVanillaOptions: boolean;
  readonly enableFixApiTrade: boolean;
  readonly enableFixReadOnly: boolean;
  readonly enableSpotAndMarginTrading: boolean;
  readonly enablePortfolioMarginTrading: boolean;
}

/** A key as it should be: it trades futures and nothing else. */
export const FUTURES_ONLY: Permissions = {
  ipRestrict: true,
  createTime: 1_698_645_219_000,
  enableReading: true,
  enableWithdrawals: false,
  enableInternalTransfer: false,
  enableMargin: false,
  enableFutures: true,
  permitsUniversalTransfer: false,
  enableVanillaOptions: false,
  enableFixApiTrade: false,
  enableFixReadOnly: false,
  enableSpotAndMarginTrading: false,
  enablePortfolioMarginTrading: false,
};
