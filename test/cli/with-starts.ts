import { test } from 'vitest';
import { type Started, start } from './cli.ts';

export type Starts = (...how: Parameters<typeof start>) => Started;

/** Each test has commands of its own, which are stopped, at the latest, when it is over, so that tests may share the time. */
export const it = test.extend<{ starts: Starts }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it what a fixture needs
  starts: async ({}, use) => {
    const all: Started[] = [];
    await use((...how) => {
      const started = start(...how);
      all.push(started);
      return started;
    });
    for (const one of all) one.kill('SIGKILL');
  },
});
