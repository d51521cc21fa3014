/** What the schema refuses, in the words of a person: the key, the value, what is wrong with it, what is allowed. */
import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import { isSecret, keyOf, keysAt, nodeAt, type Path, SETTINGS } from './catalogue.ts';
import { type Problem, sayProblem } from './config-error.ts';
import { type Layers, valueAt } from './layers.ts';
import { allowed, kindOf, written } from './words.ts';

type Issue = z.core.$ZodIssue;

/** The setting that was most likely meant: one that ends in the same words, or else is spelled alike. */
export function meant(word: string, known: readonly string[], separator: string): string | null {
  const tail = `${separator}${word}`.toLowerCase();
  return known.find((one) => one.toLowerCase().endsWith(tail)) ?? nearest(word, known);
}

/** The last word of a name under which somebody would look for a key of an exchange. */
const OF_KEYS = /(^|\.)(api_?)?(key|secret|password|passphrase)$/i;
/** Files are copied, committed and sent to those who help. */
const KEYS_ELSEWHERE =
  'keys of an exchange stand in no file and on no command line: set KINTSUGI_API_KEY and KINTSUGI_API_SECRET in the environment, and replace a key that stood here';

/** Of a name that no setting has: which one may have been meant. */
export function unknownSetting(key: string): string {
  if (OF_KEYS.test(key)) return `"${key}": ${KEYS_ELSEWHERE}`;
  const near = meant(
    key,
    SETTINGS.map(({ key: known }) => known),
    '.',
  );
  return `there is no setting "${key}".${near === null ? ' kintsugi config keys lists them' : ` Did you mean "${near}"?`}`;
}

function unknownKey({ keys, path }: Issue & { code: 'unrecognized_keys' }): string {
  const known = keysAt(path as Path);
  const key = keys[0] ?? '';
  if (OF_KEYS.test(key)) return `"${key}": ${KEYS_ELSEWHERE}`;
  const where = path.length > 0 ? ` in "${keyOf(path as Path)}"` : '';
  const near = nearest(key, known);
  const question = near === null ? '' : ` Did you mean "${near}"?`;
  return `there is no setting "${key}"${where}.${question} Known here: ${known.join(', ')}`;
}

/** What is wrong with a value, to follow it. */
function wrong(issue: Issue, value: unknown): string {
  const length = Array.isArray(value) ? value.length : null;
  if (issue.code === 'too_big')
    return length === null ? `is more than ${issue.maximum}` : `has ${length} entries, more than ${issue.maximum}`;
  if (issue.code === 'too_small') {
    if (length !== null) return `has ${length} entries, fewer than ${issue.minimum}`;
    if (typeof value === 'string') return 'is empty';
    return issue.inclusive ? `is less than ${issue.minimum}` : `is not more than ${issue.minimum}`;
  }
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'is not a whole number';
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return 'is beyond all numbers';
  if (issue.code === 'invalid_type') return `is ${kindOf(value)}`;
  return 'may not stand here';
}

/** A value may be shown unless it may let somebody in, or is a part too large to be read in a line. */
function shown(value: unknown, path: Path): string {
  if (Array.isArray(value)) return 'the list';
  if (isSecret(path)) return 'the value';
  return typeof value === 'object' && value !== null ? 'it' : written(value);
}

function sayIssue(issue: Issue, whole: unknown): string {
  if (issue.code === 'unrecognized_keys') return unknownKey(issue);
  const path = issue.path as Path;
  const value = valueAt(whole, path);
  if (path.length === 0) return `it is ${kindOf(value)}, not an object`;
  const node = nodeAt(path);
  const what = wrong(issue, value);
  const isKind = issue.code === 'invalid_type' && typeof value === 'object';
  const said = value === undefined ? 'it is missing' : `${isKind ? 'it' : shown(value, path)} ${what}`;
  return `"${keyOf(path)}": ${said}${node === null ? '' : `; allowed: ${allowed(node)}`}`;
}

/** Every problem, that of a misspelled key first. A key that is misspelled is also one that is missing: it is told once. */
export function problemsOf({ issues }: z.ZodError, layers: Layers): readonly Problem[] {
  const misspelled = issues.filter(({ code }) => code === 'unrecognized_keys');
  const around = new Set(misspelled.map(({ path }) => keyOf(path as Path)));
  const others = issues.filter(
    ({ code, path }) =>
      code !== 'unrecognized_keys' &&
      !(valueAt(layers.value, path as Path) === undefined && around.has(keyOf(path.slice(0, -1) as Path))),
  );
  const problems = [...misspelled, ...others].flatMap((issue) => each(issue)).map((issue) => problemOf(issue, layers));
  // Two rules may refuse the same in the same words.
  return [...new Map(problems.map((problem) => [sayProblem(problem), problem])).values()];
}

/** One issue a key, where zod tells of several at once. */
const each = (issue: Issue): readonly Issue[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];

function problemOf(issue: Issue, layers: Layers): Problem {
  const path = issue.path as Path;
  const where = issue.code === 'unrecognized_keys' ? [...path, ...issue.keys] : path;
  return { at: layers.blamed(where), says: sayIssue(issue, layers.value) };
}
