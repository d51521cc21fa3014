/**
 * Vitest's `describe` and `it` without Vitest around them: what they declare is kept, and run as often as is wanted in the
 * process at hand. A change of the code then costs the tests that meet it, not the start of a runner.
 */
import { setImmediate } from 'node:timers/promises';

type Body = (...args: readonly unknown[]) => unknown;
interface Suite {
  readonly name: string;
  readonly parent: Suite | null;
  readonly before: Body[];
  readonly after: Body[];
  readonly once: Body[];
  begun: boolean;
}
export interface Test {
  readonly id: string;
  readonly file: string;
  readonly name: string;
  readonly suite: Suite;
  readonly body: Body;
}

/** Of one file: its tests, in their order. */
let declared: Test[] = [];
let file = '';
let suite: Suite | null = null;
/** What is to be done after the test that runs. */
let finishing: Body[] = [];

const suiteOf = (name: string, parent: Suite | null): Suite => ({
  name,
  parent,
  before: [],
  after: [],
  once: [],
  begun: false,
});
const current = (): Suite => {
  suite ??= suiteOf('', null);
  return suite;
};
const chain = (one: Suite | null): readonly Suite[] => (one === null ? [] : [...chain(one.parent), one]);

/** `%s`, `%i`, `$key`: near enough to Vitest's names to tell the rows apart. */
const rowName = (name: string, row: readonly unknown[], index: number): string => {
  let next = 0;
  const filled = name.replace(/%[sdifjo#]/g, (mark) => (mark === '%#' ? String(index) : String(row[next++])));
  return filled === name ? `${name} [${index}]` : filled;
};
const rowOf = (one: unknown): readonly unknown[] => (Array.isArray(one) ? one : [one]);

const declare = (name: string, body: Body): void => {
  const full = [...chain(current()), { name }]
    .map((one) => one.name)
    .filter(Boolean)
    .join(' > ');
  const same = declared.filter((test) => test.name === full).length;
  declared.push({
    id: `${file}#${full}${same === 0 ? '' : ` (${same + 1})`}`,
    file,
    name: full,
    suite: current(),
    body,
  });
};

/** Options may stand before the body or behind it. */
const bodyOf = (args: readonly unknown[]): Body => {
  const body = args.find((one) => typeof one === 'function');
  if (body === undefined) throw new Error('a test without a body');
  return body as Body;
};

type Declare = (name: string, ...args: readonly unknown[]) => void;
const shapes = (plain: Declare) => {
  const nothing: Declare = () => undefined;
  const rows =
    (spread: boolean) =>
    (table: readonly unknown[]) =>
    (name: string, ...args: readonly unknown[]) => {
      for (const [index, one] of table.entries()) {
        const row = spread ? rowOf(one) : [one];
        plain(rowName(name, rowOf(one), index), () => bodyOf(args)(...row));
      }
    };
  const runIf = (condition: unknown) => (condition ? plain : nothing);
  return Object.assign(plain, {
    each: rows(true),
    for: rows(false),
    runIf,
    skipIf: (condition: unknown) => runIf(!condition),
    concurrent: plain,
    sequential: plain,
  });
};

const it = shapes((name, ...args) => declare(name, bodyOf(args)));
const describe = shapes((name, ...args) => {
  const outer = current();
  suite = suiteOf(name, outer);
  bodyOf(args)();
  suite = outer;
});

/** What a test imports from `vitest`, besides `expect` and `vi`, which are Vitest's own. */
export const declarations = {
  describe,
  it,
  test: it,
  beforeAll: (body: Body) => current().once.push(body),
  beforeEach: (body: Body) => current().before.push(body),
  afterEach: (body: Body) => current().after.unshift(body),
  // What holds a resource for a whole file holds it to the end of the process.
  afterAll: () => undefined,
  onTestFinished: (body: Body) => finishing.unshift(body),
};

const loaded = new Map<string, readonly Test[]>();

/** The tests of a file, which is read once. @param path relative to the working directory */
export async function testsOf(path: string, load: () => Promise<unknown>): Promise<readonly Test[]> {
  const known = loaded.get(path);
  if (known) return known;
  declared = [];
  file = path;
  suite = null;
  await load();
  loaded.set(path, declared);
  return declared;
}

/** Errors that nobody awaited. */
const loose: unknown[] = [];
process.on('uncaughtException', (error) => loose.push(error));
process.on('unhandledRejection', (error) => loose.push(error));

/** Runs a test with its hooks. @returns what it failed by, or `null` */
export async function outcomeOf({ suite: own, body }: Test): Promise<Error | null> {
  finishing = [];
  loose.length = 0;
  const errors: unknown[] = [];
  const attempt = async (step: Body): Promise<void> => {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  };
  const suites = chain(own);
  for (const one of suites) {
    if (!one.begun) for (const step of one.once) await attempt(step);
    one.begun = true;
    for (const step of one.before) await attempt(step);
  }
  if (errors.length === 0) await attempt(body);
  for (const step of finishing) await attempt(step);
  for (const one of suites.toReversed()) for (const step of one.after) await attempt(step);
  await setImmediate();
  const [first] = [...errors, ...loose];
  if (first === undefined) return null;
  return first instanceof Error ? first : new Error(String(first));
}
