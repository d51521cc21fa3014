/** The machines that the source makes, found in its text: what somebody adds is missed by nobody. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const SRC = join(import.meta.dirname, '../../src');

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

/** What is exported at the top of a file and holds the place: `const name` or `function name`. */
function exportAround(text: string, place: number): string | null {
  const before = [...text.slice(0, place).matchAll(/^(export )?(?:const|function|class) (\w+)/gm)].at(-1);
  return before?.[1] ? (before[2] ?? null) : null;
}

export interface Place {
  /** Relative to `src`. */
  readonly file: string;
  /** The export that it stands in; `null`: none, and no test could have it. */
  readonly name: string | null;
}

/** Where in `text` a word stands that is not imported. */
const placesOf = (word: RegExp, file: string, text: string): readonly Place[] => {
  const code = withoutComments(text);
  return [...code.matchAll(word)].map(({ index }) => ({ file, name: exportAround(code, index) }));
};

const inSource = (word: RegExp): readonly Place[] =>
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .flatMap((name) => placesOf(word, relative(SRC, join(SRC, name)), readFileSync(join(SRC, name), 'utf8')));

/** Every machine: `createMachine` however it is come by, and XState's class itself. */
export const machinesInSource = (): readonly Place[] =>
  inSource(/\bcreateMachine\b(?=\s*[(<;,])|\bnew StateMachine\b/g);

/** Every table that a machine is compiled to. */
export const tablesInSource = (): readonly Place[] => inSource(/\bcompileTable\((?!\s*machine\b)/g);

export const nameOf = ({ file, name }: Place): string => `${file}#${name ?? 'not exported'}`;
