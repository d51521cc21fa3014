/** A refusal in Binance's words: `{ code, msg }` with an HTTP status. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: number;
  constructor(code: number, message: string, status = 400) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

/** Throws Binance's refusal of that number. */
export const refuse = (code: number, message: string, status = 400): never => {
  throw new ApiError(code, message, status);
};
