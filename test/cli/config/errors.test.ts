import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/cli/config/config-error.ts';
import { type Sources, settle } from '../../../src/cli/config/settings.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';

const refused = (sources: Sources): ConfigError => {
  try {
    settle(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(sources)} was accepted`);
};
const linesOf = (sources: Sources): string[] => refused(sources).message.split('\n');
const file = (text: string) => ({ file: { text, name: 'bot.jsonc' } });
const inFile = (text: string): string => linesOf(file(text))[0] ?? '';
const variable = (name: string, value: string): string => linesOf({ environment: { [name]: value } })[0] ?? '';
const typed = (...set: string[]): string => linesOf({ flags: { set } })[0] ?? '';

describe('what is wrong in a file is named with its place, its key, the value, and what is allowed', () => {
  it.each([
    [
      '{\n  "guards": {\n    "risk": { "maxDailyLoss": 1.5 },\n  },\n}',
      'bot.jsonc:3:15 "guards.risk.maxDailyLoss": 1.5 is more than 1; allowed: 0 to 1',
    ],
    [
      '{"guards": {"risk": {"maxDailyLoss": -0.1}}}',
      'bot.jsonc:1:22 "guards.risk.maxDailyLoss": -0.1 is less than 0; allowed: 0 to 1',
    ],
    [
      '{"exits": {"stopFraction": 0}}',
      'bot.jsonc:1:12 "exits.stopFraction": 0 is not more than 0; allowed: more than 0, at most 0.5',
    ],
    ['{"leverage": "3"}', 'bot.jsonc:1:2 "leverage": "3" is text; allowed: 1 to 125'],
    ['{"leverage": null}', 'bot.jsonc:1:2 "leverage": it is null; allowed: 1 to 125'],
    ['{"leverage": true}', 'bot.jsonc:1:2 "leverage": true is a yes or no; allowed: 1 to 125'],
    ['{"leverage": 1e999}', 'bot.jsonc:1:2 "leverage": Infinity is beyond all numbers; allowed: 1 to 125'],
    [
      '{"speed": -1e999}',
      'bot.jsonc:1:2 "speed": -Infinity is beyond all numbers; allowed: more than 0, at most 1000 or "max"',
    ],
    ['{"leverage": [3]}', 'bot.jsonc:1:2 "leverage": it is a list; allowed: 1 to 125'],
    ['{"seed": 1.5}', 'bot.jsonc:1:2 "seed": 1.5 is not a whole number; allowed: a whole number, 0 or more'],
    ['{"healing": "watch"}', 'bot.jsonc:1:2 "healing": "watch" may not stand here; allowed: "act" or "observe"'],
    [
      '{"durability": "maybe"}',
      'bot.jsonc:1:2 "durability": "maybe" may not stand here; allowed: "synced" or "written" or null',
    ],
    [
      '{"speed": "fast"}',
      'bot.jsonc:1:2 "speed": "fast" may not stand here; allowed: more than 0, at most 1000 or "max"',
    ],
    ['{"dir": ""}', 'bot.jsonc:1:2 "dir": "" is empty; allowed: text'],
    [
      '{"symbols": []}',
      'bot.jsonc:1:2 "symbols": the list has 0 entries, fewer than 1; allowed: a list of text as "BTCUSDT" or "ETHUSDT", at least 1',
    ],
    [
      '{"symbols": ["BTCUSDT",\n "../x"]}',
      'bot.jsonc:2:2 "symbols.1": "../x" may not stand here; allowed: text as "BTCUSDT" or "ETHUSDT"',
    ],
    [
      '{"guards": 5}',
      'bot.jsonc:1:2 "guards": 5 is a number; allowed: { volatility, risk, fees, correlation, hourly, regime, sizing }',
    ],
    [
      '{"alerts": {\n"webhooks": [{"url": "env:X"}]}}',
      'bot.jsonc:2:14 "alerts.webhooks.0.shape": it is missing; allowed: "alertmanager" or "slack"',
    ],
    ['[]', 'bot.jsonc:1:1: it is a list, not an object'],
    ['{"a": ', 'bot.jsonc:1:7: it is not JSON: a value is missing'],
    ['{"leverage": 3,\n"leverage": 4}', 'bot.jsonc:2:1 "leverage" stands here again; it has stood at 1:2. Keep one'],
    [
      '{"guards": {"risk": {"maxDayliLoss": 0.1}}}',
      'bot.jsonc:1:22: there is no setting "maxDayliLoss" in "guards.risk". Did you mean "maxDailyLoss"? Known here: maxOpenPositions, maxPerSymbolAndDirection, maxExposure, maxRiskPerTrade, maxDailyLoss',
    ],
  ])('%s', (text, says) => {
    expect(inFile(text)).toBe(says);
    expect(refused(file(text)).exitCode).toBe(EXIT.config);
  });

  it('what two rules refuse in the same words is told once', () => {
    expect(linesOf(file('{"alerts": {"webhooks": [{"url": "ftp://x", "shape": "slack"}]}}'))).toEqual([
      'bot.jsonc:1:27 "alerts.webhooks.0.url": the value may not stand here; allowed: text as "https://…" or "env:NAME"',
      'Nothing was started.',
    ]);
  });

  it('all that is wrong is told at once, and that nothing was started', () => {
    const said = linesOf(file('{"leverage": 0, "seed": -1,\n "sim": {"intervalMs": 1}, "x": 1, "y": 2}'));
    expect(said).toHaveLength(6);
    expect(said.map((line) => /^bot\.jsonc:([\d:]*\d)/.exec(line)?.[1])).toEqual([
      '1:2',
      '1:17',
      '2:10',
      '2:28',
      '2:36',
      undefined,
    ]);
    expect(said.at(-1)).toBe('Nothing was started.');
  });
});

describe('settings that do not go together', () => {
  it.each([
    [
      '{"guards": {"volatility": {"min": 0.5}}}',
      'bot.jsonc:1:28 "guards.volatility.min": 0.5 must be below "guards.volatility.max" (0.002, the default)',
    ],
    [
      '{"exits": {"tp2": {"at": 0.005}}}',
      'bot.jsonc:1:20 "exits.tp1.at": 0.01, the default must be below "exits.tp2.at" (0.005)',
    ],
    [
      '{"exits": {"tp1": {"fraction": 0.7}}}',
      '"exits.tp1.fraction": 0.7 must be at most 1 together with "exits.tp2.fraction" (0.4, the default): more than the whole',
    ],
    [
      '{"exits": {"tp1": {"at": 0.001}}}',
      '"exits.roundTripCost": 0.0015, the default must be below "exits.tp1.at" (0.001)',
    ],
    [
      '{"exits": {"liquidationBuffer": 1}}',
      'bot.jsonc:1:12 "exits.liquidationBuffer": 1 must leave more of the way to liquidation than "exits.stopFraction" (0.015, the default): every position would be left before its stop',
    ],
    [
      '{"leverage": 20, "exits": {"liquidationBuffer": 0.8}}',
      '"exits.liquidationBuffer": 0.8 must leave more of the way to liquidation than "exits.stopFraction" (0.015, the default)',
    ],
    [
      '{"guards": {"correlation": {"minBars": 61}}}',
      '"guards.correlation.minBars": 61 is more than 60; allowed: a whole number, 2 to 60',
    ],
  ])('%s', (text, says) => {
    expect(inFile(text)).toContain(says);
  });

  it('a buffer that the stop lies in front of is one, at any leverage', () => {
    for (const text of [
      '{"exits": {"liquidationBuffer": 0.9}}',
      '{"leverage": 1, "exits": {"liquidationBuffer": 0.97}}',
      '{"leverage": 125, "exits": {"liquidationBuffer": 0.4}}',
    ])
      expect(settle(file(text)).configuration.exits.liquidationBuffer).toBeGreaterThan(0);
  });

  it('as many common bars as are remembered can be had', () => {
    const { correlation } = settle(file('{"guards": {"correlation": {"minBars": 60}}}')).configuration.guards;
    expect(correlation.minBars).toBe(60);
  });

  it('three fifths and two fifths are a whole', () => {
    const exits = { tp1: { fraction: 0.6 }, tp2: { fraction: 0.4 } };
    expect(settle(file(JSON.stringify({ exits }))).configuration.exits.tp2.fraction).toBe(0.4);
  });

  it('are told of the one that goes before the other', () => {
    const sources = { ...file('{"exits": {"tp1": {"at": 0.015}}}'), flags: { set: ['exits.tp2.at=0.012'] } };
    expect(linesOf(sources)[0]).toBe(
      '--set exits.tp2.at "exits.tp1.at": 0.015 must be below "exits.tp2.at" (0.012): the second rung lies beyond the first',
    );
  });
});

describe('what is wrong elsewhere says where it was said', () => {
  it('in the environment', () => {
    expect(variable('KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS', '1.5')).toBe(
      'KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS (environment) "guards.risk.maxDailyLoss": 1.5 is more than 1; allowed: 0 to 1',
    );
    expect(variable('KINTSUGI_LEVERAGE', 'three')).toContain('"leverage": "three" is text; allowed: 1 to 125');
    expect(variable('KINTSUGI_ALERTS_TELEGRAM_API_URL', 'https://t.example')).toBe(
      'KINTSUGI_ALERTS_TELEGRAM_API_URL (environment) "alerts.telegram.chatId": it is missing; allowed: as -1001234567890 or "@my_channel"',
    );
    expect(refused({ environment: { KINTSUGI_LEVERAGE: '0' } }).exitCode).toBe(EXIT.config);
  });

  it('on the command line, where it is wrong usage', () => {
    expect(typed('guards.risk.maxDailyLoss=1.5')).toBe(
      '--set guards.risk.maxDailyLoss "guards.risk.maxDailyLoss": 1.5 is more than 1; allowed: 0 to 1',
    );
    expect(typed('leverage')).toBe('--set leverage: it is written as --set KEY=VALUE');
    expect(typed('maxDailyLoss=0.1')).toBe(
      '--set maxDailyLoss: there is no setting "maxDailyLoss". Did you mean "guards.risk.maxDailyLoss"?',
    );
    expect(typed('foo=1')).toBe('--set foo: there is no setting "foo". kintsugi config keys lists them');
    expect(typed('levrage=3')).toContain('Did you mean "leverage"?');
    expect(typed('exits.tp1=0.1')).toBe(
      '--set exits.tp1 "exits.tp1" is a section. Name one of its settings: exits.tp1.at, exits.tp1.fraction',
    );
    expect(linesOf({ flags: { speed: 'fast' } })[0]).toBe(
      '--speed fast "speed": "fast" may not stand here; allowed: more than 0, at most 1000 or "max"',
    );
    expect(refused({ flags: { set: ['leverage=0', 'x=1'] } }).exitCode).toBe(EXIT.usage);
    expect(refused({ flags: { set: ['leverage=0'] }, environment: { KINTSUGI_SEED: 'x' } }).exitCode).toBe(EXIT.config);
  });
});

it('the old name of a setting means it, at its place; two that differ are not taken', () => {
  const old = '{"guards": {"sizing": {\n  "stopFraction": 0.003}}}';
  const settled = settle(file(old));
  expect(settled.configuration.exits.stopFraction).toBe(0.003);
  expect(settled.origin(['exits', 'stopFraction'])).toMatchObject({ kind: 'file', line: 2, column: 3 });
  expect(inFile(old.replace('0.003', '0.6'))).toContain('bot.jsonc:2:3 "exits.stopFraction": 0.6 is more than 0.5');
  const both = (now: number) => `{"guards": {"sizing": {"stopFraction": 0.003}}, "exits": {"stopFraction": ${now}}}`;
  expect(settle(file(both(0.003))).configuration.exits.stopFraction).toBe(0.003);
  expect(inFile(both(0.004))).toBe(
    'bot.jsonc:1:24 "guards.sizing.stopFraction" is the old name of "exits.stopFraction", and they differ. Keep "exits.stopFraction"',
  );
});

it('no error repeats what may let somebody in', () => {
  const secret = 'https://hooks.example/T0/B0/verysecret';
  for (const sources of [
    file(JSON.stringify({ alerts: { webhooks: secret } })),
    file(JSON.stringify({ alerts: { webhooks: [secret] } })),
    file(JSON.stringify({ alerts: { webhooks: [{ url: `x${secret}`, shape: 'slack' }] } })),
    file(JSON.stringify({ alerts: { telegram: { chatId: 1, apiUrl: `x${secret}`, token: secret } } })),
    { environment: { KINTSUGI_ALERTS_WEBHOOKS: secret } },
    { environment: { KINTSUGI_ALERTS_TELEGRAM_API_URL: `x${secret}` } },
    { flags: { set: [`alerts.webhooks=${secret}`, `alerts.webhook=${secret}`, `alerts.telegram.apiUrl=x${secret}`] } },
  ])
    expect(refused(sources).message).not.toContain('verysecret');
});
