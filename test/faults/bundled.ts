import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';

const ROOT = resolve(import.meta.dirname, '../..');

/** What a module finds beside itself it finds where it was written. */
const WHERE_IT_WAS: Plugin = {
  name: 'where-it-was',
  transform: (code, id) =>
    id.startsWith(join(ROOT, 'src'))
      ? code
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
          .replaceAll('import.meta.filename', JSON.stringify(id))
      : null,
};

async function bundle(input: Readonly<Record<string, string>>, plugins: Plugin[] = []): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'kintsugi-bundled-'));
  symlinkSync(join(ROOT, 'node_modules'), join(outDir, 'node_modules'));
  await build({
    configFile: false,
    logLevel: 'warn',
    root: ROOT,
    plugins,
    // What is compiled to machine code stays where it is, and so does what need not be there.
    ssr: { noExternal: true, external: ['@node-rs/crc32', '@statelyai/inspect'] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      target: 'node22',
      rolldownOptions: {
        input: { ...input },
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[hash].mjs' },
      },
    },
  });
  return outDir;
}

/**
 * A program and all that it imports in one file of JavaScript: what is started hundreds of times starts in half the time.
 * @returns where the file is
 */
export async function bundled(program: string): Promise<string> {
  const { name } = parse(program);
  return join(await bundle({ [name]: program }), `${name}.mjs`);
}

/** Programs of `src` in files that they share. @returns where each is */
export async function bundledTogether(programs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = programs.map((program, n) => [program, `${n}-${parse(program).name}`] as const);
  const outDir = await bundle(Object.fromEntries(names.map(([program, name]) => [name, join(ROOT, program)])), [
    WHERE_IT_WAS,
  ]);
  return new Map(names.map(([program, name]) => [program, join(outDir, `${name}.mjs`)]));
}
