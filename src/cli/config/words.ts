/** A setting in the words of a person. */
import type { SchemaNode } from './published-schema.ts';

const LONGEST = 60;

/** A value as it is written, if it is short. */
export function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no word for a number that is too large.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

/** What kind of thing a value is. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const names: Readonly<Record<string, string>> = { string: 'text', number: 'a number', boolean: 'a yes or no' };
  return names[typeof value] ?? 'an object';
}

const orOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

function numbers({ type, minimum, maximum, exclusiveMinimum }: SchemaNode): string {
  const whole = type === 'integer' ? 'a whole number' : 'a number';
  const from = minimum === undefined ? null : String(minimum);
  const range =
    from !== null && maximum !== undefined
      ? `${from} to ${maximum}`
      : from !== null
        ? `${from} or more`
        : exclusiveMinimum !== undefined
          ? `more than ${exclusiveMinimum}${maximum === undefined ? '' : `, at most ${maximum}`}`
          : maximum !== undefined
            ? `at most ${maximum}`
            : null;
  if (range === null) return whole;
  return type === 'integer' ? `${whole}, ${range}` : range;
}

function lists({ items, minItems = 0, maxItems }: SchemaNode): string {
  const least = minItems > 0 ? `, at least ${minItems}` : '';
  const most = maxItems === undefined ? '' : `, at most ${maxItems}`;
  return `a list of ${items ? allowed(items) : 'values'}${least}${most}`;
}

/** What may stand there. */
export function allowed(node: SchemaNode): string {
  if (node.enum !== undefined) return orOf(node.enum.map(written));
  if (node.const !== undefined) return written(node.const);
  if (node.type === 'number' || node.type === 'integer') return numbers(node);
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'array') return lists(node);
  if (node.type === 'null') return 'null';
  if (node.type === 'object') return `{ ${Object.keys(node.properties ?? {}).join(', ')} }`;
  const { examples } = node;
  if (examples?.every((one) => typeof one !== 'object'))
    return `${node.type === 'string' ? 'text ' : ''}as ${orOf(examples.map(written))}`;
  return node.anyOf === undefined ? 'text' : orOf(node.anyOf.map(allowed));
}
