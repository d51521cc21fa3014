/**
 * A test runner for Stryker that runs Vitest tests in its own process. Its own one for Vitest starts Vitest anew for every
 * change (6 s of processor each); here a change costs the tests that meet it, the quickest first, up to the first that fails.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { outcomeOf, type Test, testsOf } from './in-process-tests.ts';
import { partNamed } from './scope.ts';

/** What Stryker's instrumented code looks at. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}
interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
}
interface TestResult {
  readonly id: string;
  readonly name: string;
  readonly fileName: string;
  readonly timeSpentMs: number;
  /** Stryker's `TestStatus.Success`. */
  readonly status: 0;
}

const switches: Switches = {};
Object.assign(globalThis, { __stryker__: switches });

// `expect` and `vi` are Vitest's own; they ask for a worker's state, of which they need this much.
Object.assign(globalThis, {
  __vitest_worker__: {
    config: { expect: {}, fakeTimers: {}, snapshotOptions: {}, testTimeout: 60_000, hookTimeout: 60_000 },
    ctx: {},
    metaEnv: {},
    environment: { name: 'node' },
  },
});
const VITEST = new URL('./vitest-in-process.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vitest' && context.parentURL !== VITEST
      ? { url: VITEST, shortCircuit: true }
      : next(specifier, context),
});

/** How long each test takes, ms, for processes to come: they are begun anew after an endless loop. Stryker changes the folder late. */
const paces = (): string => resolve('paces.json');

class InProcessRunner {
  /** A change left something behind: the next run needs a process that has not seen it. */
  #spoilt = false;
  readonly #paces = new Map<string, number>(
    existsSync(paces()) ? Object.entries(JSON.parse(readFileSync(paces(), 'utf8')) as Record<string, number>) : [],
  );

  capabilities = () => ({ reloadEnvironment: false });

  async #tests(filter?: readonly string[]): Promise<readonly Test[]> {
    const wanted = filter && new Set(filter);
    const part = partNamed(process.env.KINTSUGI_MUTATION_PART ?? '');
    const files = wanted
      ? new Set([...wanted].map((id) => id.slice(0, id.indexOf('#'))))
      : part.tests.flatMap((pattern) => globSync(pattern).sort());
    const tests: Test[] = [];
    for (const file of files) tests.push(...(await testsOf(file, () => import(pathToFileURL(resolve(file)).href))));
    const paceOf = ({ id }: Test): number => this.#paces.get(id) ?? 0;
    return tests
      .filter(({ id, name }) => wanted?.has(id) ?? !part.except?.includes(name))
      .toSorted((a, b) => paceOf(a) - paceOf(b));
  }

  async dryRun() {
    const results: TestResult[] = [];
    for (const test of await this.#tests()) {
      switches.currentTestId = test.id;
      const began = performance.now();
      const error = await outcomeOf(test);
      switches.currentTestId = undefined;
      const timeSpentMs = performance.now() - began;
      if (error) return { status: 'error', errorMessage: `${test.id}: ${error.stack}` };
      this.#paces.set(test.id, timeSpentMs);
      results.push({ id: test.id, name: test.name, fileName: resolve(test.file), timeSpentMs, status: 0 });
    }
    writeFileSync(paces(), JSON.stringify(Object.fromEntries(this.#paces)));
    return { status: 'complete', tests: results, mutantCoverage: switches.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRun) {
    if (this.#spoilt) throw new Error('a change before this one left something behind');
    Object.assign(switches, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 });
    let nrOfTests = 0;
    for (const test of await this.#tests(testFilter)) {
      nrOfTests++;
      const error = await outcomeOf(test);
      const hits = switches.hitCount ?? 0;
      if (hitLimit !== undefined && hits > hitLimit) {
        this.#spoilt = true;
        return { status: 'timeout', reason: `Hit limit reached (${hits}/${hitLimit})` };
      }
      if (!error) continue;
      await this.#rest(test);
      return { status: 'killed', killedBy: [test.id], failureMessage: error.message, nrOfTests };
    }
    await this.#rest(null);
    return { status: 'survived', nrOfTests };
  }

  /** Without the change, what it broke must be whole again. */
  async #rest(broken: Test | null): Promise<void> {
    Object.assign(switches, { activeMutant: undefined, hitLimit: undefined, hitCount: 0 });
    if (broken && (await outcomeOf(broken))) this.#spoilt = true;
  }
}

/** What Stryker looks for in a plugin. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner }];
