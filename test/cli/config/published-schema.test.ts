import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { isSection, nodeAt, SETTINGS } from '../../../src/cli/config/catalogue.ts';
import { PUBLISHED_SCHEMA, type SchemaNode } from '../../../src/cli/config/published-schema.ts';
import { referenceMarkdown } from '../../../src/cli/config/reference.ts';
import { configFile } from '../../../src/cli/config/schema.ts';
import { settle } from '../../../src/cli/config/settings.ts';
import { templateOf } from '../../../src/cli/config/template.ts';
import { fc } from '../../fast-check.ts';
import { ROOT } from '../cli.ts';
import { asFile, someSettings } from './valid-settings.ts';

const published = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, keywords: ['allowComments', 'allowTrailingCommas'] });
const validates = ajv.compile(JSON.parse(published('config.schema.json')));
const anything = fc.oneof(
  fc.integer(),
  // JSON Schema has no words for whole numbers that are too large to be exact, and nobody needs them.
  fc.double().filter((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
  fc.constantFrom(-1, 0, 1.5, 1e9, 'max', 'act', '@x', ''),
);

describe('the published schema', () => {
  it('is that of the code, and so is the list of settings: npm run config:docs makes both', () => {
    expect(JSON.parse(published('config.schema.json'))).toEqual(PUBLISHED_SCHEMA);
    expect(published('settings.md')).toBe(`${referenceMarkdown()}\n`);
  });

  it('describes everything, and has a default for all that may be left out', () => {
    const walk = (node: SchemaNode, where: string): void => {
      for (const [key, one] of Object.entries(node.properties ?? {})) {
        expect(one.description, `${where}.${key}`).toMatch(/^\S.*\.$/);
        walk(one, `${where}.${key}`);
      }
    };
    walk(PUBLISHED_SCHEMA, '');
    const part = /^alerts\.telegram\.chatId$/;
    for (const { key, node } of SETTINGS) if (!part.test(key)) expect(node.default, key).not.toBeUndefined();
    const bounds = nodeAt(['guards', 'risk', 'maxDailyLoss']);
    expect(bounds).toMatchObject({ type: 'number', minimum: 0, maximum: 1, default: 0.03 });
    expect(isSection(nodeAt(['guards']) ?? {})).toBe(true);
  });

  it('validates what kintsugi init writes', () => {
    const changed = settle({ flags: { set: ['leverage=5', 'alerts.telegram.chatId=@ops', 'symbols=BTCUSDT'] } });
    for (const text of [templateOf('./schema.json'), templateOf('./schema.json', changed.configuration)]) {
      const value = parse(text);
      expect(value.$schema).toBe('./schema.json');
      expect(validates(value), ajv.errorsText(validates.errors)).toBe(true);
    }
  });

  it('allows what the bot allows', () => {
    fc.assert(
      fc.property(someSettings, (said) => {
        const value = asFile(said);
        expect(configFile.safeParse(value).success).toBe(true);
        expect(validates(value), ajv.errorsText(validates.errors)).toBe(true);
      }),
    );
  });

  it('and refuses what the bot refuses: any setting with any value', () => {
    const oneSetting = fc.tuple(fc.constantFrom(...SETTINGS), anything);
    fc.assert(
      fc.property(oneSetting, ([setting, value]) => {
        const whole = asFile([[setting, value]]);
        expect(validates(whole), `${setting.key}: ${JSON.stringify(value)}`).toBe(configFile.safeParse(whole).success);
      }),
      { numRuns: 1_000 },
    );
    for (const wrong of [{ leverrage: 1 }, { guards: { risk: { x: 1 } } }, [], null])
      expect([validates(wrong), configFile.safeParse(wrong).success]).toEqual([false, false]);
  });
});
