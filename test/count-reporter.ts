import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Where it is, what it promises, and why it was tried again. */
function named(test: TestCase): string {
  const [first] = test.result().errors ?? [];
  const [why = ''] = stripVTControlCharacters(first?.message ?? '').split('\n');
  return `${relative(test.project.config.root, test.module.moduleId)} > ${test.fullName} (${why})`;
}

/**
 * Ends the run with one line a script can read: `N passed, N failed`. Before it stands every test that passed only at its second
 * try, with what was wrong at the first: what is tried again is not to be forgotten.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    // A file whose process died has no test that failed, and is no success.
    let failed = unhandled.length;
    const again: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        if (test.diagnostic()?.flaky) again.push(`passed at the second try: ${named(test)}\n`);
      }
    }
    // After the default reporter's summary, so that it is the last line.
    setImmediate(() => process.stdout.write(`\n${again.join('')}${passed} passed, ${failed} failed\n`));
  }
}
