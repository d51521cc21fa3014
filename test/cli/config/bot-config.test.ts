import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_DEFAULTS } from '../../../src/actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../../src/actors/guards/limits.ts';
import { ConfigError } from '../../../src/cli/config/config-error.ts';
import { settle } from '../../../src/cli/config/settings.ts';
import { DEFAULT_CONFIG, parseConfig } from '../../../src/cli/config.ts';
import { nearest } from '../../../src/cli/nearest.ts';
import { ROOT } from '../cli.ts';

const { tick: _, ...EXIT_SETTINGS } = EXIT_DEFAULTS;

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

  it('has a place of its own for every path in it, unless it is read where it stands', () => {
    const text = '{"mirror": "second", "dir": "bot"}';
    expect(parseConfig(text, 'kintsugi.jsonc').mirror).toBe('second');
    expect(parseConfig(text, '/etc/bot/kintsugi.jsonc').mirror).toBe('/etc/bot/second');
    const file = { text: '{"dir": "../bot", "feed": "replay:candles", "mirror": "/m"}', name: '/etc/bot/k.jsonc' };
    expect(settle({ file }).configuration).toMatchObject({
      dir: '/etc/bot',
      feed: 'replay:/etc/bot/candles',
      mirror: '/m',
    });
    // What is said elsewhere begins where one is.
    expect(settle({ file, flags: { dir: 'x' }, environment: { KINTSUGI_MIRROR: 'y' } }).configuration).toMatchObject({
      dir: 'x',
      mirror: 'y',
    });
  });

  it('says how positions are left, and entries are sized by that stop', () => {
    const { exits, guards } = parseConfig('{"exits": {"stopFraction": 0.02, "timeStopMinutes": 90}}', 'bot.json');
    expect(exits).toEqual({ ...EXIT_SETTINGS, stopFraction: 0.02, timeStopMs: 5_400_000 });
    expect(guards.sizing.stopFraction).toBe(0.02);
    expect(DEFAULT_CONFIG.exits).toEqual(EXIT_SETTINGS);
    expect(DEFAULT_CONFIG.guards).toEqual(GUARD_LIMITS);
    expect(DEFAULT_CONFIG.protection).toEqual({ enabled: true, beyondStop: 0.002 });
    expect(DEFAULT_CONFIG.exchange).toEqual({ testnet: false, recvWindowMs: 5_000 });
  });

  it('is as the README shows it', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const [, example = ''] = /```jsonc\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(parseConfig(example, 'kintsugi.jsonc').guards.risk.maxDailyLoss).toBe(0.02);
    const [error] = /^kintsugi\.jsonc:.*maxDailyLoss.*$/m.exec(readme) ?? [];
    expect(() => parseConfig(example.replace('0.02', '1.5'), 'kintsugi.jsonc')).toThrow(error ?? 'an example');
    const alerts = /```json\n"alerts": ([\s\S]*?)```/.exec(readme)?.[1];
    expect(parseConfig(`{"alerts": ${alerts}}`, 'kintsugi.jsonc').alerts.webhooks).toHaveLength(2);
  });

  it('takes files of today: what is not JSON, or not an object, is refused', () => {
    for (const [text, why] of [
      ['{"leverage": 3', 'it is not JSON'],
      ['', 'it is not JSON'],
      ['null', 'it is null, not an object'],
    ] as const)
      expect(() => parseConfig(text, 'bot.json')).toThrow(why);
    expect(() => parseConfig('{"leverage": 0}', 'bot.json')).toThrow(ConfigError);
  });
});

describe('the nearest word', () => {
  it('is the one most likely meant, or none', () => {
    expect(nearest('symbol', ['symbols', 'sim', 'guards'])).toBe('symbols');
    expect(nearest('SIM', ['symbols', 'sim'])).toBe('sim');
    expect(nearest('completely-else', ['symbols', 'sim'])).toBeNull();
  });
});
