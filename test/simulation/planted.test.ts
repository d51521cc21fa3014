import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { withBug } from './planted/bug.ts';
import { BUGS } from './planted/catalogue.ts';
import { ROOT } from './planted/plant.ts';

it('every planted bug can be planted: its text stands in its file, once', () => {
  const outdated = BUGS.flatMap((bug) => {
    try {
      return withBug(readFileSync(resolve(ROOT, bug.file), 'utf8'), bug) === '' ? [bug.id] : [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  expect(outdated).toEqual([]);
  expect(new Set(BUGS.map(({ id }) => id)).size).toBe(BUGS.length);
});
