import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundled, bundledTogether } from './faults/bundled.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Five hundred files together: more than half of what a bot loads. No other package that we have needs one of them. */
const PACKAGES = ['rxjs', 'trading-signals', 'zod'];
/**
 * To import one of these is to read all that it exports, also what is made when it is first read: `WebSocket`, for which undici is loaded,
 * takes more than the rest of a short start. They are had without.
 */
const LEAN = ['http', 'crypto', 'tls'] as const;
/** Threads, which read and compile all of it each time: no compile cache is theirs (src/adapters/worker-client.ts). And the command. */
const PROGRAMS = ['src/cli/kintsugi.ts', 'src/sim/worker.ts', 'src/cli/inspector/records/worker.ts'];

/**
 * Every process that a test starts finds these packages in one file each, and so starts in two thirds of the time. The command and its
 * threads are in few files, too, of the same sources: half of what a short command computes is to load them. Where `AS_IT_IS` is set they
 * are loaded as they always are, and so are the programs of tests; what somebody installed elsewhere finds its own packages.
 */
export async function setup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-packages-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const found = await Promise.all(
    PACKAGES.map(async (name) => {
      const names = Object.keys(await import(name)).filter((one) => /^[\w$]+$/.test(one) && one !== 'default');
      const entry = join(folder, `${name}.js`);
      writeFileSync(entry, `export { ${names.join(', ')} } from '${name}';\n`);
      return [name, pathToFileURL(await bundled(entry)).href] as const;
    }),
  );
  const programs = [...(await bundledTogether(PROGRAMS))].map(
    ([program, file]) => [pathToFileURL(join(ROOT, program)).href, pathToFileURL(file).href] as const,
  );
  const lean = LEAN.map((name) => {
    const file = join(folder, `node-${name}.mjs`);
    const all = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(name)));
    const values = all.flatMap(([key, { value }]) => (value === undefined ? [] : [key]));
    writeFileSync(
      file,
      `const found = process.getBuiltinModule('${name}');
export default found;
export const { ${values.join(', ')} } = found;
`,
    );
    return [name, pathToFileURL(file).href] as const;
  });
  const hook = join(folder, 'find-them.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
const found = new Map(${JSON.stringify(found)});
const ours = ${JSON.stringify(`${pathToFileURL(ROOT).href}/`)};
const asItIs = process.env.AS_IT_IS !== undefined;
const lean = new Map(asItIs ? [] : ${JSON.stringify(lean)});
const programs = new Map(asItIs ? [] : ${JSON.stringify(programs)});
const isOurs = (url = '') => url.startsWith(ours) || url.includes('/kintsugi-bundled-');
registerHooks({
  resolve(name, context, next) {
    const module = lean.get(name.replace('node:', ''));
    if (module !== undefined && context.conditions.includes('import') && isOurs(context.parentURL))
      return { url: module, format: 'module', shortCircuit: true };
    const program = programs.get(name);
    if (program !== undefined) return { url: program, format: 'module', shortCircuit: true };
    const url = found.get(name);
    if (url === undefined || !context.parentURL?.startsWith(ours)) return next(name, context);
    return { url, format: 'module', shortCircuit: true };
  },
});
`,
  );
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(hook).href}`.trim();
  // What one process has compiled, and freed of its types, the next one finds.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
}
