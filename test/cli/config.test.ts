import { describe, expect, it } from 'vitest';
import { GUARD_LIMITS } from '../../src/actors/guards/limits.ts';
import { ConfigError } from '../../src/cli/config/config-error.ts';
import { DEFAULT_CONFIG, parseConfig } from '../../src/cli/config.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { nearest } from '../../src/cli/nearest.ts';

const refusal = (text: string): ConfigError => {
  try {
    parseConfig(text, 'bot.json');
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
};

describe('a configuration', () => {
  it('that is empty means the defaults', () => {
    expect(parseConfig('{}', 'bot.json')).toEqual(DEFAULT_CONFIG);
  });

  it('changes what it names and leaves the rest', () => {
    const config = parseConfig('{"leverage": 5, "guards": {"risk": {"maxOpenPositions": 2}}}', 'bot.json');
    expect(config.guards.risk).toEqual({ ...GUARD_LIMITS.risk, maxOpenPositions: 2 });
    expect(config.guards.fees).toEqual(GUARD_LIMITS.fees);
    expect([config.leverage, config.guards.sizing.leverage]).toEqual([5, 5]);
  });

  it('lets the healer act unless it says that it only observes', () => {
    expect(DEFAULT_CONFIG.healing).toBe('act');
    expect(parseConfig('{"healing": "observe"}', 'bot.json').healing).toBe('observe');
    expect(refusal('{"healing": "watch"}').message).toContain('"healing"');
  });

  it('with an unknown key is refused, naming the file, the key and the nearest known one', () => {
    const { message, exitCode } = refusal('{"leverrage": 5}');
    expect(message).toContain('bot.json:1:2: there is no setting "leverrage"');
    expect(message).toContain('Did you mean "leverage"?');
    expect(exitCode).toBe(EXIT.config);
  });

  it('names where an unknown key stands', () => {
    expect(refusal('{"guards": {"risk": {"maxDayliLoss": 0.1}}}').message).toContain('"maxDayliLoss" in "guards.risk"');
    expect(refusal('{"guards": {"volatillity": {}}}').message).toContain('Did you mean "volatility"?');
    expect(refusal('{"alerts": {"webhooks": [{"urll": "env:X"}]}}').message).toContain(
      'there is no setting "urll" in "alerts.webhooks.0"',
    );
    expect(refusal('{"alerts": {"telegram": {"token": "1"}}}').message).toContain('Known here: chatId, apiUrl');
  });

  it('says where alerts go, and leaves secrets where they are', () => {
    const webhooks = [{ url: 'env:OPS_SLACK', shape: 'slack' }];
    const { alerts } = parseConfig(JSON.stringify({ alerts: { webhooks, telegram: { chatId: -5 } } }), 'bot.json');
    expect(alerts).toEqual({
      webhooks,
      telegram: { chatId: '-5', apiUrl: 'https://api.telegram.org' },
      repeatAfterHours: 4,
      sendAtMaxSpeed: false,
    });
  });

  it.each([
    ['{"leverage": "3"}', '"leverage"'],
    ['{"leverage": 0}', '"leverage"'],
    ['{"startEquityUsd": -1}', '"startEquityUsd"'],
    ['{"durability": "maybe"}', '"durability"'],
    ['{"symbols": []}', '"symbols"'],
    ['{"symbols": ["../x"]}', '"symbols.0"'],
    ['{"sim": {"intervalMs": 0}}', '"sim.intervalMs"'],
    ['{"guards": {"volatility": {"min": 0.5, "max": 0.1}}}', '"guards.volatility.min": 0.5 must be below "guards.volatility.max" (0.1)'],
    ['{"alerts": {"webhooks": [{"url": "ftp://x", "shape": "slack"}]}}', '"alerts.webhooks.0.url": the value may not stand here; allowed: text as "https://…"'],
    ['{"alerts": {"webhooks": [{"url": "env:not a name", "shape": "slack"}]}}', 'env:NAME'],
    ['{"alerts": {"webhooks": [{"url": "env:HOOK", "shape": "teams"}]}}', '"alerts.webhooks.0.shape"'],
    ['{"alerts": {"telegram": {"chatId": "my channel"}}}', '"alerts.telegram.chatId": "my channel" may not stand here; allowed: as -1001234567890'],
    ['{"alerts": {"repeatAfterHours": 0}}', '"alerts.repeatAfterHours"'],
    ['[]', 'bot.json'],
    ['null', 'bot.json'],
    ['{"leverage": 3', 'it is not JSON'],
    ['', 'it is not JSON'],
  ])('%s is refused, saying why', (text, why) => {
    expect(refusal(text).message).toContain(why);
  });
});

describe('the nearest word', () => {
  it('is the one most likely meant, or none', () => {
    expect(nearest('symbol', ['symbols', 'sim', 'guards'])).toBe('symbols');
    expect(nearest('SIM', ['symbols', 'sim'])).toBe('sim');
    expect(nearest('completely-else', ['symbols', 'sim'])).toBeNull();
  });
});
