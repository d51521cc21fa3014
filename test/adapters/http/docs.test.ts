import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { everyRoute } from './everything.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');

describe('docs/api.md', () => {
  it('tells of every route there is, and of none that is not', async () => {
    const routes = await everyRoute();
    expect(routes.length).toBeGreaterThan(20);
    const told = [...DOCS.matchAll(/`(GET|POST) (\/[^?`\s]*)[^`]*`/g)].map(([, method, path]) => `${method} ${path}`);
    expect([...new Set(told)].sort()).toEqual([...routes].sort());
  });
});
