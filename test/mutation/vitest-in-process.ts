/** What a test gets by `import … from 'vitest'` where it runs without Vitest. */
import { expect, vi } from 'vitest';
import { declarations } from './in-process-tests.ts';

export { expect, vi };
export const { describe, it, test, beforeAll, beforeEach, afterEach, afterAll, onTestFinished } = declarations;
