import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = resolve(import.meta.dirname, '../dist/page');
const TEXT = /\.(html|js|css|svg)$/;

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Compresses once, when it is built: the bot that serves the page has better things to do. */
const precompress: Plugin = {
  name: 'precompress',
  apply: 'build',
  closeBundle() {
    let total = 0;
    for (const path of filesIn(OUT).filter((file) => TEXT.test(file))) {
      const bytes = readFileSync(path);
      const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
      writeFileSync(`${path}.br`, brotli);
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      total += brotli.length;
    }
    this.info(`the page is ${(total / 1024).toFixed(0)} kB compressed`);
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // A strict content security policy allows no inline script and no data: font.
  build: {
    outDir: OUT,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: 'es2023',
    license: { fileName: 'licences.md' },
  },
  plugins: [precompress],
});
