/** A configuration of any bytes, and any `--set` and variable: settings that count, or what is wrong and where. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/cli/config/catalogue.ts';
import { ConfigError } from '../../src/cli/config/config-error.ts';
import { runSettings } from '../../src/cli/config/run-settings.ts';
import { configFile } from '../../src/cli/config/schema.ts';
import { settle } from '../../src/cli/config/settings.ts';
import { templateOf } from '../../src/cli/config/template.ts';
import { fc } from '../fast-check.ts';
import { CONFIG } from '../strace/workloads.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { mutated } from './mutated.ts';

const CORPUS = [templateOf('./schema.json'), JSON.stringify(CONFIG), JSON.stringify(CONFIG, null, 2), '{}'].map(
  (text) => Buffer.from(text),
);
const folder = mkdtempSync(join(tmpdir(), 'kintsugi-fuzz-config-'));
const file = join(folder, 'kintsugi.jsonc');

/** What counts is what the schema allows; else the error names the place. And no prototype has learned anything. */
function expectSettingsOr(place: RegExp, make: () => { readonly configuration: object }): void {
  try {
    expect(configFile.safeParse(make().configuration).success).toBe(true);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(error.message).toMatch(place);
    expect(error.message.length).toBeLessThan(20_000);
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
}

const text = fc.oneof(
  mutated(
    ['1', '0.02', '-1', 'true', 'max', '[1,2]', 'BTCUSDT,ETHUSDT', '{"min":0}', 'sim'].map((one) => Buffer.from(one)),
    2,
  ).map(String),
  fc.string({ maxLength: 40 }),
);
const key = fc.oneof(
  fc.constantFrom(...SETTINGS.map(({ path }) => path.join('.'))),
  fc.constantFrom(
    '__proto__.polluted',
    'constructor.prototype.polluted',
    'guards',
    'guards.risk',
    'alerts.webhooks.0.url',
    '',
    '.',
    'toString',
  ),
  fc.string({ maxLength: 30 }),
);

describe('a configuration', () => {
  it(
    'of any bytes counts as the schema has it, or is refused with its file and place',
    async () => {
      await fuzz(mutated(CORPUS), 300, (bytes) => {
        writeFileSync(file, bytes);
        expectSettingsOr(/kintsugi\.jsonc/, () => runSettings({ config: file }, {}));
        expect(readFileSync(file).equals(bytes)).toBe(true);
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'typed as any --set KEY=VALUE, or in any variable, is refused by its name where it is wrong',
    async () => {
      const set = fc.array(
        fc.tuple(key, text).map(([name, value]) => `${name}=${value}`),
        { minLength: 1, maxLength: 3 },
      );
      await fuzz(set, 300, (words) => expectSettingsOr(/--set/, () => settle({ flags: { set: words } })));
      const variable = fc.tuple(
        fc.constantFrom(
          'KINTSUGI_SEED',
          'KINTSUGI_SYMBOLS',
          'KINTSUGI_GUARDS',
          'KINTSUGI_FEED',
          'KINTSUGI_ALERTS_WEBHOOKS',
        ),
        text,
      );
      await fuzz(variable, 150, ([name, value]) =>
        expectSettingsOr(new RegExp(name), () => settle({ environment: { [name]: value } })),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
