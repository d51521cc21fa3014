import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/adapters/redactor.ts';

const SECRET = 'can"ary/with spaces';

describe('the redactor', () => {
  it('takes a secret out of texts, however it is spelled there', () => {
    const redactor = new Redactor();
    redactor.register(SECRET);
    for (const spelled of [SECRET, encodeURIComponent(SECRET), encodeURI(SECRET), JSON.stringify({ a: SECRET })]) {
      const text = redactor.text(`before ${spelled} after`);
      expect(text).toContain('[redacted]');
      expect(text).not.toMatch(/can.{1,3}ary/);
      expect(text).toMatch(/^before .* after$/);
    }
  });

  it('takes out every part of an address that may let somebody in, and leaves the host to be read', () => {
    const redactor = new Redactor();
    redactor.registerUrl('https://user:pass-word@hooks.example.org/services/T0001/B0002/canary-canary-1?key=canary-2');
    const text = redactor.text(
      'POST hooks.example.org /services/T0001/B0002/canary-canary-1?key=canary-2, canary-canary-1, canary-2, pass-word',
    );
    expect(text).toBe('POST hooks.example.org [redacted], [redacted], [redacted], [redacted]');
  });

  it('takes out a password of an address as it is typed as well as it is written there', () => {
    const redactor = new Redactor();
    redactor.registerUrl('https://user:pass%40word@hooks.example.org/');
    expect(redactor.text('pass%40word, pass@word')).toBe('[redacted], [redacted]');
  });

  it('takes the longest first, where one secret is a part of another', () => {
    const redactor = new Redactor();
    redactor.register('secret');
    redactor.register('secret-and-more');
    expect(redactor.text('a secret-and-more b')).toBe('a [redacted] b');
  });

  it('knows telling keys in any spelling, at any depth, and leaves the others', () => {
    const values = new Redactor().value({
      telegramToken: 'a',
      'api-key': 'b',
      nested: [{ PASSWORD: 'c', client_secret: 5, authorization: { scheme: 'd' } }],
      token: null,
      tokens_left: 3,
      symbol: 'BTCUSDT',
      ...{ secretKey: 'e', SECRET_KEY: 'f', apiSecretKey: 'g', tokens: ['h'], api_keys: { i: 'j' }, PGPASSWORD: 'k' },
      ...{ keys: 2, primaryKey: 'l', keyword: 'm', passwordless: true },
    });
    expect(values).toEqual({
      telegramToken: '[redacted]',
      'api-key': '[redacted]',
      nested: [{ PASSWORD: '[redacted]', client_secret: '[redacted]', authorization: '[redacted]' }],
      token: null,
      tokens_left: 3,
      symbol: 'BTCUSDT',
      ...{ secretKey: '[redacted]', SECRET_KEY: '[redacted]', apiSecretKey: '[redacted]', tokens: '[redacted]' },
      ...{ api_keys: '[redacted]', PGPASSWORD: '[redacted]' },
      ...{ keys: 2, primaryKey: 'l', keyword: 'm', passwordless: true },
    });
  });

  it('cleans errors, keys and what has toJSON, and gives what JSON can hold', () => {
    const redactor = new Redactor();
    redactor.register('canary-canary');
    const circle: Record<string, unknown> = { 'canary-canary': 1n, at: new Date(0) };
    circle.self = circle;
    const error = Object.assign(new Error('it said canary-canary'), { url: 'http://x/canary-canary' });
    const text = JSON.stringify(redactor.value({ circle, error }));
    expect(text).not.toContain('canary-canary');
    expect(text).toContain('it said [redacted]');
    expect(text).toContain('1970-01-01T00:00:00.000Z');
  });

  it('refuses a secret that would take half of every text with it', () => {
    expect(() => new Redactor().register('abc')).toThrow(RangeError);
  });
});
