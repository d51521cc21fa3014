import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/cli/config/catalogue.ts';
import { ConfigError } from '../../../src/cli/config/config-error.ts';
import { givenBy, variableOf } from '../../../src/cli/config/environment.ts';
import { settle } from '../../../src/cli/config/settings.ts';
import { ROOT } from '../cli.ts';

const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
const says = (environment: Record<string, string>): string => {
  try {
    settle({ environment });
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

describe('variables of the environment', () => {
  const variables = SETTINGS.map(variableOf);

  it('no two settings have the same, and none is taken for something else', () => {
    expect(new Set(variables).size).toBe(SETTINGS.length);
    expect(variables).toContain('KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS');
    expect(variables).toContain('KINTSUGI_EXITS_TP1_AT');
    for (const name of variables) expect(name).toMatch(/^KINTSUGI(_[A-Z0-9]+)+$/);
    // Each of them is read as its setting.
    const all = givenBy(Object.fromEntries(variables.map((name) => [name, 'x'])));
    expect(all.given.map(({ path }) => path.join('.')).sort()).toEqual(SETTINGS.map(({ key }) => key).sort());
    expect(all.unknown).toEqual([]);
  });

  it('every other of ours that the code or its tests read is known, and stops no bot', () => {
    const read = /(?:env\.|env\[['"]|['"])(KINTSUGI_[A-Z0-9_]*[A-Z0-9])\b/g;
    const names = [...files(join(ROOT, 'src')), ...files(join(ROOT, 'test'))]
      // Tests of the configuration make up variables that nobody reads.
      .filter((path) => !['test/cli/config/', 'test/fuzz/'].some((place) => path.includes(place)))
      .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(read)].map(([, name = '']) => name));
    expect(names).toEqual(expect.arrayContaining(['KINTSUGI_DEBUG', 'KINTSUGI_GUARDED', 'KINTSUGI_TELEGRAM_TOKEN']));
    const environment = Object.fromEntries(
      names.filter((name) => !variables.includes(name)).map((name) => [name, 'x']),
    );
    expect(givenBy(environment)).toEqual({ given: [], unknown: [] });
  });

  it('that look like a setting and are none are not taken: they limit nothing', () => {
    expect(says({ KINTSUGI_GUARDS_RISK_MAX_DAYLI_LOSS: '0.01' })).toContain(
      'KINTSUGI_GUARDS_RISK_MAX_DAYLI_LOSS (environment): there is no setting of this name. Did you mean KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS?',
    );
    expect(says({ KINTSUGI_MAX_DAILY_LOSS: '0.01' })).toContain('Did you mean KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS?');
    expect(says({ KINTSUGI_LEVERAGES: '2' })).toContain('Did you mean KINTSUGI_LEVERAGE?');
    expect(says({ KINTSUGI_GUARDS_RISK: '{}' })).toContain('there is no setting of this name');
  });

  it('that are secrets, of a cluster, named by the settings, or of others, are left alone', () => {
    const environment = {
      KINTSUGI_BINANCE_API_KEY: 'k',
      KINTSUGI_BINANCE_SECRET: 's',
      KINTSUGI_TELEGRAM_TOKEN: '1:x',
      KINTSUGI_SERVICE_HOST: '10.0.0.1',
      KINTSUGI_SERVICE_PORT_HTTP: '7070',
      KINTSUGI_PORT: 'tcp://10.0.0.1:7070',
      KINTSUGI_PORT_7070_TCP_ADDR: '10.0.0.1',
      KINTSUGI_DEBUG: '1',
      KINTSUGI_SLACK: 'https://hooks.example/x',
      KINTSUGI_ALERTS_WEBHOOKS: '[{"url": "env:KINTSUGI_SLACK", "shape": "slack"}]',
      kintsugi_x: '1',
      OTHER: '1',
    };
    expect(settle({ environment }).configuration.alerts.webhooks).toHaveLength(1);
  });

  it('that are empty say nothing', () => {
    expect(settle({ environment: { KINTSUGI_LEVERAGE: '' } }).configuration.leverage).toBe(3);
  });
});

describe('a text means', () => {
  const said = (...set: string[]) => settle({ flags: { set } }).configuration;

  it('JSON, or itself where text may stand', () => {
    expect(said('leverage=2', 'http.enabled=false', 'http.port=null', 'healing=observe')).toMatchObject({
      leverage: 2,
      http: { enabled: false, port: null },
      healing: 'observe',
    });
    expect(said('feed=replay:a=b').feed).toBe('replay:a=b');
    expect(said('dir=7', 'mirror=null')).toMatchObject({ dir: '7', mirror: null });
    expect(said('mirror="null"').mirror).toBe('null');
    expect(said('speed=10').speed).toBe(10);
    expect(said('speed=max').speed).toBe('max');
  });

  it('a list, with commas or as JSON', () => {
    expect(said('symbols=BTCUSDT, ETHUSDT').symbols).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(said('symbols=["BTCUSDT"]').symbols).toEqual(['BTCUSDT']);
    expect(said('guards.regime.trend=trending').guards.regime.trend).toEqual(['trending']);
    expect(said('guards.regime.trend=[]').guards.regime.trend).toEqual([]);
  });

  it('a part of what may be null, together with its other parts', () => {
    const environment = {
      KINTSUGI_ALERTS_TELEGRAM_CHAT_ID: '-100',
      KINTSUGI_ALERTS_TELEGRAM: '{"chatId": 5, "apiUrl": "http://t:1"}',
    };
    expect(settle({ environment }).configuration.alerts.telegram).toEqual({ chatId: -100, apiUrl: 'http://t:1' });
    expect(said('alerts.telegram.chatId=@ops').alerts.telegram).toEqual({
      chatId: '@ops',
      apiUrl: 'https://api.telegram.org',
    });
  });

  it('the last of several, and an option of its own before them', () => {
    const flags = { set: ['speed=2', 'speed=3', 'seed=4'], seed: '5', http: false, host: '0.0.0.0', port: '0' };
    expect(settle({ flags }).configuration).toMatchObject({
      speed: 3,
      seed: 5,
      http: { enabled: false, host: '0.0.0.0', port: 0 },
    });
  });
});
