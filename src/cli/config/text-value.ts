import type { SchemaNode } from './published-schema.ts';

const kinds = (node: SchemaNode): readonly (SchemaNode['type'] | undefined)[] =>
  (node.anyOf ?? [node]).flatMap((one) => (one.anyOf ? kinds(one) : [one.type]));

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const ELEMENT_KINDS: readonly (SchemaNode['type'] | undefined)[] = ['string'];

/**
 * What a text of the command line or of the environment means for a setting: JSON, or the text itself where the setting
 * takes text. A list of texts may be written with commas. What fits nothing comes back as it is, for the schema to refuse.
 */
export function textValue(text: string, node: SchemaNode): unknown {
  const may = kinds(node);
  const json = jsonOr(text);
  if (typeof json === 'string') {
    const isList = may.includes('array') && ELEMENT_KINDS.includes(node.items?.type);
    return isList ? json.split(',').map((one) => one.trim()) : json;
  }
  // A text that looks like a number is one only where numbers may stand.
  const isText =
    may.includes('string') &&
    !(json === null
      ? may.includes('null')
      : typeof json === 'number' && may.some((kind) => kind === 'number' || kind === 'integer'));
  return isText ? text : json;
}
