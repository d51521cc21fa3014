/** JSON with comments and trailing commas, read so that everything in it has a place. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Path } from './catalogue.ts';

/** Both from 1, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Fault extends Place {
  readonly says: string;
}

export interface Document {
  readonly value: unknown;
  /** Where something stands, or where it is missing; a key where it has one. */
  place(path: Path): Place;
  /** Why it cannot be taken as it is, in the order of the text; empty where it can. */
  readonly faults: readonly Fault[];
}

/** A parser that stumbles once stumbles on: what it says first is what is wrong. */
const WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'what stands here is neither a value nor a key in double quotes',
  InvalidNumberFormat: 'this is no number as JSON writes it',
  PropertyNameExpected: 'a key in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'there is more after the end',
  UnexpectedEndOfComment: 'a comment has no end',
  UnexpectedEndOfString: 'a text has no end; it may not go over several lines',
  UnexpectedEndOfNumber: 'a number has no end',
  InvalidUnicode: 'this is no \\u and four hexadecimal digits',
  InvalidEscapeCharacter: 'there is no such escape after \\',
  InvalidCharacter: 'a character that must be written as an escape',
};

function placesIn(text: string): (offset: number) => Place {
  const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ 0: end, index }) => index + end.length)];
  return (offset) => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

/** Keys of an object, each with the node of its name and of its value. */
const propertiesOf = ({ type, children = [] }: Node): readonly (readonly [Node, Node | undefined])[] =>
  type !== 'object' ? [] : children.flatMap(({ children: [key, value] = [] }) => (key ? [[key, value] as const] : []));

/** The value as plain data. A key may have any name, `__proto__` too. */
function plainOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plainOf);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    propertiesOf(node).map(([key, value]) => [String(key.value), value === undefined ? undefined : plainOf(value)]),
  );
}

function* doubles(node: Node, place: (offset: number) => Place): Generator<Fault> {
  const first = new Map<string, Node>();
  for (const [key] of propertiesOf(node)) {
    const name = String(key.value);
    const before = first.get(name);
    if (before === undefined) first.set(name, key);
    else {
      const { line, column } = place(before.offset);
      yield { ...place(key.offset), says: `"${name}" stands here again; it has stood at ${line}:${column}. Keep one` };
    }
  }
  for (const child of node.children ?? []) yield* doubles(child, place);
}

const syntaxFault = (error: ParseError, place: (offset: number) => Place): Fault => {
  const why = WORDS[printParseErrorCode(error.error)] ?? printParseErrorCode(error.error);
  return { ...place(error.offset), says: `it is not JSON: ${why}` };
};

/** Reads a text. Throws nothing: what is wrong with it is among its faults. */
export function readJsonc(written: string): Document {
  // The mark that some editors put before the text is none of it.
  const text = written.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const at = placesIn(text);
  const [broken] = errors;
  if (broken !== undefined || root === undefined) {
    const fault = broken ? syntaxFault(broken, at) : { ...at(0), says: 'it is not JSON: a value is missing' };
    return { value: undefined, place: () => at(0), faults: [fault] };
  }
  const place = (path: Path): Place => {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(root, path.slice(0, length));
      // A whole property is named by its key; of a list only the element is there.
      if (node) return at(node.parent?.type === 'property' ? node.parent.offset : node.offset);
    }
    return at(root.offset);
  };
  return { value: plainOf(root), place, faults: [...doubles(root, at)] };
}
