import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Page } from '../../../src/adapters/http/page.ts';
import { fc } from '../../fast-check.ts';
import { raw, serving } from './serving.ts';

const SECRET = 'what stands beside the page';

/** A built page in `parent/page`, and what nobody may have beside it. */
function built(): string {
  const parent = mkdtempSync(join(tmpdir(), 'beside-'));
  const page = join(parent, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), SECRET);
  writeFileSync(join(page, '.env'), SECRET);
  symlinkSync(join(parent, 'secret.txt'), join(page, 'link.txt'));
  symlinkSync(parent, join(page, 'up'));
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Kintsugi</title>');
  const script = 'export const n = 1;';
  writeFileSync(join(page, 'assets/main-DiwrgTda.js'), script);
  writeFileSync(join(page, 'assets/main-DiwrgTda.js.br'), brotliCompressSync(script));
  writeFileSync(join(page, 'assets/main-DiwrgTda.js.gz'), gzipSync(script));
  writeFileSync(join(page, 'assets/plain.css'), 'a{}');
  writeFileSync(join(page, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  return page;
}

describe('the page', () => {
  it('is served with its types; what has its hash in its name may be kept for ever', async () => {
    const { get } = await serving({ page: built() });
    const index = await get('/');
    expect(await index.text()).toContain('<title>Kintsugi</title>');
    expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(index.headers.get('cache-control')).toBe('no-cache');
    const script = await get('/assets/main-DiwrgTda.js');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await get('/assets/plain.css')).headers.get('cache-control')).toBe('no-cache');
    expect((await get('/icon.svg')).headers.get('content-type')).toBe('image/svg+xml');
  });

  it('is sent packed to who can unpack it', async () => {
    const { get } = await serving({ page: built() });
    const packed = async (accepted: string) => {
      const answer = await get('/assets/main-DiwrgTda.js', { headers: { 'accept-encoding': accepted } });
      expect(await answer.text()).toBe('export const n = 1;');
      expect(answer.headers.get('vary')).toBe('Accept-Encoding');
      return answer.headers.get('content-encoding');
    };
    expect(await packed('gzip, deflate, br')).toBe('br');
    expect(await packed('gzip')).toBe('gzip');
    expect(await packed('br;q=0, gzip;q=0.5')).toBe('gzip');
    expect(await packed('identity')).toBeNull();
  });

  it('has no path that leads out of its folder', async () => {
    const { get, port } = await serving({ page: built() });
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../../secret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/....//secret.txt',
      '/link.txt',
      '/up/secret.txt',
      '/.env',
      '/%00',
      '/index.html%00.js',
      '/assets',
      '/assets/',
      '/a/b',
    ]) {
      const answer = await raw(port, [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close']);
      expect([400, 404], `${path}: ${answer.status}`).toContain(answer.status);
      expect(answer.body).not.toContain(SECRET);
    }
    expect((await get('/overview')).status).toBe(404);
  });

  it('gives out files of its folder and nothing else, whatever the path', async () => {
    const page = new Page(built());
    const piece = fc.constantFrom(
      '..',
      '.',
      'secret.txt',
      'page',
      'assets',
      'up',
      'link.txt',
      '.env',
      '%2e%2e',
      '\\',
      '/',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 6 }), async (pieces) => {
        const file = await page.file(`/${pieces.join('/')}`, '');
        expect(file === null || !Buffer.from(file.bytes).toString().includes(SECRET)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('that is not built says so and how, and is found when it is', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'unbuilt-')), 'page');
    let now = 0;
    const page = new Page(folder, () => now);
    expect(await page.file('/', '')).toBeNull();
    const { get } = await serving({ page: folder });
    const answer = await get('/');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('npm run page');
    mkdirSync(folder);
    writeFileSync(join(folder, 'index.html'), 'built');
    now += 1000;
    expect(Buffer.from((await page.file('/', ''))?.bytes ?? []).toString()).toBe('built');
    rmSync(join(folder, 'index.html'));
    expect(await page.file('/', '')).toBeNull();
  });
});
