/** A configuration file with everything in it: each setting explained, and commented out where it has its default. */
import { isDeepStrictEqual } from 'node:util';
import { isSection, nodeAt } from './catalogue.ts';
import { valueAt } from './layers.ts';
import type { SchemaNode } from './published-schema.ts';
import { allowed } from './words.ts';

const HEAD = `// What a Kintsugi bot is to do. Every setting stands here with its default, commented out: take the two slashes away to
// change one. Comments and trailing commas are allowed. The environment goes before what stands here, as in
// KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS=0.02, and the command line before both: --set guards.risk.maxDailyLoss=0.02.
`;
const WIDTH = 120;

const indent = (depth: number): string => '  '.repeat(depth);

/** Words as a comment, in lines that fit. */
function comment(text: string, depth: number): string {
  const width = WIDTH - depth * 2 - 3;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one) => `${indent(depth)}// ${one}\n`).join('');
}

/** A value that may be written over several lines. */
const json = (value: unknown, depth: number): string =>
  typeof value !== 'object' || JSON.stringify(value).length < 60
    ? JSON.stringify(value).replaceAll('","', '", "')
    : JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent(depth)}`);

/** One setting; what it may contain is told where it is a part that may be `null`. */
function entry(path: readonly string[], node: SchemaNode, value: unknown, depth: number): string {
  const parts = (node.anyOf ?? []).flatMap(({ properties = {} }) => Object.entries(properties));
  const about = [
    `${node.description} Allowed: ${allowed(node)}.`,
    ...parts.map(([name, part]) => `${name}: ${part.description} Allowed: ${allowed(part)}.`),
    ...(node.default === null || Array.isArray(node.default)
      ? (node.examples ?? []).map((example) => `For example: ${JSON.stringify(example)}`)
      : []),
  ];
  const isDefault = value === undefined || isDeepStrictEqual(value, node.default);
  const line = `"${path.at(-1)}": ${json(isDefault ? node.default : value, depth)},\n`;
  return about.map((text) => comment(text, depth)).join('') + indent(depth) + (isDefault ? `// ${line}` : line);
}

function members(path: readonly string[], values: unknown, depth: number): string {
  const { properties = {} } = nodeAt(path) ?? {};
  return Object.entries(properties)
    .filter(([key]) => key !== '$schema')
    .map(([key, node]) => {
      const inner = [...path, key];
      if (!isSection(node)) return entry(inner, node, valueAt(values, inner), depth);
      const head = comment(node.description ?? '', depth);
      return `${head}${indent(depth)}"${key}": {\n${members(inner, values, depth + 1)}${indent(depth)}},\n`;
    })
    .join('\n');
}

/**
 * @param schema where editors find the schema, as it is to stand in the file
 * @param values what is not to have its default; by the names of the file
 */
export const templateOf = (schema: string, values: unknown = {}): string =>
  `${HEAD}{\n${indent(1)}"$schema": ${JSON.stringify(schema)},\n\n${members([], values, 1)}}\n`;
