import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi } from './cli.ts';

const ASK = ['config', 'keys'];

describe('what the program is compiled to', () => {
  it('is kept in a folder of the user, which nobody else may write to', async () => {
    const cache = freshFolder();
    const { code } = await kintsugi(ASK, { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: '' });
    expect(code).toBe(0);
    const kept = join(cache, 'kintsugi');
    expect(readdirSync(kept, { recursive: true }).length).toBeGreaterThan(10);
    expect(statSync(kept).mode & 0o022).toBe(0);
  });

  it('is kept elsewhere where Node was told so, and nowhere where others may write: the program works all the same', async () => {
    const [cache, other, open] = [freshFolder(), freshFolder(), freshFolder()];
    expect((await kintsugi(ASK, { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: other })).code).toBe(0);
    expect(existsSync(join(cache, 'kintsugi'))).toBe(false);
    mkdirSync(join(open, 'kintsugi'));
    chmodSync(join(open, 'kintsugi'), 0o777);
    for (const XDG_CACHE_HOME of [open, '/proc/nowhere', '/dev/null']) {
      const { code, err } = await kintsugi(ASK, { XDG_CACHE_HOME, NODE_COMPILE_CACHE: '' });
      expect({ code, err }).toEqual({ code: 0, err: '' });
    }
    expect(readdirSync(join(open, 'kintsugi'))).toEqual([]);
  });
});
