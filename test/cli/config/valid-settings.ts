/** Settings that are valid, at random: whatever the published schema allows, so that a new setting is tried as well. */

import { SETTINGS, type Setting } from '../../../src/cli/config/catalogue.ts';
import { withValue } from '../../../src/cli/config/layers.ts';
import type { SchemaNode } from '../../../src/cli/config/published-schema.ts';
import { fc } from '../../fast-check.ts';

/** Texts that a pattern allows, by the pattern; one that is not here makes the test say so. */
const TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  '^(sim|replay:.+|ccxt:[a-z0-9]+)$': fc.constantFrom('sim', 'replay:candles', 'replay:a=b, c.csv', 'ccxt:binanceusdm'),
  '^[A-Z0-9]{1,40}$': fc.constantFrom('BTCUSDT', 'ETHUSDT', '1000PEPEUSDT', '1', 'NULL'),
  '\\S': fc.constantFrom('127.0.0.1', '::1', 'true', '7'),
  '^(https?:\\/\\/.+|env:[A-Za-z_][A-Za-z0-9_]*)$': fc.constantFrom(
    'env:HOOK',
    'https://hooks.example/a?b=c,d',
    'http://127.0.0.1:9',
  ),
  '^(-?\\d+|@\\w+)$': fc.constantFrom('@channel', '-100', '42'),
  '^postgres(ql)?:\\/\\/.': fc.constantFrom(
    'postgres://worker@db/kintsugi',
    'postgresql://127.0.0.1:5432/x?sslmode=require',
  ),
  '^https:\\/\\/([a-z0-9-]+(\\.[a-z0-9-]+)*|\\[[0-9a-f:]+\\])(:[0-9]{1,5})?$': fc.constantFrom(
    'https://bot.example.org',
    'https://bot:8443',
    'https://[::1]:8443',
  ),
  '^[a-z0-9][a-z0-9_-]{0,30}$': fc.constantFrom('default', 'second-1'),
  '^https?:\\/\\/.': fc.constantFrom('https://api.telegram.org', 'http://127.0.0.1:8081'),
};
const PLAIN = fc.constantFrom('./x', '/srv/a b', 'null', '"quoted"', '{}', 'a=b', '12', 'ü');

function numberOf({ type, minimum, maximum, exclusiveMinimum }: SchemaNode): fc.Arbitrary<number> {
  const max = maximum ?? (minimum ?? exclusiveMinimum ?? 0) + 1_000;
  if (type === 'integer') return fc.integer({ min: minimum ?? (exclusiveMinimum ?? -1_001) + 1, max });
  return fc
    .double({ min: minimum ?? exclusiveMinimum ?? -max, max, minExcluded: minimum === undefined, noNaN: true })
    .map((value) => value + 0);
}

export function valid(node: SchemaNode): fc.Arbitrary<unknown> {
  if (node.anyOf) return fc.oneof(...node.anyOf.map(valid));
  if (node.enum) return fc.constantFrom(...node.enum);
  if (node.const !== undefined) return fc.constant(node.const);
  switch (node.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'number':
    case 'integer':
      return numberOf(node);
    case 'array':
      return fc.array(valid(node.items ?? {}), {
        minLength: node.minItems ?? 0,
        maxLength: Math.min(node.maxItems ?? 4, 4),
      });
    case 'object': {
      const properties = Object.entries(node.properties ?? {}).map(([key, one]) => [key, valid(one)] as const);
      return fc.record(Object.fromEntries(properties), { requiredKeys: [...(node.required ?? [])] });
    }
    case 'string': {
      const pattern = (node as { readonly pattern?: string }).pattern;
      if (pattern === undefined) return PLAIN;
      const texts = TEXTS[pattern];
      if (texts === undefined) throw new Error(`there are no examples of ${pattern}: add some`);
      return texts;
    }
    default:
      throw new Error(`what may stand at ${JSON.stringify(node)}?`);
  }
}

/** One setting and its value. */
export type Said = readonly [Setting, unknown];

/** Settings that are said whole: a part of one that may be null is not said apart from it. */
export const WHOLE = SETTINGS.filter(
  ({ path }) => !SETTINGS.some(({ key }) => `${path.join('.')}`.startsWith(`${key}.`)),
);

/** Those that must fit each other are left alone: their rules have tests of their own. */
const BOUND =
  /^(guards\.volatility\.m|guards\.sizing\.liquidationDistance|exits\.(tp|roundTripCost|stopFraction|liquidationBuffer))/;

/** Some settings with values that are allowed. */
export const someSettings: fc.Arbitrary<readonly Said[]> = fc
  .subarray(WHOLE.filter(({ key }) => !BOUND.test(key)))
  .chain((settings) =>
    fc.tuple(...settings.map((setting) => valid(setting.node).map((value): Said => [setting, value]))),
  );

/** The same as it stands in a file. */
export const asFile = (said: readonly Said[]): unknown =>
  said.reduce<unknown>((whole, [{ path }, value]) => withValue(whole, path, value), {});
