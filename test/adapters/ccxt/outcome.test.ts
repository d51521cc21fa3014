import { beforeAll, describe, expect, test } from 'vitest';
import { codeOf, inShort, mayPass, type Outcome, outcomeOf } from '../../../src/adapters/ccxt/outcome.ts';
import { fc } from '../../fast-check.ts';

type Errors = Record<string, new (message: string) => Error>;
let errors: Errors = {};
beforeAll(async () => {
  const all = (await import('ccxt')) as unknown as Errors & { BaseError: new (message: string) => Error };
  const isError = (name: string): boolean => {
    const { prototype } = (all[name] ?? {}) as { prototype?: unknown };
    return prototype instanceof all.BaseError;
  };
  errors = Object.fromEntries(Object.entries(all).filter(([name]) => isError(name)));
});

const made = (name: string, message: string): Error => {
  const Class = errors[name];
  if (!Class) throw new Error(`ccxt has no error ${name}`);
  return new Class(message);
};
const binance = (code: number): string => `binanceusdm {"code":${code},"msg":"words"}`;

describe('the code goes before the class, which ccxt chooses by the address', () => {
  test.each<[number, string, Outcome]>([
    [-2019, 'ExchangeError', 'definite-reject'],
    [-2019, 'InsufficientFunds', 'definite-reject'],
    [-2021, 'ExchangeError', 'definite-reject'],
    [-2022, 'OperationRejected', 'definite-reject'],
    [-4164, 'ExchangeError', 'definite-reject'],
    [-4116, 'InvalidOrder', 'already-there'],
    [-4116, 'ExchangeError', 'already-there'],
    [-1008, 'ExchangeError', 'retry-later'],
    [-1003, 'DDoSProtection', 'retry-later'],
    [-1015, 'RateLimitExceeded', 'retry-later'],
    [-1007, 'RequestTimeout', 'unknown'],
    [-1000, 'OperationFailed', 'unknown'],
    [-1001, 'ExchangeError', 'unknown'],
    [-1006, 'BadRequest', 'unknown'],
    [-1021, 'InvalidNonce', 'clock'],
    [-1021, 'BadRequest', 'clock'],
    [-5028, 'ExchangeError', 'clock'],
    [-1022, 'AuthenticationError', 'auth'],
    [-2015, 'ExchangeError', 'auth'],
    [-2013, 'OrderNotFound', 'not-found'],
    [-2011, 'OperationRejected', 'not-found'],
    [-1111, 'BadRequest', 'definite-reject'],
    [-1121, 'BadSymbol', 'definite-reject'],
  ])('%i as %s is %s', (code, name, outcome) => {
    expect(outcomeOf(made(name, binance(code)))).toBe(outcome);
  });
});

describe('what may be answered another time', () => {
  test.each<[string, string, boolean]>([
    ['RequestTimeout', 'GET https://x timed out', true],
    ['NetworkError', 'fetch failed', true],
    ['ExchangeNotAvailable', 'GET https://x 503 Service Unavailable', true],
    ['OnMaintenance', 'words', true],
    ['RateLimitExceeded', 'words', true],
    ['ExchangeError', binance(-1001), true],
    ['ExchangeNotAvailable', 'GET https://x 451 Unavailable For Legal Reasons', false],
    ['ExchangeNotAvailable', 'Service unavailable from a restricted location', false],
    ['AuthenticationError', 'words', false],
    ['PermissionDenied', 'words', false],
    ['ExchangeError', 'words', false],
    ['BadSymbol', 'words', false],
    ['ExchangeError', binance(-2015), false],
  ])('%s %s: %s', (name, message, passes) => {
    expect(mayPass(made(name, message))).toBe(passes);
  });

  test('an answer that did not come in time', () => {
    expect(mayPass(new Error('the markets was not answered within 30 s'))).toBe(true);
  });
});

describe('without a code the class says it', () => {
  test.each<[string, Outcome]>([
    ['NetworkError', 'unknown'],
    ['RequestTimeout', 'unknown'],
    ['ExchangeNotAvailable', 'unknown'],
    ['OnMaintenance', 'unknown'],
    ['OperationFailed', 'unknown'],
    ['BadResponse', 'unknown'],
    ['NullResponse', 'unknown'],
    ['CancelPending', 'unknown'],
    ['ChecksumError', 'unknown'],
    ['ExchangeError', 'unknown'],
    ['ExchangeClosedByUser', 'unknown'],
    ['InvalidNonce', 'clock'],
    ['DDoSProtection', 'retry-later'],
    ['RateLimitExceeded', 'retry-later'],
    ['AuthenticationError', 'auth'],
    ['PermissionDenied', 'auth'],
    ['AccountSuspended', 'auth'],
    ['OrderNotFound', 'not-found'],
    ['DuplicateOrderId', 'already-there'],
    ['InsufficientFunds', 'definite-reject'],
    ['InvalidOrder', 'definite-reject'],
    ['OrderImmediatelyFillable', 'definite-reject'],
    ['BadSymbol', 'definite-reject'],
    ['MarketClosed', 'definite-reject'],
    ['NotSupported', 'definite-reject'],
  ])('%s is %s', (name, outcome) => {
    expect(outcomeOf(made(name, 'words'))).toBe(outcome);
  });
});

test('whatever is not known for certain is unknown, and never a refusal', () => {
  const certain: readonly Outcome[] = ['definite-reject', 'auth', 'clock', 'retry-later', 'not-found', 'already-there'];
  fc.assert(
    fc.property(fc.anything(), (thing) => {
      expect(certain).not.toContain(outcomeOf(thing));
      expect(inShort(thing)).not.toBe('');
    }),
    { examples: [[[{ toString: '' }]], [Object.create(null)]] },
  );
  fc.assert(
    fc.property(fc.integer({ min: -999_999, max: -6_000 }), (code) => {
      expect(outcomeOf(made('ExchangeError', binance(code)))).toBe('unknown');
    }),
  );
  for (const error of [new TypeError('fetch failed'), new Error('nothing'), 'text', null, undefined])
    expect(outcomeOf(error)).toBe('unknown');
});

test('every class of ccxt has an outcome, and those of the network are never a certain refusal', () => {
  const names = Object.keys(errors).filter((name) => typeof errors[name] === 'function');
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) {
    const error = made(name, 'words');
    const isOfTheNetwork = error instanceof (errors.NetworkError as new (message: string) => Error);
    if (isOfTheNetwork) expect(outcomeOf(error), name).not.toBe('definite-reject');
  }
});

test('the code is read from the message, as text or number', () => {
  expect(codeOf(new Error(binance(-2019)))).toBe(-2019);
  expect(codeOf(new Error('bitget {"code":"-40762","msg":""}'))).toBe(-40_762);
  expect(codeOf(new Error('okx {"code":"51008"}'))).toBeNull();
});

test('in short: nothing of what was signed, no web page, one line', () => {
  const signed =
    'binanceusdm POST https://fapi.binance.com/fapi/v1/order?timestamp=1&signature=abc request timed out (10000 ms)';
  expect(inShort(new Error(signed))).toBe(
    'binanceusdm POST https://fapi.binance.com/fapi/v1/order request timed out (10000 ms)',
  );
  expect(inShort(new Error('<html><body>\n\n<h1>502</h1> Bad\nGateway</body></html>'))).toBe('502 Bad Gateway');
  expect(inShort(new Error('x'.repeat(5_000)))).toHaveLength(200);
});
