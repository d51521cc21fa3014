/** The schema of the configuration as editors read it: JSON Schema, draft 7, which all of them know. */
import { z } from 'zod';
import { configFile } from './schema.ts';

/** As much of JSON Schema as the configuration needs. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** It may let somebody in: it is never printed. */
  readonly writeOnly?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** The bounds that zod gives to every whole number say nothing to a person. */
function withoutNoise(node: Record<string, unknown>): void {
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  // That a section is empty where it is left out is true, and of no use.
  if (node.properties !== undefined) delete node.default;
}

const made = z.toJSONSchema(configFile, {
  target: 'draft-7',
  io: 'input',
  override: ({ jsonSchema }) => withoutNoise(jsonSchema as Record<string, unknown>),
});

export const PUBLISHED_SCHEMA = {
  ...(made as SchemaNode),
  title: 'Settings of a Kintsugi bot',
  // Words of VS Code: without them it marks what the bot allows.
  allowComments: true,
  allowTrailingCommas: true,
};
