import { createHmac, timingSafeEqual } from 'node:crypto';
import { refuse } from '../engine/api-error.ts';
import type { ExchangeClock } from '../engine/exchange-clock.ts';
import { mandatory, type Params, wholeOf } from '../engine/request.ts';

export interface ApiKey {
  readonly key: string;
  readonly secret: string;
}

export function checkKey(apiKey: ApiKey, given: string | undefined): void {
  if (given === undefined) refuse(-2014, 'API-key format invalid.', 401);
  if (given !== apiKey.key) refuse(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
}

/** HMAC-SHA256 over everything before `&signature=`, as it was sent. */
export function checkSignature(apiKey: ApiKey, text: string, params: Params): void {
  const given = Buffer.from(mandatory(params, 'signature'));
  const signed = text.replace(/&signature=[^&]*$/, '');
  const right = Buffer.from(createHmac('sha256', apiKey.secret).update(signed).digest('hex'));
  if (given.length !== right.length || !timingSafeEqual(given, right))
    refuse(-1022, 'Signature for this request is not valid.');
}

/**
 * The request's age, by the exchange's clock. On a clock that runs faster a real delay is a longer one there: the windows are as
 * much longer.
 */
export function checkTime(clock: ExchangeClock, now: number, params: Params): void {
  mandatory(params, 'timestamp');
  const timestamp = wholeOf(params, 'timestamp') ?? 0;
  const recvWindow = wholeOf(params, 'recvWindow') ?? 5_000;
  if (recvWindow > 60_000) refuse(-1131, 'recvWindow must be less than 60000.');
  if (timestamp < now - recvWindow * clock.timeScale)
    refuse(-1021, 'Timestamp for this request is outside of the recvWindow.');
  if (timestamp > now + 1_000 * clock.timeScale)
    refuse(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
}
